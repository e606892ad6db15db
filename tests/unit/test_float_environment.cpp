// Kernels run in an environment of their own, and leave that of the thread alone.
#include <gtest/gtest.h>

#include <cfenv>
#include <cstring>

#include "backend/cpu/float_environment.h"
#include "pymetal/pymetal.h"

namespace pymetal::tests {
namespace {

constexpr const char* kDivision = R"(
kernel void k(device float *x [[buffer(0)]], uint i [[thread_position_in_grid]]) { x[i] = x[i] * x[32] + x[33]; }
)";

#if defined(__x86_64__)
/// Subnormals become zero, both as operands and as results.
constexpr unsigned kFlush = 0x8040;

struct FloatEnvironmentTest : testing::Test {
  const unsigned before = _mm_getcsr();
  ~FloatEnvironmentTest() override {
    _mm_setcsr(before);
    std::fesetround(FE_TONEAREST);
  }
};

TEST_F(FloatEnvironmentTest, IsRestored) {
  _mm_setcsr(before | kFlush);
  {
    const backend::cpu::FloatEnvironment environment;
    EXPECT_EQ(_mm_getcsr() & kFlush, 0u);
  }
  EXPECT_EQ(_mm_getcsr() & kFlush, kFlush);
}

/// The queue's thread and the pool inherit what is set here, and a thread that waits may run the kernel itself.
TEST_F(FloatEnvironmentTest, ResultsDoNotDependOnTheProgram) {
  _mm_setcsr(before | kFlush);
  std::fesetround(FE_UPWARD);
  const auto device = create_system_default_device();
  const auto pipeline =
      device->new_compute_pipeline_state(device->new_library_with_source(kDivision)->new_function("k"));
  const auto queue = device->new_command_queue();
  const auto buffer = device->new_buffer(34 * sizeof(float));
  auto* const x = static_cast<float*>(buffer->contents());
  for (int round = 0; round < 20; ++round) {
    for (int i = 0; i < 16; ++i) std::memcpy(x + i, "\x10\x00\x00\x00", 4);
    for (int i = 16; i < 32; ++i) x[i] = 1.0f;
    x[32] = 1.0f;
    std::memcpy(x + 33, "\x01\x00\x00\x00", 4);
    const auto commands = queue->command_buffer();
    const auto encoder = commands->compute_command_encoder();
    encoder->set_compute_pipeline_state(pipeline);
    encoder->set_buffer(buffer, 0, 0);
    encoder->dispatch_threads({32, 1, 1}, {8, 1, 1});
    encoder->end_encoding();
    commands->commit();
    commands->wait_until_completed();
    for (int i = 0; i < 16; ++i) EXPECT_EQ(std::memcmp(x + i, "\x11\x00\x00\x00", 4), 0);
    for (int i = 16; i < 32; ++i) EXPECT_EQ(std::memcmp(x + i, "\x00\x00\x80\x3f", 4), 0);
  }
  EXPECT_EQ(_mm_getcsr() & kFlush, kFlush);
  EXPECT_EQ(std::fegetround(), FE_UPWARD);
}
#endif

}  // namespace
}  // namespace pymetal::tests
