// Adds two vectors through the C++ API, checks every sum, and exits with 1 where one is wrong.
#include <cstddef>
#include <cstdio>
#include <vector>

#include "pymetal/pymetal.h"

namespace {

constexpr std::size_t kCount = 100003;

constexpr const char* kSource = R"(
#include <metal_stdlib>
using namespace metal;

kernel void add(device const float *a [[buffer(0)]],
                device const float *b [[buffer(1)]],
                device float *sum [[buffer(2)]],
                uint i [[thread_position_in_grid]]) {
    sum[i] = a[i] + b[i];
}
)";

int run() {
  const auto device = pymetal::create_system_default_device();
  const auto library = device->new_library_with_source(kSource);
  const auto pipeline = device->new_compute_pipeline_state(library->new_function("add"));

  std::vector<float> a(kCount);
  std::vector<float> b(kCount);
  for (std::size_t i = 0; i < kCount; ++i) {
    a[i] = static_cast<float>(i);
    b[i] = 0.5f * static_cast<float>(i % 7);
  }
  const std::size_t bytes = kCount * sizeof(float);
  const auto sum = device->new_buffer(bytes);

  const auto commands = device->new_command_queue()->command_buffer();
  const auto encoder = commands->compute_command_encoder();
  encoder->set_compute_pipeline_state(pipeline);
  encoder->set_buffer(device->new_buffer_with_data(a.data(), bytes), 0, 0);
  encoder->set_buffer(device->new_buffer_with_data(b.data(), bytes), 0, 1);
  encoder->set_buffer(sum, 0, 2);
  encoder->dispatch_threads({kCount, 1, 1}, {256, 1, 1});
  encoder->end_encoding();
  commands->commit();
  commands->wait_until_completed();

  const auto* result = static_cast<const float*>(sum->contents());
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < kCount; ++i) {
    wrong += result[i] != a[i] + b[i];
  }
  std::printf("%s: added %zu pairs, %zu wrong\n", device->name().c_str(), kCount, wrong);
  return wrong == 0 ? 0 : 1;
}

}  // namespace

int main() {
  try {
    return run();
  } catch (const pymetal::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
