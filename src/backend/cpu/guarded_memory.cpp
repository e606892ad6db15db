// Memory whose mapping for the host can be closed while commands use it.
#include "backend/cpu/guarded_memory.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "backend/cpu/host_memory.h"

namespace pymetal::backend::cpu {

GuardedMemory::GuardedMemory(std::uint64_t length) : length_(length), mapped_length_(round_up_to_pages(length)) {
  const int file = memfd_create("pymetal-buffer", MFD_CLOEXEC);
  const bool has_file = file >= 0 && ftruncate(file, static_cast<off_t>(mapped_length_)) == 0;
  const auto map = [&] {
    return has_file ? mmap(nullptr, mapped_length_, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0) : MAP_FAILED;
  };
  device_mapping_ = map();
  host_mapping_ = map();
  const std::string reason = std::strerror(errno);
  if (file >= 0) close(file);
  if (device_mapping_ != MAP_FAILED && host_mapping_ != MAP_FAILED) {
    live_.emplace(device_mapping_, length_);
    return;
  }
  if (device_mapping_ != MAP_FAILED) munmap(device_mapping_, mapped_length_);
  if (host_mapping_ != MAP_FAILED) munmap(host_mapping_, mapped_length_);
  throw ResourceError("The machine has no memory for a guarded resource of that length (" + std::to_string(length) +
                      " bytes: " + reason + ").");
}

GuardedMemory::~GuardedMemory() {
  live_.reset();
  munmap(device_mapping_, mapped_length_);
  munmap(host_mapping_, mapped_length_);
}

void GuardedMemory::set_host_access(HostAccess access) {
  const int protection = access == HostAccess::None   ? PROT_NONE
                         : access == HostAccess::Read ? PROT_READ
                                                      : PROT_READ | PROT_WRITE;
  mprotect(host_mapping_, mapped_length_, protection);
}

}  // namespace pymetal::backend::cpu
