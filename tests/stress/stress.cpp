// Many threads do everything at once to one device: pymetal_stress [threads] [operations per thread] [seed].
//
// Every thread checks the results of its own work, and at the end nothing may be left. A wait that gets stuck ends in
// an error that tells what each queue waits for.
#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <thread>
#include <vector>

#include "pymetal/pymetal.h"

namespace pymetal::stress {
namespace {

constexpr std::uint64_t kLanes = 64;
constexpr int kQueues = 4;
/// x -> a * x + b, modulo 2^32.
struct Kernel {
  std::uint32_t a, b;
};
constexpr std::array<Kernel, 4> kKernels = {{{3, 1}, {5, 7}, {1, 11}, {7, 0}}};

std::string source_of(const Kernel& kernel) {
  return "kernel void step(device uint *x [[buffer(0)]], uint i [[thread_position_in_grid]]) { x[i] = x[i] * " +
         std::to_string(kernel.a) + "u + " + std::to_string(kernel.b) + "u; }";
}

void require(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "stress: %s is wrong\n", what);
  std::abort();
}

struct Shared {
  std::shared_ptr<Device> device = create_system_default_device();
  std::array<std::shared_ptr<CommandQueue>, kQueues> queues;
  std::array<std::shared_ptr<ComputePipelineState>, kKernels.size()> pipelines;
  std::atomic<std::int64_t> handlers_added{0};
  std::atomic<std::int64_t> handlers_called{0};

  std::shared_ptr<ComputePipelineState> compile(std::size_t kernel) const {
    const auto library = device->new_library_with_source(source_of(kKernels[kernel]));
    return device->new_compute_pipeline_state(library->new_function("step"));
  }
};

class Worker {
 public:
  Worker(Shared& shared, unsigned seed) : shared_(shared), random_(seed) {}

  void run(int operations) {
    for (int i = 0; i < operations; ++i) one_operation();
    check_later();
  }

 private:
  std::size_t pick(std::size_t count) { return random_() % count; }
  CommandQueue& any_queue() { return *shared_.queues[pick(kQueues)]; }

  void one_operation() {
    const std::size_t choice = pick(1000);
    if (choice < 2) return compile_and_use();
    if (choice < 150) return make_and_drop();
    if (choice < 400) return run_and_wait();
    if (choice < 600) return hop_across_queues();
    if (choice < 750) return fence_untracked_memory();
    if (choice < 850) return run_and_check_later();
    if (choice < 950) return abandon();
    labels();
  }

  void encode(CommandBuffer& commands, const std::shared_ptr<Buffer>& buffer, std::size_t kernel,
              const std::shared_ptr<Fence>& fence = nullptr) {
    const auto encoder =
        commands.compute_command_encoder(pick(2) == 0 ? DispatchType::Serial : DispatchType::Concurrent);
    if (fence != nullptr) encoder->wait_for_fence(fence);
    encoder->set_compute_pipeline_state(shared_.pipelines[kernel]);
    encoder->set_buffer(buffer, 0, 0);
    encoder->dispatch_threads({kLanes, 1, 1}, {32, 1, 1});
    if (fence != nullptr) encoder->update_fence(fence);
    encoder->end_encoding();
  }

  std::shared_ptr<Buffer> new_buffer(std::uint32_t value, ResourceOptions options = {}) {
    const std::vector<std::uint32_t> values(kLanes, value);
    return shared_.device->new_buffer_with_data(values.data(), values.size() * sizeof(std::uint32_t), options);
  }

  static void check(const Buffer& buffer, std::uint32_t expected) {
    std::array<std::uint32_t, kLanes> values;
    std::memcpy(values.data(), buffer.contents(), sizeof values);
    for (const std::uint32_t value : values) require(value == expected, "a result");
  }

  static std::uint32_t apply(std::size_t kernel, std::uint32_t x) {
    return x * kKernels[kernel].a + kKernels[kernel].b;
  }

  void finish(CommandBuffer& commands) {
    commands.wait_until_completed();
    if (const auto error = commands.error()) {
      std::fprintf(stderr, "stress: %s\n", error->message.c_str());
      std::abort();
    }
  }

  void compile_and_use() {
    const std::size_t kernel = pick(kKernels.size());
    const auto pipeline = shared_.compile(kernel);
    const auto buffer = new_buffer(5);
    const auto commands = any_queue().command_buffer();
    const auto encoder = commands->compute_command_encoder();
    encoder->set_compute_pipeline_state(pipeline);
    encoder->set_buffer(buffer, 0, 0);
    encoder->dispatch_threads({kLanes, 1, 1}, {32, 1, 1});
    encoder->end_encoding();
    commands->commit();
    finish(*commands);
    check(*buffer, apply(kernel, 5));
  }

  void make_and_drop() {
    const auto buffer = shared_.device->new_buffer(1 + pick(100000));
    require(static_cast<const char*>(buffer->contents())[buffer->length() - 1] == 0, "new memory");
    if (pick(10) == 0) shared_.device->new_command_queue()->command_buffer();
    if (pick(10) == 0) shared_.device->new_shared_event()->new_shared_event_handle();
  }

