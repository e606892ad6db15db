// What little work costs through the C++ API: pymetal_benchmark_latency prints a line for each shape, or JSON.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <vector>

#include "pymetal/pymetal.h"

namespace pymetal {
namespace {

constexpr int kRepetitions = 15;
constexpr double kLeastSeconds = 0.02;
constexpr std::uint32_t kThreads = 32;
constexpr const char* kSource = R"(
#include <metal_stdlib>
using namespace metal;

kernel void increment(device uint *values [[buffer(0)]], uint i [[thread_position_in_grid]]) { values[i] += 1; }
)";

double seconds() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

/// Some command buffers of some dispatches each, committed one after the other; the last is waited for.
struct Shape {
  const char* name;
  const char* title;
  int buffers;
  int dispatches;
};

constexpr Shape kShapes[] = {
    {"latency_single", "one dispatch, encoded, committed and waited for", 1, 1},
    {"latency_dispatches", "one of 100 dispatches in a command buffer", 1, 100},
    {"latency_buffers", "one of 100 command buffers, the last waited for", 100, 1},
};

class Latency {
 public:
  Latency() {
    const auto library = device_->new_library_with_source(kSource);
    pipeline_ = device_->new_compute_pipeline_state(library->new_function("increment"));
    values_ = device_->new_buffer(kThreads * sizeof(std::uint32_t));
  }

  void run(const Shape& shape) {
    std::shared_ptr<CommandBuffer> commands;
    for (int b = 0; b < shape.buffers; ++b) {
      commands = queue_->command_buffer();
      const auto encoder = commands->compute_command_encoder();
      encoder->set_compute_pipeline_state(pipeline_);
      encoder->set_buffer(values_, 0, 0);
      for (int d = 0; d < shape.dispatches; ++d) encoder->dispatch_threads({kThreads, 1, 1}, {kThreads, 1, 1});
      encoder->end_encoding();
      commands->commit();
    }
    commands->wait_until_completed();
    expected_ += static_cast<std::uint32_t>(shape.buffers * shape.dispatches);
  }

  [[nodiscard]] bool right() const {
    const auto* values = static_cast<const std::uint32_t*>(values_->contents());
    return std::all_of(values, values + kThreads, [&](std::uint32_t value) { return value == expected_; });
  }

  /// Seconds for the whole shape, sorted, each the mean over enough runs to last kLeastSeconds.
  std::vector<double> measure(const Shape& shape) {
    run(shape);
    const double begin = seconds();
    run(shape);
    const int count = std::max(1, static_cast<int>(kLeastSeconds / (seconds() - begin)));
    std::vector<double> times;
    for (int repetition = 0; repetition < kRepetitions; ++repetition) {
      const double start = seconds();
      for (int i = 0; i < count; ++i) run(shape);
      times.push_back((seconds() - start) / count);
    }
    std::ranges::sort(times);
    return times;
  }

 private:
  std::shared_ptr<Device> device_ = create_system_default_device();
  std::shared_ptr<CommandQueue> queue_ = device_->new_command_queue(1024);
  std::shared_ptr<ComputePipelineState> pipeline_;
  std::shared_ptr<Buffer> values_;
  std::uint32_t expected_ = 0;
};

int run(bool json) {
  Latency latency;
  const char* separator = "{";
  for (const Shape& shape : kShapes) {
    const std::vector<double> times = latency.measure(shape);
    const double median = times[times.size() / 2];
    if (json) {
      std::printf("%s\"%s\": {\"min\": %.9g, \"median\": %.9g}", separator, shape.name, times.front(), median);
      separator = ", ";
    } else {
      std::printf("%-50s %8.2f us\n", shape.title, median * 1e6 / (shape.buffers * shape.dispatches));
    }
  }
  if (json) std::printf("}\n");
  if (latency.right()) return 0;
  std::fprintf(stderr, "The kernel's count is wrong.\n");
  return 1;
}

}  // namespace
}  // namespace pymetal

int main(int count, char** arguments) {
  try {
    return pymetal::run(count > 1 && std::strcmp(arguments[1], "--json") == 0);
  } catch (const pymetal::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
