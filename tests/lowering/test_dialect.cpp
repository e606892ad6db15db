// The dialect's rules, one by one: each program compiles, and reflection or IR shows that it means what MSL means.
#include <gtest/gtest.h>

#include "canonical_kernel.h"
#include "llvm/IR/Instructions.h"
#include "pymetal/error.h"

namespace pymetal::tests {
namespace {

TEST(Dialect, AddressSpacesOfArguments) {
  const compiler::Library library = compile(
      "kernel void k(device float *d, constant float *c, constant float &r, threadgroup float *t,"
      " uint2 i [[thread_position_in_grid]]) {}");
  ASSERT_EQ(library.functions.size(), 1u);
  const auto& parameters = library.functions[0].parameters;
  ASSERT_EQ(parameters.size(), 5u);
  EXPECT_EQ(parameters[0].binding.access, BindingAccess::ReadWrite);
  EXPECT_EQ(parameters[1].binding.access, BindingAccess::ReadOnly);
  EXPECT_TRUE(parameters[2].binding.is_reference);
  EXPECT_EQ(parameters[2].binding.index, 2u);
  EXPECT_EQ(parameters[3].kind, compiler::Parameter::Kind::ThreadgroupMemory);
  EXPECT_EQ(parameters[3].binding.index, 0u);
  EXPECT_EQ(parameters[4].kind, compiler::Parameter::Kind::Input);
  EXPECT_EQ(parameters[4].components, 2u);
}

TEST(Dialect, ImplicitIndicesFillTheGaps) {
  const compiler::Library library = compile(
      "kernel void k(device int *a, device int *b [[buffer(0)]], device int *c, device int *d [[buffer(2)]]) {}");
  const auto& parameters = library.functions[0].parameters;
  EXPECT_EQ(parameters[0].binding.index, 1u);
  EXPECT_EQ(parameters[1].binding.index, 0u);
  EXPECT_EQ(parameters[2].binding.index, 3u);
  EXPECT_EQ(parameters[3].binding.index, 2u);
}

TEST(Dialect, AttributeArgumentsAreConstantExpressions) {
  const compiler::Library library = compile(
      "constant constexpr uint kSlot = 3; enum { Base = 4 };\n"
      "kernel void k(device int *a [[buffer(kSlot)]], device int *b [[buffer(Base + 1)]], device int *c "
      "[[buffer(Base)]]) {}");
  const auto& parameters = library.functions[0].parameters;
  EXPECT_EQ(parameters[0].binding.index, 3u);
  EXPECT_EQ(parameters[1].binding.index, 5u);
  EXPECT_EQ(parameters[2].binding.index, 4u);
}

TEST(Dialect, HostNamesInEverySpelling) {
  const compiler::Library library = compile(
      "template <typename T> kernel void f(device T *x) { x[0] = T(1); }\n"
      "template [[host_name(\"a\")]] kernel void f<int>(device int *);\n"
      "template [[host_name(\"b\")]] [[kernel]] void f<float>(device float *);\n"
      "typedef decltype(f<half>) half_t;\n"
      "template [[host_name(\"c\")]] kernel half_t f<half>;\n"
      "[[host_name(\"d\")]] kernel void g(device int *x) {}\n"
      "[[kernel]] void h(device int *x) {}\n");
  std::vector<std::string> names;
  for (const compiler::FunctionInfo& function : library.functions) names.push_back(function.name);
  std::ranges::sort(names);
  EXPECT_EQ(names, (std::vector<std::string>{"a", "b", "c", "d", "h"}));
}

TEST(Dialect, ThreadLimitOfAnInstantiation) {
  const compiler::Library library = compile(
      "template <int N> [[kernel, max_total_threads_per_threadgroup(N * 2)]] void f(device int *x) { x[0] = N; }\n"
      "template [[host_name(\"f\")]] [[kernel]] void f<16>(device int *);");
  EXPECT_EQ(library.functions[0].max_total_threads_per_threadgroup, 32u);
}

TEST(Dialect, WordsOfOpenCLAreFree) {
  compile(
      "struct global { int local; }; void generic(int pipe) {}\n"
      "kernel void k(device int *read_only) { int kernel_size = 1; global half_; half_.local = kernel_size;"
      " generic(half_.local); read_only[0] = half_.local; }\n"
      "class C { int a; public: int b; private: int c; };");
}

TEST(Dialect, ThreadgroupVariablesInNestedScopesAndTemplates) {
  const auto kernel = canonical(
      "template <int N> void f(device int *x, uint i) { for (int r = 0; r < 2; ++r) { threadgroup int a[N], b;"
      " a[i] = i; b = r; threadgroup_barrier(mem_flags::mem_threadgroup); x[i] = a[N - 1 - i] + b; } }\n"
      "kernel void k(device int *x, uint i [[thread_position_in_grid]]) { f<8>(x, i); f<4>(x, i); threadgroup float3 "
      "v; "
      "v = float3(i); threadgroup_barrier(mem_flags::mem_threadgroup); x[0] += int(v.x); }");
  // Each instantiation has its own: 32 + 16 + 16 + 16 bytes, and 16 for v.
  EXPECT_EQ(kernel.threadgroup_variable_bytes, 96u);
}

TEST(Dialect, LiteralsAreFloats) {
  const auto kernel = canonical(
      "template <typename T> T twice(T x) { return x * 2.0; }\n"
      "kernel void k(device float *x) { x[0] = twice(x[0]) + 1.5e3 + 0x1p-2 + .5; }");
  EXPECT_EQ(text_of(*kernel.module).find("double"), std::string::npos);
}

TEST(Dialect, HalfAndBfloatConvertThroughFloat) {
  const auto kernel = canonical(
      "kernel void k(device half *h, device bfloat *b) { b[0] = bfloat(h[0]); h[1] = half(b[1]);"
      " b[2] = static_cast<bfloat>(h[2]); h[3] = (half)b[3]; }");
  EXPECT_EQ(count<llvm::FPExtInst>(*kernel.module), 2);
  EXPECT_EQ(count<llvm::FPTruncInst>(*kernel.module), 2);
}

TEST(Dialect, ConditionalOperatorAcrossAddressSpaces) {
  compile(
      "struct S { float a; }; kernel void k(device S *x, constant float4 *v, threadgroup float4 *t, device float4 *o) {"
      " S s = x[0].a > 0 ? x[1] : S{1}; o[0] = s.a > 0 ? v[0] : float4(0); o[1] = s.a > 1 ? t[0] : o[0]; }");
}

TEST(Dialect, RecursionAtTheEndIsALoop) {
  const auto kernel = canonical(
      "int f(int n, int sum) { if (n == 0) return sum; return f(n - 1, sum + n); }\n"
      "kernel void k(device int *x) { x[0] = f(x[1], 0); }");
  EXPECT_EQ(kernel.module->getFunctionList().size() > 0, true);
  EXPECT_THROW(compile("int f(int n) { return n < 2 ? n : f(n - 1) + f(n - 2); }"
                       "kernel void k(device int *x) { x[0] = f(x[1]); }"),
               CompileError);
}

TEST(Dialect, FunctionsAsTemplateArguments) {
  const auto kernel = canonical(
      "float half_of(float x) { return x / 2; }\n"
      "template <float (*F)(float)> float apply(float x) { return F(x); }\n"
      "kernel void k(device float *x) { x[0] = apply<half_of>(x[0]); }");
  EXPECT_EQ(count<llvm::CallInst>(*kernel.module), 1);  // mtl.buffer
}

TEST(Dialect, FunctionConstantsAreFoundPerFunction) {
  const compiler::Library library = compile(
      "constant int a [[function_constant(0)]]; constant bool b [[function_constant(7)]];\n"
      "constant int c = is_function_constant_defined(a) ? a : 3;\n"
      "kernel void one(device int *x) { if (b) x[0] = 1; }\n"
      "kernel void two(device int *x) { x[0] = 2; }");
  ASSERT_EQ(library.functions.size(), 2u);
  ASSERT_EQ(library.functions[0].constants.size(), 1u);
  EXPECT_EQ(library.functions[0].constants[0].name, "b");
  EXPECT_EQ(library.functions[0].constants[0].index, 7u);
  EXPECT_TRUE(library.functions[0].constants[0].required);
  EXPECT_TRUE(library.functions[1].constants.empty());
}

}  // namespace
}  // namespace pymetal::tests
