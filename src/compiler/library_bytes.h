// What a cache keeps of a compiled library beside its IR.
#pragma once

#include "compiler/library.h"
#include "support/byte_stream.h"

namespace pymetal {

inline auto fields(TypeInfo::Member& member) {
  auto& [name, offset, type, argument_index] = member;
  return std::tie(name, offset, type, argument_index);
}

inline auto fields(TypeInfo& info) {
  auto& [data_type, name, size, alignment, argument_count, members, is_argument_buffer, element, length, access] = info;
  return std::tie(data_type, name, size, alignment, argument_count, members, is_argument_buffer, element, length,
                  access);
}

inline auto fields(Binding& binding) {
  auto& [name, type, index, access, data_type, type_name, data_size, alignment, is_reference, array_length,
         texture_type, texture_data_type, is_depth_texture, is_optional, is_used, types] = binding;
  return std::tie(name, type, index, access, data_type, type_name, data_size, alignment, is_reference, array_length,
                  texture_type, texture_data_type, is_depth_texture, is_optional, is_used, types);
}

inline auto fields(FunctionConstant& constant) {
  auto& [name, type, index, required] = constant;
  return std::tie(name, type, index, required);
}

inline auto fields(FixIt& fix_it) {
  auto& [line, column, end_line, end_column, replacement] = fix_it;
  return std::tie(line, column, end_line, end_column, replacement);
}

inline auto fields(CompileDiagnostic& diagnostic) {
  auto& [severity, file, line, column, message, source_line, notes, fix_its] = diagnostic;
  return std::tie(severity, file, line, column, message, source_line, notes, fix_its);
}

namespace compiler {

inline auto fields(Parameter& parameter) {
  auto& [kind, binding, condition, input, components, bits] = parameter;
  return std::tie(kind, binding, condition, input, components, bits);
}

inline auto fields(FunctionInfo& function) {
  auto& [name, type, module, symbol, parameters, constants, max_total_threads_per_threadgroup, declarations] = function;
  return std::tie(name, type, module, symbol, parameters, constants, max_total_threads_per_threadgroup, declarations);
}

inline auto fields(FunctionConstantInfo& info) {
  auto& [constant, symbol] = info;
  return std::tie(constant, symbol);
}

inline auto fields(FileDependency& dependency) {
  auto& [path, kind, digest] = dependency;
  return std::tie(path, kind, digest);
}

}  // namespace compiler
}  // namespace pymetal
