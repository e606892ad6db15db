// The bytes of compiled kernels, as a cache keeps them.
#include "backend/cpu/kernel_bytes.h"

#include <algorithm>

#include "support/byte_stream.h"

namespace pymetal::backend::cpu {

inline auto fields(CodeImage::Segment& segment) {
  auto& [offset, size, is_writable, is_executable] = segment;
  return std::tie(offset, size, is_writable, is_executable);
}

inline auto fields(CodeImage::Relocation& relocation) {
  auto& [offset, symbol, addend] = relocation;
  return std::tie(offset, symbol, addend);
}

inline auto fields(CodeImage::Function& function) {
  auto& [name, offset] = function;
  return std::tie(name, offset);
}

inline auto fields(CodeImage& image) {
  auto& [bytes, segments, relocations, symbols, functions] = image;
  return std::tie(bytes, segments, relocations, symbols, functions);
}

inline auto fields(KernelCode& code) {
  auto& [executor, image, suspends, context_bytes, threadgroup_variable_bytes, used_parameters, most_steps, streams] =
      code;
  return std::tie(executor, image, suspends, context_bytes, threadgroup_variable_bytes, used_parameters, most_steps,
                  streams);
}

namespace {

bool is_sound(const CodeImage& image) {
  const std::uint64_t size = image.bytes.size();
  const auto is_inside = [size](std::uint64_t offset, std::uint64_t length) {
    return offset <= size && length <= size - offset;
  };
  return std::ranges::all_of(image.segments,
                             [&](const CodeImage::Segment& segment) {
                               return segment.offset % kImagePage == 0 && is_inside(segment.offset, segment.size);
                             }) &&
         std::ranges::all_of(
             image.relocations,
             [&](const CodeImage::Relocation& relocation) {
               return is_inside(relocation.offset, sizeof(std::uint64_t)) &&
                      (relocation.symbol == CodeImage::Relocation::kImage || relocation.symbol < image.symbols.size());
             }) &&
         std::ranges::all_of(image.functions,
                             [&](const CodeImage::Function& function) { return is_inside(function.offset, 1); });
}

}  // namespace

std::string to_bytes(const KernelCode& code) { return (support::ByteWriter() << code).take(); }

std::optional<KernelCode> kernel_from_bytes(std::string_view bytes) {
  std::optional<KernelCode> code(std::in_place);
  support::ByteReader reader(bytes);
  reader >> *code;
  if (!reader.is_complete() || !is_sound(code->image)) code.reset();
  return code;
}

}  // namespace pymetal::backend::cpu
