// The page of memory behind a shared event.
#include "api/shared_event_memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <new>

#include "pymetal/error.h"

namespace pymetal {
namespace {

constexpr std::uint64_t kMagic = 0x746e6576656d7970;  // "pymevent"
constexpr int kSeals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;

std::string system_error() { return std::strerror(errno); }

}  // namespace

struct SharedEventMemory::Page {
  std::uint64_t magic = kMagic;
  std::array<std::uint64_t, 2> identity{};
  support::Timeline timeline;
};

SharedEventMemory::SharedEventMemory() {
  descriptor_ = memfd_create("pymetal-shared-event", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (descriptor_ < 0 || ftruncate(descriptor_, sizeof(Page)) != 0 || fcntl(descriptor_, F_ADD_SEALS, kSeals) != 0) {
    const std::string reason = system_error();
    if (descriptor_ >= 0) close(descriptor_);
    throw ResourceError("A shared event's memory cannot be made (" + reason + ").");
  }
  map();
  new (page_) Page;
  if (getrandom(page_->identity.data(), sizeof page_->identity, 0) < 0) page_->identity[0] = 1;
}

SharedEventMemory::SharedEventMemory(const SharedEventHandle& handle) {
  const std::string path = "/proc/" + std::to_string(handle.process) + "/fd/" + std::to_string(handle.descriptor);
  const std::string subject = "The shared event of process " + std::to_string(handle.process);
  descriptor_ = open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (descriptor_ < 0)
    throw ResourceError(subject + " cannot be opened (" + system_error() +
                        "): that process must run, hold the event, and belong to the same user.");
  // Without the seals a hostile process could cut the page off while it is in use.
  const bool is_event = (fcntl(descriptor_, F_GET_SEALS) & kSeals) == kSeals &&
                        lseek(descriptor_, 0, SEEK_END) == static_cast<off_t>(sizeof(Page));
  if (is_event) map();
  if (!is_event || page_->magic != kMagic || page_->identity != handle.identity) {
    if (page_ != nullptr) munmap(page_, sizeof(Page));
    close(descriptor_);
    throw ResourceError(subject + " is gone: its descriptor (" + std::to_string(handle.descriptor) +
                        ") names something else.");
  }
}

SharedEventMemory::~SharedEventMemory() {
  munmap(page_, sizeof(Page));
  close(descriptor_);
}

void SharedEventMemory::map() {
  void* address = mmap(nullptr, sizeof(Page), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor_, 0);
  if (address == MAP_FAILED) {
    const std::string reason = system_error();
    close(descriptor_);
    throw ResourceError("A shared event's memory cannot be mapped (" + reason + ").");
  }
  page_ = static_cast<Page*>(address);
}

support::Timeline& SharedEventMemory::timeline() const { return page_->timeline; }

SharedEventHandle SharedEventMemory::handle() const { return {getpid(), descriptor_, page_->identity, {}}; }

}  // namespace pymetal
