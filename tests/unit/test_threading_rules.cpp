// Encoders and command buffers refuse calls from the wrong thread, and their work is unharmed.
#include <gtest/gtest.h>

#include <algorithm>
#include <barrier>
#include <thread>

#include "pymetal/pymetal.h"
#include "recording_backend.h"

namespace pymetal::tests {
namespace {

struct ThreadingRules : testing::Test {
  /// Runs the function on another thread, and returns what its ThreadingError says.
  template <class Function>
  std::string error_elsewhere(Function&& function) {
    std::string message;
    std::thread([&] {
      pthread_setname_np(pthread_self(), "stranger");
      try {
        function();
      } catch (const ThreadingError& error) {
        message = error.what();
      }
    }).join();
    return message;
  }

  std::shared_ptr<RecordingBackend> recorder = std::make_shared<RecordingBackend>();
  std::shared_ptr<Device> device = std::make_shared<Device>(recorder);
  std::shared_ptr<CommandQueue> queue = device->new_command_queue();
  std::shared_ptr<Buffer> buffer = device->new_buffer(16);
};

TEST_F(ThreadingRules, EncoderBelongsToItsThread) {
  const auto commands = queue->command_buffer();
  const auto encoder = commands->blit_command_encoder();
  encoder->set_label("copies");
  encoder->fill_buffer(buffer, {0, 1}, 1);
  const std::string message = error_elsewhere([&] { encoder->fill_buffer(buffer, {0, 1}, 2); });
  EXPECT_NE(message.find("Blit command encoder 'copies' belongs to thread '"), std::string::npos) << message;
  EXPECT_NE(message.find("thread 'stranger'"), std::string::npos) << message;
  EXPECT_NE(error_elsewhere([&] { encoder->end_encoding(); }), "");
  EXPECT_EQ(error_elsewhere([&] { encoder->set_label("any thread"); }), "");
  encoder->end_encoding();
  commands->commit();
  commands->wait_until_completed();
  EXPECT_EQ(recorder->fills(), std::vector<int>{1});
}

TEST_F(ThreadingRules, MessageTellsThatTheOwnerHasEnded) {
  const auto commands = queue->command_buffer();
  std::shared_ptr<BlitCommandEncoder> encoder;
  error_elsewhere([&] { encoder = commands->blit_command_encoder(); });
  try {
    encoder->end_encoding();
    FAIL();
  } catch (const ThreadingError& error) {
    EXPECT_NE(std::string(error.what()).find("thread 'stranger', which has ended,"), std::string::npos) << error.what();
  }
}

TEST_F(ThreadingRules, CommandBufferTakesOneThreadAtATime) {
  const auto commands = queue->command_buffer();
  commands->set_label("frame");
  const auto encoder = commands->compute_command_encoder();
  const auto event = device->new_event();
  EXPECT_NE(error_elsewhere([&] { commands->blit_command_encoder(); }).find("Command buffer 'frame'"),
            std::string::npos);
  EXPECT_NE(error_elsewhere([&] { commands->encode_signal_event(event, 1); }), "");
  EXPECT_NE(error_elsewhere([&] { commands->push_debug_group("x"); }), "");
  EXPECT_NE(error_elsewhere([&] { commands->commit(); }), "");
  encoder->end_encoding();
  // A hand-over between calls is allowed, and so is what any thread may do.
  EXPECT_EQ(error_elsewhere([&] {
              const auto next = commands->blit_command_encoder();
              next->fill_buffer(buffer, {0, 1}, 3);
              next->end_encoding();
            }),
            "");
  EXPECT_EQ(error_elsewhere([&] {
              commands->add_completed_handler([](const std::shared_ptr<CommandBuffer>&) {});
              commands->commit();
              commands->wait_until_completed();
              commands->status();
              commands->error();
            }),
            "");
  EXPECT_EQ(recorder->fills(), std::vector<int>{3});
}

TEST_F(ThreadingRules, ConcurrentEntryRaisesOrIsOrdered) {
  // Two threads encode into one command buffer without pause: each call succeeds whole or raises.
  for (int round = 0; round < 200; ++round) {
    const auto commands = queue->command_buffer();
    std::atomic<int> encoded{0};
    std::barrier begin(2);
    const auto work = [&] {
      begin.arrive_and_wait();
      for (int i = 0; i < 10; ++i) try {
          const auto encoder = commands->blit_command_encoder();
          encoder->fill_buffer(buffer, {0, 1}, 1);
          encoder->end_encoding();
          ++encoded;
        } catch (const ThreadingError&) {
        }
    };
    std::thread helper(work);
    work();
    helper.join();
    const std::size_t before = recorder->fills().size();
    commands->commit();
    commands->wait_until_completed();
    EXPECT_EQ(recorder->fills().size() - before, static_cast<std::size_t>(encoded.load()));
  }
}

TEST_F(ThreadingRules, HandlersRunInOrderOnAnotherThread) {
  std::vector<int> order;
  std::atomic<int> count{0};
  std::thread::id thread;
  std::shared_ptr<CommandBuffer> last;
  for (int i = 0; i < 100; ++i) {
    last = queue->command_buffer();
    last->add_completed_handler([&, i](const std::shared_ptr<CommandBuffer>& commands) {
      EXPECT_EQ(commands->status(), CommandBufferStatus::Completed);
      order.push_back(2 * i + 1);
      thread = std::this_thread::get_id();
      ++count;
    });
    last->add_scheduled_handler([&, i](const std::shared_ptr<CommandBuffer>&) { order.push_back(2 * i); });
    last->commit();
  }
  EXPECT_THROW(last->add_scheduled_handler([](const auto&) {}), ValidationError);
  EXPECT_THROW(last->add_completed_handler([](const auto&) {}), ValidationError);
  EXPECT_THROW(queue->command_buffer()->add_completed_handler(nullptr), ValidationError);
  last->when_completed([&](const std::shared_ptr<CommandBuffer>&) { ++count; });
  while (count.load() < 101) std::this_thread::yield();
  last->when_completed([&](const std::shared_ptr<CommandBuffer>&) { ++count; });
  while (count.load() < 102) std::this_thread::yield();
  EXPECT_NE(thread, std::this_thread::get_id());
  // Scheduled before completed for each buffer, and both in the order of the queue.
  for (int kind = 0; kind < 2; ++kind) {
    std::vector<int> own;
    for (const int entry : order)
      if (entry % 2 == kind) own.push_back(entry);
    ASSERT_EQ(own.size(), 100u);
    EXPECT_TRUE(std::ranges::is_sorted(own));
  }
  for (int i = 0; i < 100; ++i) EXPECT_LT(std::ranges::find(order, 2 * i), std::ranges::find(order, 2 * i + 1));
}

TEST_F(ThreadingRules, UnretainedReferencesAreNotRetained) {
  recorder->close_gate();
  for (const bool retains : {true, false}) {
    const auto commands = retains ? queue->command_buffer() : queue->command_buffer_with_unretained_references();
    EXPECT_EQ(commands->retained_references(), retains);
    const std::int64_t before = Buffer::live_objects();
    {
      const auto encoder = commands->blit_command_encoder();
      encoder->fill_buffer(device->new_buffer(8), {0, 8}, 1);
      encoder->end_encoding();
    }
    commands->commit();
    EXPECT_EQ(Buffer::live_objects(), before + (retains ? 1 : 0));
  }
  recorder->open_gate();
}

TEST_F(ThreadingRules, GivenUpPlaceIsFree) {
  const auto first = queue->command_buffer();
  first->enqueue();
  const auto second = queue->command_buffer();
  second->commit();
  EXPECT_FALSE(second->wait_until_completed(std::chrono::milliseconds(10)));
  first->give_up();
  second->wait_until_completed();
  EXPECT_EQ(first->status(), CommandBufferStatus::NotEnqueued);
}

}  // namespace
}  // namespace pymetal::tests
