// Compiled kernels as bytes: they come back the same, and nothing that is broken comes back.
#include <gtest/gtest.h>

#include "backend/cpu/kernel_bytes.h"

namespace pymetal::tests {
namespace {

using backend::cpu::CodeImage;
using backend::cpu::kernel_from_bytes;
using backend::cpu::KernelCode;

KernelCode kernel() {
  KernelCode code;
  code.image.bytes = std::string(2 * backend::cpu::kImagePage, 'c');
  code.image.segments = {{0, backend::cpu::kImagePage, false, true},
                         {backend::cpu::kImagePage, backend::cpu::kImagePage, true, false}};
  code.image.relocations = {{8, CodeImage::Relocation::kImage, 24}, {16, 0, 0}};
  code.image.symbols = {"outside"};
  code.image.functions = {{"run", 64}};
  code.suspends = true;
  code.context_bytes = 192;
  code.threadgroup_variable_bytes = 4096;
  code.streams = true;
  return code;
}

TEST(KernelBytes, ComeBackTheSame) {
  const std::optional<KernelCode> code = kernel_from_bytes(to_bytes(kernel()));
  ASSERT_TRUE(code);
  EXPECT_EQ(to_bytes(*code), to_bytes(kernel()));
  EXPECT_EQ(code->image.bytes, kernel().image.bytes);
  EXPECT_EQ(code->image.relocations.at(0).addend, 24u);
  EXPECT_EQ(code->image.functions.at(0).name, "run");
  EXPECT_TRUE(code->suspends);
  EXPECT_TRUE(code->streams);
  EXPECT_EQ(code->context_bytes, 192u);
  EXPECT_EQ(code->threadgroup_variable_bytes, 4096u);
}

TEST(KernelBytes, AreAllNeeded) {
  const std::string whole = to_bytes(kernel());
  const std::size_t rest = whole.size() - kernel().image.bytes.size();
  for (std::size_t missing = 1; missing <= rest; ++missing)
    EXPECT_FALSE(kernel_from_bytes(std::string_view(whole).substr(0, whole.size() - missing))) << missing;
  EXPECT_FALSE(kernel_from_bytes(""));
  EXPECT_FALSE(kernel_from_bytes(whole + '\0'));
}

TEST(KernelBytes, StayInsideTheImage) {
  const auto is_refused = [](auto&& change) {
    KernelCode code = kernel();
    change(code.image);
    return !kernel_from_bytes(to_bytes(code));
  };
  constexpr std::uint64_t kSize = 2 * backend::cpu::kImagePage;
  EXPECT_TRUE(is_refused([](CodeImage& image) { image.segments[1].size = kSize; }));
  EXPECT_TRUE(is_refused([](CodeImage& image) { image.segments[1].offset = ~std::uint64_t{0}; }));
  EXPECT_TRUE(is_refused([](CodeImage& image) { image.segments[1].offset = 8; }));
  EXPECT_TRUE(is_refused([](CodeImage& image) { image.relocations[0].offset = kSize - 7; }));
  EXPECT_TRUE(is_refused([](CodeImage& image) { image.relocations[1].symbol = 1; }));
  EXPECT_TRUE(is_refused([](CodeImage& image) { image.functions[0].offset = kSize; }));
  EXPECT_FALSE(is_refused([](CodeImage& image) { image.functions[0].offset = kSize - 1; }));
}

TEST(KernelBytes, WithAnyByteChangedEndWell) {
  KernelCode small = kernel();
  small.image.bytes.resize(backend::cpu::kImagePage);
  small.image.segments.pop_back();
  const std::string whole = to_bytes(small);
  for (std::size_t i = 0; i < whole.size(); i += i < 8 || i > backend::cpu::kImagePage ? 1 : 512)
    for (const int change : {1, 0x80, 0xff}) {
      std::string altered = whole;
      altered[i] = static_cast<char>(altered[i] ^ change);
      if (const std::optional<KernelCode> code = kernel_from_bytes(altered))
        EXPECT_LE(code->image.bytes.size(), whole.size());
    }
}

}  // namespace
}  // namespace pymetal::tests
