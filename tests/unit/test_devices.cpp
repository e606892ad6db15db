// What belongs to one device is refused by another.
#include <gtest/gtest.h>

#include "pymetal/pymetal.h"
#include "recording_backend.h"

namespace pymetal::tests {
namespace {

template <class Call>
std::string message_of(Call call) {
  try {
    call();
  } catch (const ValidationError& error) {
    return error.what();
  }
  return "no error";
}

struct Devices : testing::Test {
  std::shared_ptr<Device> ours = std::make_shared<Device>(std::make_shared<RecordingBackend>("ours"));
  std::shared_ptr<Device> theirs = std::make_shared<Device>(std::make_shared<RecordingBackend>("theirs"));
  std::shared_ptr<Function> function = ours->new_library_with_source("")->new_function("kernel_function");
};

TEST_F(Devices, FunctionOfAnotherDevice) {
  EXPECT_EQ(message_of([&] { theirs->new_compute_pipeline_state(function); }),
            "Device: function 'kernel_function' belongs to another device (ours).");
  EXPECT_NE(ours->new_compute_pipeline_state(function), nullptr);
  EXPECT_EQ(message_of([&] { ours->new_compute_pipeline_state(nullptr); }),
            "Device: a compute pipeline state needs a function (none is given).");
}

TEST_F(Devices, PipelineOfAnotherDevice) {
  const auto pipeline = ours->new_compute_pipeline_state(function);
  const auto encoder = theirs->new_command_queue()->command_buffer()->compute_command_encoder();
  EXPECT_EQ(message_of([&] { encoder->set_compute_pipeline_state(pipeline); }),
            "Compute command encoder: the compute pipeline state belongs to another device (ours).");
}

TEST_F(Devices, BufferOfAnotherDevice) {
  const auto buffer = ours->new_buffer(16);
  const auto commands = theirs->new_command_queue()->command_buffer();
  const auto compute = commands->compute_command_encoder();
  EXPECT_EQ(message_of([&] { compute->set_buffer(buffer, 0, 0); }),
            "Compute command encoder: the buffer belongs to another device (ours).");
  compute->end_encoding();
  const auto blit = commands->blit_command_encoder();
  EXPECT_EQ(message_of([&] {
              blit->fill_buffer(buffer, {0, 1}, 0);
            }),
            "Blit command encoder: the buffer belongs to another device (ours).");
}

TEST_F(Devices, SetBuffersIsAllOrNothing) {
  const auto buffer = ours->new_buffer(16);
  const auto commands = ours->new_command_queue()->command_buffer();
  const auto encoder = commands->compute_command_encoder();
  encoder->set_buffer(buffer, 4, 0);
  const std::shared_ptr<Buffer> buffers[] = {nullptr, theirs->new_buffer(16)};
  const std::uint64_t offsets[] = {0, 0};
  EXPECT_NE(message_of([&] { encoder->set_buffers(buffers, offsets, {0, 2}); }), "no error");
  EXPECT_EQ(message_of([&] { encoder->set_buffer_offset(8, 0); }), "no error");
}

TEST_F(Devices, ThreadgroupLimitsOfEachDimension) {
  const auto encoder = ours->new_command_queue()->command_buffer()->compute_command_encoder();
  encoder->set_compute_pipeline_state(ours->new_compute_pipeline_state(function));
  EXPECT_EQ(
      message_of([&] {
        encoder->dispatch_threads({1, 1, 128}, {1, 1, 65});
      }),
      "Compute command encoder: a threadgroup (1 x 1 x 65) is larger than the device's limit of 1024 x 1024 x 64.");
  EXPECT_EQ(message_of([&] {
              encoder->dispatch_threadgroups({~0ull, 2, 1}, {2, 1, 1});
            }).substr(0, 45),
            "Compute command encoder: a grid has at most 4");
  EXPECT_EQ(message_of([&] { encoder->dispatch_threadgroups({1, 2, 3}, {4, 4, 4}); }), "no error");
}

}  // namespace
}  // namespace pymetal::tests
