// Fences, events, barriers and hazard tracking: what waits for what, and what may overlap.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "pymetal/pymetal.h"
#include "recording_backend.h"
#include "support/thread_pool.h"

namespace pymetal::tests {
namespace {

constexpr auto kUntracked = ResourceOptions::ResourceHazardTrackingModeUntracked;
constexpr std::chrono::milliseconds kShort(20);

struct Synchronization : testing::Test {
  void SetUp() override {
    // Two commands meet only where two threads run them.
    can_overlap = support::ThreadPool::shared().concurrency() > 1;
  }

  /// Encodes a pass that fills one byte of a buffer.
  std::shared_ptr<BlitCommandEncoder> begin_fill(CommandBuffer& commands, const std::shared_ptr<Buffer>& buffer,
                                                 int value) {
    auto encoder = commands.blit_command_encoder();
    encoder->fill_buffer(buffer, {0, 1}, static_cast<std::uint8_t>(value));
    return encoder;
  }
  void fill(CommandBuffer& commands, const std::shared_ptr<Buffer>& buffer, int value) {
    begin_fill(commands, buffer, value)->end_encoding();
  }

  std::shared_ptr<RecordingBackend> recorder = std::make_shared<RecordingBackend>();
  std::shared_ptr<Device> device = std::make_shared<Device>(recorder);
  std::shared_ptr<CommandQueue> queue = device->new_command_queue();
  std::shared_ptr<CommandQueue> other = device->new_command_queue();
  bool can_overlap = false;
};

TEST_F(Synchronization, IndependentPassesOfOneQueueOverlap) {
  if (!can_overlap) GTEST_SKIP() << "one core: passes run one after another";
  recorder->wait_for_each_other(2);
  const auto commands = queue->command_buffer();
  fill(*commands, device->new_buffer(1), 1);
  fill(*commands, device->new_buffer(1), 2);
  commands->commit();
  commands->wait_until_completed();
  EXPECT_EQ(recorder->most_at_once(), 2);
}

TEST_F(Synchronization, IndependentPassesOfTwoCommandBuffersOverlap) {
  if (!can_overlap) GTEST_SKIP() << "one core: passes run one after another";
  recorder->wait_for_each_other(2);
  const auto first = queue->command_buffer();
  fill(*first, device->new_buffer(1), 1);
  const auto second = queue->command_buffer();
  fill(*second, device->new_buffer(1), 2);
  first->enqueue();
  second->commit();
  first->commit();
  second->wait_until_completed();
  // Completion keeps the order.
  EXPECT_EQ(first->status(), CommandBufferStatus::Completed);
  EXPECT_EQ(recorder->most_at_once(), 2);
}

TEST_F(Synchronization, TrackedMemoryOrdersPasses) {
  const auto buffer = device->new_buffer(1);
  for (int round = 0; round < 200; ++round) {
    const auto commands = queue->command_buffer();
    fill(*commands, buffer, 1);
    fill(*commands, buffer, 2);
    commands->commit();
  }
  const auto last = queue->command_buffer();
  last->commit();
  last->wait_until_completed();
  EXPECT_EQ(recorder->most_at_once(), 1);
  for (std::size_t i = 0; i < 400; ++i) ASSERT_EQ(recorder->fills()[i], i % 2 == 0 ? 1 : 2);
}

TEST_F(Synchronization, ReadersOfTrackedMemoryOverlap) {
  if (!can_overlap) GTEST_SKIP() << "one core: passes run one after another";
  recorder->wait_for_each_other(2);
  const auto source = device->new_buffer(1);
  const auto commands = queue->command_buffer();
  for (int i = 0; i < 2; ++i) {
    const auto encoder = commands->blit_command_encoder();
    encoder->copy_from_buffer_to_buffer(source, 0, device->new_buffer(1), 0, 1);
    encoder->end_encoding();
  }
  commands->commit();
  commands->wait_until_completed();
  EXPECT_EQ(recorder->most_at_once(), 2);
}

TEST_F(Synchronization, UntrackedMemoryOrdersNothing) {
  if (!can_overlap) GTEST_SKIP() << "one core: passes run one after another";
  recorder->wait_for_each_other(2);
  const auto buffer = device->new_buffer(1, kUntracked);
  EXPECT_EQ(buffer->hazard_tracking_mode(), HazardTrackingMode::Untracked);
  const auto commands = queue->command_buffer();
  fill(*commands, buffer, 1);
  fill(*commands, buffer, 2);
  commands->commit();
  commands->wait_until_completed();
  EXPECT_EQ(recorder->most_at_once(), 2);
}

TEST_F(Synchronization, FenceOrdersUntrackedMemory) {
  const auto buffer = device->new_buffer(1, kUntracked);
  const auto fence = device->new_fence();
  for (int round = 0; round < 100; ++round) {
    const auto commands = queue->command_buffer();
    for (int value = 1; value <= 3; ++value) {
      const auto encoder = begin_fill(*commands, buffer, value);
      encoder->wait_for_fence(fence);
      encoder->update_fence(fence);
      encoder->end_encoding();
    }
    commands->commit();
  }
  const auto last = queue->command_buffer();
  last->commit();
  last->wait_until_completed();
  EXPECT_EQ(recorder->most_at_once(), 1);
  for (std::size_t i = 0; i < 300; ++i) ASSERT_EQ(recorder->fills()[i], static_cast<int>(i % 3) + 1);
}

TEST_F(Synchronization, FenceThatNothingUpdatesIsNoWait) {
  const auto commands = queue->command_buffer();
  const auto encoder = begin_fill(*commands, device->new_buffer(1), 1);
  encoder->wait_for_fence(device->new_fence());
  encoder->end_encoding();
  commands->commit();
  commands->wait_until_completed();
  EXPECT_EQ(recorder->fills(), std::vector<int>{1});
}

TEST_F(Synchronization, FenceOfAnotherQueueIsRefused) {
  const auto fence = device->new_fence();
  fence->set_label("f");
  const auto encoder = queue->command_buffer()->blit_command_encoder();
  encoder->update_fence(fence);
  const auto stranger = other->command_buffer()->blit_command_encoder();
  EXPECT_THROW(stranger->wait_for_fence(fence), ValidationError);
  EXPECT_THROW(stranger->wait_for_fence(nullptr), ValidationError);
  const auto elsewhere = std::make_shared<Device>(std::make_shared<RecordingBackend>("elsewhere"));
  EXPECT_THROW(stranger->update_fence(elsewhere->new_fence()), ValidationError);
  stranger->end_encoding();
}

TEST_F(Synchronization, EventOrdersTwoQueues) {
  const auto event = device->new_event();
  const auto buffer = device->new_buffer(1);
  const auto consumer = other->command_buffer();
  consumer->encode_wait_for_event(event, 1);
  fill(*consumer, buffer, 2);
  consumer->commit();
  EXPECT_FALSE(consumer->wait_until_completed(kShort));
  const auto producer = queue->command_buffer();
  fill(*producer, buffer, 1);
  producer->encode_signal_event(event, 1);
  producer->commit();
  consumer->wait_until_completed();
  EXPECT_EQ(recorder->fills(), (std::vector<int>{1, 2}));
}

TEST_F(Synchronization, SignalWaitsForPassesInFlight) {
  if (!can_overlap) GTEST_SKIP() << "one core: passes run one after another";
  recorder->close_gate();
  const auto event = device->new_shared_event();
  const auto commands = queue->command_buffer();
  fill(*commands, device->new_buffer(1), 1);
  fill(*commands, device->new_buffer(1), 2);
  commands->encode_signal_event(event, 7);
  commands->commit();
  EXPECT_FALSE(event->wait_until_signaled(1, kShort));
  recorder->open_gate();
  EXPECT_TRUE(event->wait_until_signaled(7, std::chrono::seconds(10)));
  EXPECT_EQ(recorder->fills().size(), 2u);
}

TEST_F(Synchronization, ValuesOnlyGrow) {
  const auto event = device->new_shared_event();
  const auto commands = queue->command_buffer();
  commands->encode_signal_event(event, 5);
  commands->encode_signal_event(event, 3);
  commands->commit();
  commands->wait_until_completed();
  EXPECT_EQ(event->signaled_value(), 5u);
  event->set_signaled_value(5);
  EXPECT_THROW(event->set_signaled_value(4), ValidationError);
}

TEST_F(Synchronization, FailedCommandBufferStillSignals) {
  const auto event = device->new_event();
  recorder->fail_next_with("There is no memory (1).");
  const auto failing = queue->command_buffer();
  fill(*failing, device->new_buffer(1), 1);
  failing->encode_signal_event(event, 1);
  failing->commit();
  const auto waiting = other->command_buffer();
  waiting->encode_wait_for_event(event, 1);
  waiting->commit();
  waiting->wait_until_completed();
  failing->wait_until_completed();
  EXPECT_EQ(failing->status(), CommandBufferStatus::Error);
  EXPECT_EQ(waiting->status(), CommandBufferStatus::Completed);
}

TEST_F(Synchronization, CycleOfTwoQueuesEndsInErrors) {
  const auto first = device->new_event();
  const auto second = device->new_event();
  first->set_label("first");
  second->set_label("second");
  const auto a = queue->command_buffer();
  a->encode_wait_for_event(first, 1);
  fill(*a, device->new_buffer(1), 1);
  a->encode_signal_event(second, 1);
  const auto b = other->command_buffer();
  b->encode_wait_for_event(second, 1);
  b->encode_signal_event(first, 1);
  a->commit();
  EXPECT_FALSE(a->wait_until_completed(kShort));
  b->commit();
  a->wait_until_completed();
  b->wait_until_completed();
  for (const auto& commands : {a, b}) {
    ASSERT_EQ(commands->status(), CommandBufferStatus::Error);
    EXPECT_EQ(commands->error()->kind, CommandBufferError::Timeout);
    EXPECT_NE(commands->error()->message.find("Event 'first'"), std::string::npos);
    EXPECT_NE(commands->error()->message.find("Event 'second'"), std::string::npos);
  }
  EXPECT_TRUE(recorder->fills().empty());
}

TEST_F(Synchronization, WaitForOnesOwnLaterSignalIsACycle) {
  const auto event = device->new_event();
  const auto commands = queue->command_buffer();
  commands->encode_wait_for_event(event, 1);
  commands->encode_signal_event(event, 1);
  commands->commit();
  commands->wait_until_completed();
  EXPECT_EQ(commands->status(), CommandBufferStatus::Error);
}

TEST_F(Synchronization, PingPongIsNoCycle) {
  // The consumer's side is committed first, own later signals of the same event included.
  const auto event = device->new_event();
  constexpr std::uint64_t kRounds = 30;
  std::vector<std::shared_ptr<CommandBuffer>> all;
  for (std::uint64_t round = 0; round < kRounds; ++round) {
    all.push_back(queue->command_buffer());
    all.back()->encode_wait_for_event(event, 2 * round + 1);
    all.back()->encode_signal_event(event, 2 * round + 2);
    all.back()->commit();
  }
  EXPECT_FALSE(all.front()->wait_until_completed(kShort));
  for (std::uint64_t round = 0; round < kRounds; ++round) {
    all.push_back(other->command_buffer());
    all.back()->encode_wait_for_event(event, 2 * round);
    all.back()->encode_signal_event(event, 2 * round + 1);
    all.back()->commit();
  }
  for (const auto& commands : all) {
    commands->wait_until_completed();
    EXPECT_EQ(commands->status(), CommandBufferStatus::Completed);
  }
}

TEST_F(Synchronization, WaitThatAThirdQueueEndsIsNoCycle) {
  const auto event = device->new_event();
  const auto third = device->new_command_queue();
  recorder->close_gate();
  const auto saviour = third->command_buffer();
  fill(*saviour, device->new_buffer(1), 1);
  saviour->encode_signal_event(event, 1);
  saviour->commit();
  const auto commands = queue->command_buffer();
  commands->encode_wait_for_event(event, 1);
  commands->encode_signal_event(event, 1);
  commands->commit();
  EXPECT_FALSE(commands->wait_until_completed(kShort));
  recorder->open_gate();
  commands->wait_until_completed();
  EXPECT_EQ(commands->status(), CommandBufferStatus::Completed);
}

TEST_F(Synchronization, EventsOfAnotherDeviceAreRefused) {
  const auto elsewhere = std::make_shared<Device>(std::make_shared<RecordingBackend>("elsewhere"));
  const auto commands = queue->command_buffer();
  EXPECT_THROW(commands->encode_signal_event(elsewhere->new_event(), 1), ValidationError);
  EXPECT_THROW(commands->encode_wait_for_event(nullptr, 1), ValidationError);
  const auto encoder = commands->blit_command_encoder();
  EXPECT_THROW(commands->encode_signal_event(device->new_event(), 1), ValidationError);
  encoder->end_encoding();
}

struct ConcurrentDispatch : Synchronization {
  std::shared_ptr<ComputeCommandEncoder> begin(CommandBuffer& commands, DispatchType type) {
    auto encoder = commands.compute_command_encoder(type);
    encoder->set_compute_pipeline_state(
        device->new_compute_pipeline_state(device->new_library_with_source("")->new_function("kernel_function")));
    return encoder;
  }
};

TEST_F(ConcurrentDispatch, DispatchesOverlapUpToABarrier) {
  if (!can_overlap) GTEST_SKIP() << "one core: dispatches run one after another";
  recorder->wait_for_each_other(2);
  const auto commands = queue->command_buffer();
  const auto encoder = begin(*commands, DispatchType::Concurrent);
  for (const std::uint64_t width : {1, 2}) encoder->dispatch_threads({width, 1, 1}, {1, 1, 1});
  encoder->memory_barrier(BarrierScope::Buffers);
  for (const std::uint64_t width : {3, 4}) encoder->dispatch_threads({width, 1, 1}, {1, 1, 1});
  encoder->end_encoding();
  commands->commit();
  commands->wait_until_completed();
  EXPECT_EQ(recorder->most_at_once(), 2);
  const auto dispatches = recorder->dispatches();
  ASSERT_EQ(dispatches.size(), 4u);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(dispatches[i].threads_per_grid.width > 2, i >= 2);
}

TEST_F(ConcurrentDispatch, SerialDispatchesKeepTheirOrder) {
  const auto commands = queue->command_buffer();
  const auto encoder = begin(*commands, DispatchType::Serial);
  EXPECT_EQ(encoder->dispatch_type(), DispatchType::Serial);
  for (std::uint64_t width = 1; width <= 50; ++width) encoder->dispatch_threads({width, 1, 1}, {1, 1, 1});
  encoder->end_encoding();
  commands->commit();
  commands->wait_until_completed();
  EXPECT_EQ(recorder->most_at_once(), 1);
  for (std::uint64_t i = 0; i < 50; ++i) EXPECT_EQ(recorder->dispatches()[i].threads_per_grid.width, i + 1);
}

TEST_F(ConcurrentDispatch, ArgumentsAreChecked) {
  const auto commands = queue->command_buffer();
  const auto encoder = begin(*commands, DispatchType::Concurrent);
  EXPECT_THROW(encoder->memory_barrier(BarrierScope{}), ValidationError);
  EXPECT_THROW(encoder->memory_barrier(BarrierScope{8}), ValidationError);
  EXPECT_THROW(encoder->use_resource(nullptr, ResourceUsage::Read), ValidationError);
  EXPECT_THROW(encoder->use_resource(device->new_buffer(1), ResourceUsage{}), ValidationError);
  encoder->use_resource(device->new_buffer(1), ResourceUsage::Write);
  encoder->end_encoding();
}

TEST_F(Synchronization, SharedEventNotifiesInOrder) {
  const auto event = device->new_shared_event();
  const auto listener = std::make_shared<SharedEventListener>();
  std::atomic<int> count{0};
  std::vector<std::uint64_t> order;
  for (const std::uint64_t value : {3, 1, 2})
    event->notify_listener(listener, value, [&](const std::shared_ptr<SharedEvent>& notifier, std::uint64_t reached) {
      EXPECT_EQ(notifier, event);
      order.push_back(reached);
      ++count;
    });
  event->set_signaled_value(2);
  while (count.load() < 2) std::this_thread::yield();
  event->set_signaled_value(10);
  while (count.load() < 3) std::this_thread::yield();
  EXPECT_EQ(order, (std::vector<std::uint64_t>{1, 2, 3}));
  EXPECT_THROW(event->notify_listener(listener, 1, nullptr), ValidationError);
}

TEST_F(Synchronization, SharedEventOpensByHandle) {
  const auto event = device->new_shared_event();
  event->set_label("bridge");
  SharedEventHandle handle = event->new_shared_event_handle();
  const auto same = device->new_shared_event_with_handle(handle);
  same->set_signaled_value(4);
  EXPECT_EQ(event->signaled_value(), 4u);
  EXPECT_EQ(same->label(), "bridge");
  handle.identity[0] ^= 1;
  EXPECT_THROW(device->new_shared_event_with_handle(handle), ResourceError);
  handle.descriptor = 1 << 20;
  EXPECT_THROW(device->new_shared_event_with_handle(handle), ResourceError);
}

TEST_F(Synchronization, FullQueueBlocksUntilThereIsRoom) {
  const auto narrow = device->new_command_queue(2);
  EXPECT_THROW(device->new_command_queue(0), ValidationError);
  EXPECT_EQ(narrow->max_command_buffer_count(), 2u);
  recorder->close_gate();
  for (int i = 0; i < 2; ++i) {
    const auto commands = narrow->command_buffer();
    fill(*commands, device->new_buffer(1), i);
    commands->commit();
  }
  EXPECT_EQ(narrow->try_command_buffer(true), nullptr);
  std::thread helper([&] { recorder->open_gate(); });
  EXPECT_NE(narrow->command_buffer(), nullptr);
  helper.join();
}

}  // namespace
}  // namespace pymetal::tests
