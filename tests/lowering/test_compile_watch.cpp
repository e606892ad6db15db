// The end of compiles that would have none.
#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

#include "compiler/library.h"
#include "compiler/run_clang.h"
#include "pymetal/error.h"

namespace pymetal::tests {
namespace {

std::string only_message(const compiler::Findings& findings) {
  EXPECT_TRUE(findings.has_errors);
  return findings.diagnostics.size() == 1 ? findings.diagnostics[0].message : std::string();
}

TEST(CompileWatch, WorkThatEndsIsLeftAlone) {
  int result = 0;
  const compiler::Findings findings = compiler::find_with([&](auto&) { result = 7; }, "file");
  EXPECT_FALSE(findings.has_errors);
  EXPECT_EQ(result, 7);
}

TEST(CompileWatch, EndsLoops) {
#if __has_feature(thread_sanitizer)
  GTEST_SKIP() << "The thread sanitizer holds signals back until a thread calls the system.";
#endif
  volatile unsigned rounds = 0;
  const compiler::Findings findings = compiler::find_with(
      [&](auto&) {
        while (true) rounds = rounds + 1;
      },
      "file", {.milliseconds = 1000});
  EXPECT_EQ(only_message(findings), "the compiler takes more than 1 seconds for this source");
  EXPECT_EQ(findings.diagnostics[0].file, "file");
}

TEST(CompileWatch, EndsLoopsThatAllocate) {
#if __has_feature(thread_sanitizer)
  GTEST_SKIP() << "The thread sanitizer holds signals back until a thread calls the system.";
#endif
  void* volatile piece = nullptr;
  const compiler::Findings findings = compiler::find_with(
      [&](auto&) {
        for (std::size_t size = 1;; size = size % 1000 + 1) {
          piece = std::malloc(size);
          std::free(piece);
        }
      },
      "file", {.milliseconds = 1000});
  EXPECT_EQ(only_message(findings), "the compiler takes more than 1 seconds for this source");
  // The allocator is as it was.
  EXPECT_FALSE(
      compiler::find_with([](auto&) { std::make_unique<std::vector<int>>(1000)->back() = 1; }, "file").has_errors);
}

TEST(CompileWatch, EndsWhatAsksForTooMuchAtOnce) {
  void* volatile piece = nullptr;
  const compiler::Findings findings =
      compiler::find_with([&](auto&) { piece = std::malloc(std::size_t{1} << 40); }, "file");
  EXPECT_EQ(only_message(findings), "the compiler takes more than 4096 MiB of memory for this source");
  EXPECT_EQ(piece, nullptr);
}

TEST(CompileWatch, EndsWhatKeepsOnAsking) {
  const compiler::Findings findings = compiler::find_with(
      [&](auto&) {
        std::vector<std::vector<char>> all;
        while (true) all.emplace_back(std::size_t{1} << 20, 'x');
      },
      "file", {.bytes = std::uint64_t{64} << 20});
  EXPECT_EQ(only_message(findings), "the compiler takes more than 64 MiB of memory for this source");
}

TEST(CompileWatch, MemoryThatIsGivenBackDoesNotCount) {
#if __has_feature(address_sanitizer)
  GTEST_SKIP() << "The address sanitizer keeps what is given back.";
#endif
  void* volatile piece = nullptr;
  const compiler::Findings findings = compiler::find_with(
      [&](auto&) {
        for (int i = 0; i < 500; ++i) {
          piece = std::memset(std::malloc(std::size_t{1} << 20), i, std::size_t{1} << 20);
          std::free(piece);
        }
      },
      "file", {.bytes = std::uint64_t{64} << 20});
  EXPECT_FALSE(findings.has_errors);
}

TEST(CompileWatch, ConstantExpressionsHaveALimitTogether) {
  compiler::LibrarySource source;
  source.text = "constexpr int f(int n) { int s = 0; for (int i = 0; i < n; ++i) s += i & 3; return s; }\n";
  for (int i = 0; i < 1000; ++i) source.text += "static_assert(f(" + std::to_string(150000 + i) + ") != 0, \"\");\n";
  try {
    compiler::compile_library(source, {.evaluation_milliseconds = 1000});
    FAIL();
  } catch (const CompileError& error) {
    EXPECT_EQ(error.diagnostics().front().message,
              "the constant expressions of the program take the compiler more than 1 seconds");
    EXPECT_GT(error.diagnostics().front().line, 1u);
  }
}

}  // namespace
}  // namespace pymetal::tests