  void run_and_wait() {
    const std::size_t kernel = pick(kKernels.size());
    const auto buffer = new_buffer(9);
    const auto commands =
        pick(4) == 0 ? any_queue().command_buffer_with_unretained_references() : any_queue().command_buffer();
    encode(*commands, buffer, kernel);
    shared_.handlers_added.fetch_add(2);
    commands->add_scheduled_handler([&shared = shared_](const auto&) { shared.handlers_called.fetch_add(1); });
    commands->add_completed_handler([&shared = shared_](const auto&) { shared.handlers_called.fetch_add(1); });
    commands->commit();
    finish(*commands);
    check(*buffer, apply(kernel, 9));
  }

  /// Each queue takes one step of the same value, in turn.
  void hop_across_queues() {
    const auto event = pick(2) == 0 ? shared_.device->new_event() : shared_.device->new_shared_event();
    const auto buffer = new_buffer(1);
    std::uint32_t expected = 1;
    std::shared_ptr<CommandBuffer> commands;
    for (std::uint64_t hop = 0; hop < kQueues; ++hop) {
      const std::size_t kernel = pick(kKernels.size());
      commands = shared_.queues[(hop + pick(2)) % kQueues]->command_buffer();
      commands->encode_wait_for_event(event, hop);
      encode(*commands, buffer, kernel);
      commands->encode_signal_event(event, hop + 1);
      commands->commit();
      expected = apply(kernel, expected);
    }
    finish(*commands);
    check(*buffer, expected);
  }

  void fence_untracked_memory() {
    const auto fence = shared_.device->new_fence();
    const auto buffer = new_buffer(2, ResourceOptions::ResourceHazardTrackingModeUntracked);
    std::uint32_t expected = 2;
    CommandQueue& queue = any_queue();
    std::shared_ptr<CommandBuffer> commands;
    for (int i = 0; i < 2; ++i) {
      commands = queue.command_buffer();
      for (int j = 0; j < 3; ++j) {
        const std::size_t kernel = pick(kKernels.size());
        encode(*commands, buffer, kernel, fence);
        expected = apply(kernel, expected);
      }
      commands->commit();
    }
    finish(*commands);
    check(*buffer, expected);
  }

  struct Later {
    std::shared_ptr<CommandBuffer> commands;
    std::shared_ptr<Buffer> buffer;
    std::uint32_t expected;
  };

  void run_and_check_later() {
    const std::size_t kernel = pick(kKernels.size());
    later_.push_back({any_queue().command_buffer(), new_buffer(3), apply(kernel, 3)});
    encode(*later_.back().commands, later_.back().buffer, kernel);
    later_.back().commands->commit();
    if (later_.size() > 8) check_later();
  }

  void check_later() {
    for (const Later& later : later_) {
      finish(*later.commands);
      check(*later.buffer, later.expected);
    }
    later_.clear();
  }

  void abandon() {
    const auto commands = any_queue().command_buffer();
    if (pick(2) == 0) commands->enqueue();
    if (pick(2) == 0) commands->blit_command_encoder()->fill_buffer(new_buffer(0), {0, 4}, 1);
  }

  void labels() {
    CommandQueue& queue = any_queue();
    queue.set_label(pick(2) == 0 ? "left" : "a label that is too long for the short string optimisation");
    require(!queue.label().empty(), "a label");
    shared_.pipelines[0]->set_label(queue.label());
  }

  Shared& shared_;
  std::mt19937 random_;
  std::vector<Later> later_;
};

std::int64_t living() {
  return Buffer::live_objects() + CommandBuffer::live_objects() + CommandQueue::live_objects() + Event::live_objects() +
         Fence::live_objects() + Library::live_objects() + ComputePipelineState::live_objects() +
         ComputeCommandEncoder::live_objects() + BlitCommandEncoder::live_objects();
}

void run(int threads, int operations, unsigned seed) {
  Shared shared;
  for (auto& queue : shared.queues) queue = shared.device->new_command_queue();
  for (std::size_t i = 0; i < kKernels.size(); ++i) shared.pipelines[i] = shared.compile(i);
  std::vector<std::thread> workers;
  for (int i = 0; i < threads; ++i)
    workers.emplace_back([&, i] { Worker(shared, seed + static_cast<unsigned>(i)).run(operations); });
  for (std::thread& worker : workers) worker.join();
  // The last reference to a command buffer may be that of a queue's thread, or of a handler.
  while (shared.handlers_called.load() != shared.handlers_added.load()) std::this_thread::yield();
  const std::int64_t own = kQueues + static_cast<std::int64_t>(kKernels.size());
  for (int patience = 0; living() > own && patience < 10000; ++patience)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  require(living() == own, "the number of living objects");
}

}  // namespace
}  // namespace pymetal::stress

int main(int argc, char** argv) {
  const int threads = argc > 1 ? std::atoi(argv[1]) : 32;
  const int operations = argc > 2 ? std::atoi(argv[2]) : 10000;
  const auto seed = static_cast<unsigned>(argc > 3 ? std::atoi(argv[3]) : 1);
  setenv("PYMETAL_WAIT_TIMEOUT", "300", 0);
  pymetal::stress::run(threads, operations, seed);
  std::printf("%d threads x %d operations: every result right, nothing left\n", threads, operations);
}
