// What a compiled library tells about its functions: all that later stages need once the syntax tree is gone.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "pymetal/enums.h"
#include "pymetal/reflection.h"

namespace pymetal::compiler {

/// The values that the device supplies to a kernel, by the name of their attribute.
enum class KernelInput {
  ThreadPositionInGrid,
  ThreadPositionInThreadgroup,
  ThreadIndexInThreadgroup,
  ThreadIndexInSimdgroup,
  ThreadIndexInQuadgroup,
  ThreadgroupPositionInGrid,
  ThreadsPerGrid,
  ThreadsPerThreadgroup,
  ThreadsPerSimdgroup,
  ThreadgroupsPerGrid,
  DispatchThreadsPerThreadgroup,
  SimdgroupIndexInThreadgroup,
  SimdgroupsPerThreadgroup,
  DispatchSimdgroupsPerThreadgroup,
  QuadgroupIndexInThreadgroup,
  QuadgroupsPerThreadgroup,
  DispatchQuadgroupsPerThreadgroup,
  GridOrigin,
  GridSize,
};

/// One parameter of an entry point, in order of declaration.
struct Parameter {
  enum class Kind { Buffer, ThreadgroupMemory, Texture, Sampler, Input };
  Kind kind = Kind::Buffer;
  /// For all but inputs.
  Binding binding;
  /// For optional arguments: the variable that tells whether it exists, by its name in the library's IR.
  std::string condition;
  /// For inputs: which one, of how many components of how many bits.
  KernelInput input = KernelInput::ThreadPositionInGrid;
  unsigned components = 1;
  unsigned bits = 32;
};

struct FunctionInfo {
  std::string name;
  FunctionType type = FunctionType::Kernel;
  /// The module of the library's IR that defines it, and its name there.
  std::uint32_t module = 0;
  std::string symbol;
  std::vector<Parameter> parameters;
  /// The function constants that it may use.
  std::vector<FunctionConstant> constants;
  /// `[[max_total_threads_per_threadgroup(n)]]`, or 0.
  std::uint32_t max_total_threads_per_threadgroup = 0;
  /// Where the library's syntax tree declares it, and the variables of its parameters' conditions. Empty where the
  /// library's IR defines it.
  std::vector<std::uint64_t> declarations;

  bool is_deferred() const { return !declarations.empty(); }
};

/// A function constant of the library, and the global variable that stands for it in the library's IR.
struct FunctionConstantInfo {
  FunctionConstant constant;
  std::string symbol;
};

}  // namespace pymetal::compiler
