// What the threading contract costs: pymetal_benchmark_threading prints one line for each figure.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <thread>
#include <vector>

#include "pymetal/pymetal.h"

namespace pymetal {
namespace {

constexpr int kRepetitions = 7;

double seconds() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

/// The median of several runs; `work` returns seconds.
template <class Work>
double median(Work&& work) {
  std::vector<double> times;
  for (int i = 0; i < kRepetitions; ++i) times.push_back(work());
  std::ranges::sort(times);
  return times[times.size() / 2];
}

/// A whole call of an encoder, which begins with the check of its thread.
double encoder_call(Device& device) {
  constexpr int kCalls = 10'000'000;
  const auto commands = device.new_command_queue()->command_buffer();
  const auto encoder = commands->compute_command_encoder();
  return median([&] {
    const double begin = seconds();
    for (int i = 0; i < kCalls; ++i) encoder->set_threadgroup_memory_length(16, static_cast<std::uint32_t>(i & 31));
    return (seconds() - begin) / kCalls;
  });
}

/// From the signal of one queue to that of the other, which waits for it: two queues in turn.
double event_hop(Device& device) {
  constexpr std::uint64_t kHops = 1000;
  const std::shared_ptr<CommandQueue> queues[] = {device.new_command_queue(), device.new_command_queue()};
  return median([&] {
    const auto event = device.new_shared_event();
    std::shared_ptr<CommandBuffer> last;
    for (const int parity : {0, 1}) {
      const auto commands = queues[parity]->command_buffer();
      for (std::uint64_t hop = static_cast<std::uint64_t>(parity); hop < kHops; hop += 2) {
        commands->encode_wait_for_event(event, hop + 1);
        commands->encode_signal_event(event, hop + 2);
      }
      commands->commit();
      last = commands;
    }
    last->wait_until_scheduled();
    const double begin = seconds();
    event->set_signaled_value(1);
    last->wait_until_completed();
    return (seconds() - begin) / kHops;
  });
}

/// Command buffers a second that so many threads create, commit and leave to one queue.
double commits(Device& device, int threads) {
  constexpr int kCommits = 100'000;
  return 1 / median([&] {
           const auto queue = device.new_command_queue();
           const double begin = seconds();
           std::vector<std::thread> workers;
           for (int t = 0; t < threads; ++t)
             workers.emplace_back([&] {
               for (int i = 0; i < kCommits / threads; ++i) queue->command_buffer()->commit();
             });
           for (std::thread& worker : workers) worker.join();
           const auto last = queue->command_buffer();
           last->commit();
           last->wait_until_completed();
           return (seconds() - begin) / kCommits;
         });
}

}  // namespace
}  // namespace pymetal

int main() {
  const auto device = pymetal::create_system_default_device();
  std::printf("encoder call, check included        %8.1f ns\n", pymetal::encoder_call(*device) * 1e9);
  std::printf("event, from signal to next signal   %8.2f us\n", pymetal::event_hop(*device) * 1e6);
  const double single = pymetal::commits(*device, 1);
  for (const int threads : {1, 2, 4, 8}) {
    const double rate = threads == 1 ? single : pymetal::commits(*device, threads);
    std::printf("%d threads commit to one queue       %8.0f / ms (%.2f of one thread)\n", threads, rate / 1e3,
                rate / single);
  }
}
