// Memory of the host: what every storage mode is on a CPU.
#include "backend/cpu/host_memory.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

#include "support/sanitizer.h"

namespace pymetal::backend::cpu {
namespace {

// Below, the rest of a last huge page would be a good part of the whole.
constexpr std::uint64_t kLeastForHugePages = 4 << 20;

[[noreturn]] void fail(std::uint64_t length) {
  throw ResourceError("The machine has no memory for a resource of that length (" + std::to_string(length) +
                      " bytes).");
}

}  // namespace

std::uint64_t round_up_to_pages(std::uint64_t length) {
  const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  return (length + page - 1) / page * page;
}

HostMemory::HostMemory(std::uint64_t length) : length_(length), mapped_length_(round_up_to_pages(length)) {
  if (support::has_address_sanitizer()) {
    // Of memory from here, the sanitizer knows the end to the byte.
    const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    if (posix_memalign(&address_, page, length) != 0) fail(length);
    std::memset(address_, 0, length);
    live_.emplace(address_, length_);
    return;
  }
  address_ = mmap(nullptr, mapped_length_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (address_ == MAP_FAILED) fail(length);
  // A wish: where the machine has none, or none left, small pages serve.
  if (mapped_length_ >= kLeastForHugePages) madvise(address_, mapped_length_, MADV_HUGEPAGE);
  live_.emplace(address_, length_);
}

HostMemory::~HostMemory() {
  live_.reset();
  if (support::has_address_sanitizer())
    std::free(address_);
  else
    munmap(address_, mapped_length_);
}

}  // namespace pymetal::backend::cpu
