// Queues run their command buffers in order, on a thread of their own, and outlive their owners.
#include <gtest/gtest.h>

#include <numeric>
#include <thread>

#include "pymetal/pymetal.h"
#include "recording_backend.h"

namespace pymetal::tests {
namespace {

struct CommandOrder : testing::Test {
  std::shared_ptr<CommandBuffer> fill(CommandQueue& queue, int value) {
    std::shared_ptr<CommandBuffer> commands = queue.command_buffer();
    const auto encoder = commands->blit_command_encoder();
    encoder->fill_buffer(buffer, {0, 1}, static_cast<std::uint8_t>(value));
    encoder->end_encoding();
    return commands;
  }

  std::shared_ptr<RecordingBackend> recorder = std::make_shared<RecordingBackend>();
  std::shared_ptr<Device> device = std::make_shared<Device>(recorder);
  std::shared_ptr<Buffer> buffer = device->new_buffer(16);
};

TEST_F(CommandOrder, CommitOrderIsRunOrder) {
  const auto queue = device->new_command_queue();
  std::shared_ptr<CommandBuffer> last;
  for (int i = 0; i < 100; ++i) {
    last = fill(*queue, i);
    last->commit();
  }
  last->wait_until_completed();
  std::vector<int> expected(100);
  std::iota(expected.begin(), expected.end(), 0);
  EXPECT_EQ(recorder->fills(), expected);
}

TEST_F(CommandOrder, CommitDoesNotWait) {
  recorder->close_gate();
  const auto queue = device->new_command_queue();
  const auto commands = fill(*queue, 1);
  commands->commit();
  commands->wait_until_scheduled();
  EXPECT_EQ(commands->status(), CommandBufferStatus::Scheduled);
  EXPECT_FALSE(commands->wait_until_completed(std::chrono::milliseconds(1)));
  recorder->open_gate();
  commands->wait_until_completed();
  EXPECT_EQ(commands->status(), CommandBufferStatus::Completed);
}

TEST_F(CommandOrder, EnqueueTakesTheEarlierPlace) {
  const auto queue = device->new_command_queue();
  const auto first = fill(*queue, 1);
  const auto second = fill(*queue, 2);
  first->enqueue();
  second->commit();
  first->commit();
  second->wait_until_completed();
  EXPECT_EQ(recorder->fills(), (std::vector<int>{1, 2}));
}

TEST_F(CommandOrder, FailureEndsOneCommandBufferAndNotTheQueue) {
  const auto queue = device->new_command_queue();
  recorder->fail_next_with("There is no memory (1).");
  const auto failing = fill(*queue, 1);
  const auto following = fill(*queue, 2);
  failing->commit();
  following->commit();
  following->wait_until_completed();
  EXPECT_EQ(failing->status(), CommandBufferStatus::Error);
  ASSERT_TRUE(failing->error().has_value());
  EXPECT_EQ(failing->error()->kind, CommandBufferError::OutOfMemory);
  EXPECT_EQ(failing->error()->message, "Blit command encoder: There is no memory (1).");
  EXPECT_EQ(following->status(), CommandBufferStatus::Completed);
  EXPECT_FALSE(following->error().has_value());
}

TEST_F(CommandOrder, DroppedQueueFinishesItsWork) {
  recorder->close_gate();
  std::shared_ptr<CommandBuffer> commands;
  {
    const auto queue = device->new_command_queue();
    commands = fill(*queue, 7);
    commands->commit();
  }
  recorder->open_gate();
  commands->wait_until_completed();
  EXPECT_EQ(recorder->fills(), std::vector<int>{7});
}

TEST_F(CommandOrder, WorkOutlivesEveryHandle) {
  recorder->close_gate();
  {
    const auto queue = device->new_command_queue();
    fill(*queue, 9)->commit();
  }
  buffer.reset();
  recorder->open_gate();
  while (Buffer::live_objects() != 0 || CommandBuffer::live_objects() != 0 || CommandQueue::live_objects() != 0)
    std::this_thread::yield();
  EXPECT_EQ(recorder->fills(), std::vector<int>{9});
}

TEST_F(CommandOrder, ManyThreadsCommitToOneQueue) {
  const auto queue = device->new_command_queue();
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 200; ++i) {
        const auto commands = fill(*queue, t);
        commands->set_label("worker");
        commands->commit();
        if (i % 20 == 0) commands->wait_until_completed();
      }
    });
  for (std::thread& thread : threads) thread.join();
  const auto last = queue->command_buffer();
  last->commit();
  last->wait_until_completed();
  EXPECT_EQ(recorder->fills().size(), 1600u);
}

TEST_F(CommandOrder, QueuesOverlap) {
  // The first queue's command waits for what the second queue's thread does.
  recorder->close_gate();
  const auto first = device->new_command_queue();
  const auto second = device->new_command_queue();
  const auto waiting = fill(*first, 1);
  waiting->commit();
  waiting->wait_until_scheduled();
  const auto empty = second->command_buffer();
  empty->commit();
  empty->wait_until_completed();
  EXPECT_EQ(waiting->status(), CommandBufferStatus::Scheduled);
  recorder->open_gate();
  waiting->wait_until_completed();
}

}  // namespace
}  // namespace pymetal::tests
