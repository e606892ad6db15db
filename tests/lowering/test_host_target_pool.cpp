// Target machines come back, and each serves one borrower.
#include <gtest/gtest.h>

#include "backend/cpu/host_target_pool.h"
#include "backend/cpu/target_cpu.h"

namespace pymetal::tests {
namespace {

TEST(HostTargetPool, LendsWhatCameBack) {
  backend::cpu::HostTargetPool pool;
  auto target = pool.borrow(backend::cpu::kNativeCpu);
  const llvm::TargetMachine* first = target.get();
  target.reset();
  EXPECT_EQ(pool.borrow(backend::cpu::kNativeCpu).get(), first);
}

TEST(HostTargetPool, LendsEachToOne) {
  backend::cpu::HostTargetPool pool;
  const auto one = pool.borrow(backend::cpu::kNativeCpu);
  const auto other = pool.borrow(backend::cpu::kNativeCpu);
  EXPECT_NE(one.get(), other.get());
}

#if defined(__x86_64__)
TEST(HostTargetPool, KeepsProcessorsApart) {
  backend::cpu::HostTargetPool pool;
  pool.borrow("x86-64-v2");
  EXPECT_EQ(pool.borrow("x86-64-v3")->getTargetCPU(), "x86-64-v3");
  EXPECT_EQ(pool.borrow("x86-64-v2")->getTargetCPU(), "x86-64-v2");
}
#endif

}  // namespace
}  // namespace pymetal::tests
