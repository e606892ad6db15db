// Threads that wait run brief command buffers themselves, and nothing else changes by that.
#include <gtest/gtest.h>

#include <numeric>
#include <thread>

#include "pymetal/pymetal.h"
#include "recording_backend.h"
#include "support/stack.h"

namespace pymetal::tests {
namespace {

using namespace std::chrono_literals;

struct Waiters : testing::Test {
  Waiters() { recorder->set_longest_time(1us); }

  std::shared_ptr<CommandBuffer> fill(CommandQueue& target, int value) {
    std::shared_ptr<CommandBuffer> commands = target.command_buffer();
    const auto encoder = commands->blit_command_encoder();
    encoder->fill_buffer(buffer, {0, 1}, static_cast<std::uint8_t>(value));
    encoder->end_encoding();
    return commands;
  }

  /// Commits and waits until this thread has run a command buffer, which another may take first.
  bool runs_here(const std::function<void(CommandBuffer&)>& prepare = [](CommandBuffer&) {}) {
    for (int i = 0; i < 2000; ++i) {
      const auto commands = fill(*queue, i % 256);
      prepare(*commands);
      commands->commit();
      commands->wait_until_completed();
      EXPECT_EQ(commands->status(), CommandBufferStatus::Completed);
      if (recorder->threads().back() == std::this_thread::get_id()) return true;
    }
    return false;
  }

  std::shared_ptr<RecordingBackend> recorder = std::make_shared<RecordingBackend>();
  std::shared_ptr<Device> device = std::make_shared<Device>(recorder);
  std::shared_ptr<Buffer> buffer = device->new_buffer(16);
  std::shared_ptr<CommandQueue> queue = device->new_command_queue();
};

TEST_F(Waiters, RunBriefWork) { EXPECT_TRUE(runs_here()); }

TEST_F(Waiters, RunNothingThatMayTakeLong) {
  for (const auto& time : {std::optional<std::chrono::nanoseconds>(), std::optional<std::chrono::nanoseconds>(1s)}) {
    recorder->set_longest_time(time);
    for (int i = 0; i < 50; ++i) {
      const auto commands = fill(*queue, 1);
      commands->commit();
      commands->wait_until_completed();
      EXPECT_NE(recorder->threads().back(), std::this_thread::get_id());
    }
  }
}

TEST_F(Waiters, RunNothingBeyondTheirTimeout) {
  recorder->close_gate();
  const auto commands = fill(*queue, 1);
  commands->commit();
  EXPECT_FALSE(commands->wait_until_completed(0ns));
  EXPECT_FALSE(commands->wait_until_completed(100ns));
  recorder->open_gate();
  commands->wait_until_completed();
}

TEST_F(Waiters, NeedRoomOnTheirStack) {
  std::thread::id other;
  const auto wait = [&] {
    for (int i = 0; i < 50; ++i) {
      const auto commands = fill(*queue, 1);
      commands->commit();
      commands->wait_until_completed();
      EXPECT_NE(recorder->threads().back(), std::this_thread::get_id());
    }
  };
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 256 << 10);
  std::function<void()> body = [&] {
    const std::size_t left = support::stack_left();
    EXPECT_GT(left, 100u << 10);
    EXPECT_LE(left, 256u << 10);
    wait();
  };
  pthread_t thread;
  ASSERT_EQ(pthread_create(
                &thread, &attributes,
                [](void* argument) -> void* {
                  (*static_cast<std::function<void()>*>(argument))();
                  return nullptr;
                },
                &body),
            0);
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&attributes);
}

TEST_F(Waiters, WorkBeginsWhereNobodyWaits) {
  ASSERT_TRUE(runs_here());
  for (int i = 0; i < 20; ++i) {
    const auto commands = fill(*queue, 1);
    commands->commit();
    while (commands->status() != CommandBufferStatus::Completed) std::this_thread::yield();
  }
}

TEST_F(Waiters, HandlersRunOnTheirOwnThread) {
  std::atomic<int> called{0};
  std::atomic<int> begun{0};
  EXPECT_TRUE(runs_here([&](CommandBuffer& commands) {
    const auto check = [&, waiter = std::this_thread::get_id()](const auto&) {
      EXPECT_NE(std::this_thread::get_id(), waiter);
      ++called;
    };
    begun += 2;
    commands.add_scheduled_handler(check);
    commands.add_completed_handler(check);
  }));
  while (called.load() < begun.load()) std::this_thread::yield();
}

TEST_F(Waiters, KeepTheOrder) {
  std::vector<int> expected(200);
  std::iota(expected.begin(), expected.end(), 0);
  std::vector<std::shared_ptr<CommandBuffer>> all;
  const auto wide = device->new_command_queue(1000);
  for (const int value : expected) {
    all.push_back(fill(*wide, value));
    all.back()->commit();
  }
  std::vector<std::thread> threads;
  for (const std::size_t last : {199u, 50u, 120u, 7u})
    threads.emplace_back([&, last] {
      all[last]->wait_until_completed();
      EXPECT_EQ(all[last]->status(), CommandBufferStatus::Completed);
      const std::vector<int> fills = recorder->fills();
      EXPECT_GT(fills.size(), last);
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(recorder->fills(), expected);
}

TEST_F(Waiters, LeaveWhatComesLaterToTheQueue) {
  ASSERT_TRUE(runs_here());
  const std::size_t before = recorder->fills().size();
  const auto first = fill(*queue, 1);
  const auto second = fill(*queue, 2);
  first->commit();
  second->commit();
  first->wait_until_completed();
  while (second->status() != CommandBufferStatus::Completed) std::this_thread::yield();
  EXPECT_EQ(recorder->fills().size(), before + 2);
}

TEST_F(Waiters, MakeRoomInAFullQueue) {
  const auto narrow = device->new_command_queue(2);
  for (int i = 0; i < 500; ++i) fill(*narrow, i % 256)->commit();
  const auto last = fill(*narrow, 0);
  last->commit();
  last->wait_until_completed();
  EXPECT_EQ(recorder->fills().size(), 501u);
}

TEST_F(Waiters, ReleaseWhatTheyRan) {
  ASSERT_TRUE(runs_here());
  for (int i = 0; i < 50; ++i) {
    const auto last = fill(*device->new_command_queue(), 2);
    last->commit();
    last->wait_until_completed();
  }
  buffer.reset();
  queue.reset();
  while (CommandBuffer::live_objects() != 0 || CommandQueue::live_objects() != 0 || Buffer::live_objects() != 0)
    std::this_thread::yield();
}

TEST_F(Waiters, ReportFailures) {
  ASSERT_TRUE(runs_here());
  recorder->fail_next_with("There is no memory (1).");
  const auto commands = fill(*queue, 1);
  commands->commit();
  commands->wait_until_completed();
  EXPECT_EQ(commands->status(), CommandBufferStatus::Error);
}

}  // namespace
}  // namespace pymetal::tests
