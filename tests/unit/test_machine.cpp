// What is found out about this machine.
#include <gtest/gtest.h>

#include "backend/cpu/machine.h"

namespace pymetal::tests {
namespace {

TEST(Machine, CoresCountOnNoMoreOfTheLastCacheThanOneMayHave) {
  for (const unsigned cores : {1u, 2u, 64u}) {
    EXPECT_GT(backend::cpu::last_cache_bytes(cores), 0u);
    EXPECT_LE(backend::cpu::last_cache_bytes(cores), cores * (std::uint64_t{16} << 20));
  }
}

}  // namespace
}  // namespace pymetal::tests
