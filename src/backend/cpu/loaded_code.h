// Code of this process, made from an image.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <vector>

#include "backend/cpu/code_image.h"
#include "backend/cpu/live_memory.h"

namespace pymetal::backend::cpu {

/// Mapped while this object lives.
class LoadedCode {
 public:
  /// A function of ours that the code may call.
  struct Symbol {
    std::string_view name;
    void* address = nullptr;
  };

  /// Throws PipelineError where the image needs a symbol that neither `symbols` nor the process has, and ResourceError
  /// where there is no memory for it.
  LoadedCode(const CodeImage& image, std::initializer_list<Symbol> symbols);
  ~LoadedCode();
  LoadedCode(const LoadedCode&) = delete;
  LoadedCode& operator=(const LoadedCode&) = delete;

  /// The address of a function of the image. Throws PipelineError.
  void* address(std::string_view name) const;

 private:
  std::byte* memory_ = nullptr;
  std::size_t size_ = 0;
  std::vector<CodeImage::Function> functions_;
  /// Kernels reach their constants by addresses.
  std::optional<LiveMemory> live_;
};

/// The sanitizer would look for the type of the called function in front of it, where the code of a kernel has nothing.
#define PYMETAL_CALLS_KERNEL __attribute__((no_sanitize("function")))

}  // namespace pymetal::backend::cpu
