// Machine code as an image: it runs wherever it lies, calls what it lacks, and comes out the same each time.
#include <gtest/gtest.h>

#include "backend/cpu/loaded_code.h"
#include "backend/cpu/make_code.h"
#include "llvm/AsmParser/Parser.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/Support/SourceMgr.h"
#include "pymetal/error.h"

namespace pymetal::tests {
namespace {

using backend::cpu::CodeImage;
using backend::cpu::LoadedCode;

CodeImage image_of(const char* text) {
  llvm::LLVMContext context;
  llvm::SMDiagnostic problem;
  const std::unique_ptr<llvm::Module> module = llvm::parseAssemblyString(text, problem, context);
  if (module == nullptr) throw std::runtime_error(problem.getMessage().str());
  const auto target = backend::cpu::make_host_target();
  module->setDataLayout(target->createDataLayout());
  module->setTargetTriple(target->getTargetTriple());
  return backend::cpu::make_code(*module, *target);
}

template <class Function>
Function* function_of(const LoadedCode& code, const char* name) {
  return reinterpret_cast<Function*>(code.address(name));
}

constexpr const char* kTables = R"(
  @numbers = private constant [3 x i32] [i32 10, i32 20, i32 30]
  @pointers = private constant [2 x ptr] [ptr @numbers, ptr getelementptr (i8, ptr @numbers, i64 4)]
  @counter = private global i32 5
  @zeros = private global [100000 x i32] zeroinitializer
  declare i32 @outside(i32)
  define i32 @f(i64 %table, i64 %element) {
    %slot = getelementptr ptr, ptr @pointers, i64 %table
    %numbers = load ptr, ptr %slot
    %address = getelementptr i32, ptr %numbers, i64 %element
    %number = load i32, ptr %address
    %called = call i32 @outside(i32 %number)
    ret i32 %called
  }
  define i32 @count() {
    %old = load i32, ptr @counter
    %new = add i32 %old, 1
    store i32 %new, ptr @counter
    %last = getelementptr [100000 x i32], ptr @zeros, i64 0, i64 99999
    %zero = load i32, ptr %last
    store i32 %new, ptr %last
    %sum = add i32 %new, %zero
    ret i32 %sum
  }
)";

int add_one(int value) { return value + 1; }

TEST(CodeImage, RunsAtSeveralAddressesAtOnce) {
  const CodeImage image = image_of(kTables);
  const LoadedCode first(image, {{"outside", reinterpret_cast<void*>(&add_one)}});
  const LoadedCode second(image, {{"outside", reinterpret_cast<void*>(&add_one)}});
  for (const LoadedCode* code : {&first, &second}) {
    auto* const f = function_of<int(long, long)>(*code, "f");
    EXPECT_EQ(f(0, 0), 11);
    EXPECT_EQ(f(0, 2), 31);
    EXPECT_EQ(f(1, 0), 21);
    auto* const count = function_of<int()>(*code, "count");
    EXPECT_EQ(count(), 6);
    EXPECT_EQ(count(), 13);
  }
  EXPECT_NE(first.address("f"), second.address("f"));
}

TEST(CodeImage, IsTheSameForTheSameCode) {
  const CodeImage a = image_of(kTables);
  const CodeImage b = image_of(kTables);
  EXPECT_EQ(a.bytes, b.bytes);
  EXPECT_EQ(a.symbols, b.symbols);
  EXPECT_EQ(a.relocations.size(), b.relocations.size());
}

TEST(CodeImage, NamesWhatItLacks) {
  const CodeImage image =
      image_of("declare void @nobody_has_this() define void @f() { call void @nobody_has_this() ret void }");
  try {
    const LoadedCode code(image, {});
    FAIL() << "a symbol that nobody has was found";
  } catch (const PipelineError& error) {
    EXPECT_NE(std::string(error.what()).find("(nobody_has_this)"), std::string::npos) << error.what();
  }
  const CodeImage empty = image_of("define void @f() { ret void }");
  const LoadedCode code(empty, {});
  EXPECT_THROW(static_cast<void>(code.address("g")), PipelineError);
}

TEST(CodeImage, RejectsWhatDependsOnItsAddress) {
  EXPECT_THROW(image_of("@x = constant i32 ptrtoint (ptr @f to i32) define void @f() { ret void }"), PipelineError);
}

}  // namespace
}  // namespace pymetal::tests
