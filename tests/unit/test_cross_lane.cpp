// Operations between lanes, where some lanes take no part.
#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cstring>

#include "backend/checked/cross_lane.h"

namespace pymetal::backend::checked {
namespace {

struct CrossLane : testing::Test {
  CrossLane() {
    for (std::size_t i = 0; i < lanes.size(); ++i) lanes[i].value = i + 1;
  }
  void run(const char* name, std::uint64_t active) {
    const auto operation = CrossLaneOperation::from_name(name);
    ASSERT_TRUE(operation.has_value()) << name;
    const auto decoded = CrossLaneOperation::decode(operation->encode());
    run_cross_lane(decoded, lanes, active);
  }
  std::array<ThreadState, 32> lanes{};
};

TEST_F(CrossLane, ReductionsSeeActiveLanesAlone) {
  run("sum.i32", 0b1011);
  for (const unsigned lane : {0u, 1u, 3u}) EXPECT_EQ(lanes[lane].result, 1u + 2 + 4);
  EXPECT_EQ(lanes[2].result, 0u);
  run("max.u32", 0xf0);
  EXPECT_EQ(lanes[4].result, 8u);
}

TEST_F(CrossLane, IntegersWrapAround) {
  lanes[0].value = 0x7fffffff;
  lanes[1].value = 1;
  run("sum.i32", 0b11);
  EXPECT_EQ(lanes[0].result, 0x80000000u);
}

TEST_F(CrossLane, SignsMatterToMinAndMax) {
  lanes[0].value = 0xffffffff;
  lanes[1].value = 1;
  run("min.i32", 0b11);
  EXPECT_EQ(lanes[0].result, 0xffffffffu);
  run("min.u32", 0b11);
  EXPECT_EQ(lanes[0].result, 1u);
}

TEST_F(CrossLane, ScansSkipInactiveLanes) {
  run("prefix_exclusive_sum.i32", 0b1101);
  EXPECT_EQ(lanes[0].result, 0u);
  EXPECT_EQ(lanes[2].result, 1u);
  EXPECT_EQ(lanes[3].result, 4u);
  run("prefix_inclusive_product.i32", 0b1101);
  EXPECT_EQ(lanes[3].result, 12u);
}

TEST_F(CrossLane, ShufflesFromInactiveLanesKeepTheOwnValue) {
  lanes[0].operand = 1;
  lanes[2].operand = 0;
  lanes[3].operand = 99;
  run("shuffle.u32", 0b1101);
  EXPECT_EQ(lanes[0].result, 1u);
  EXPECT_EQ(lanes[2].result, 1u);
  EXPECT_EQ(lanes[3].result, 4u);
}

TEST_F(CrossLane, VotesAndTheFirstLane) {
  run("ballot", 0b110);
  EXPECT_EQ(lanes[1].result, 0b100u);  // values 2 and 3: the lowest bit counts
  run("active", 0b110);
  EXPECT_EQ(lanes[2].result, 0b110u);
  run("broadcast_first.u64", 0b110);
  EXPECT_EQ(lanes[2].result, 2u);
}

TEST_F(CrossLane, Floats) {
  for (ThreadState& lane : lanes) lane.value = std::bit_cast<std::uint32_t>(0.5f);
  run("sum.f32", ~0u);
  EXPECT_EQ(std::bit_cast<float>(static_cast<std::uint32_t>(lanes[31].result)), 16.0f);
}

TEST(CrossLaneNames, UnknownNamesAreNone) {
  EXPECT_FALSE(CrossLaneOperation::from_name("median.f32").has_value());
  EXPECT_FALSE(CrossLaneOperation::from_name("sum.f16").has_value());
}

}  // namespace
}  // namespace pymetal::backend::checked
