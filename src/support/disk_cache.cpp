// Keeps byte strings in a folder, by key, for later processes.
#include "support/disk_cache.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <memory>
#include <vector>

namespace pymetal::support {
namespace {

/// An entry is this header, and its contents.
struct Header {
  char magic[8];
  std::uint64_t size;
  DiskCache::Digest key;
  DiskCache::Digest digest;
};
constexpr char kMagic[8] = {'p', 'y', 'm', 'e', 't', 'a', 'l', '1'};
constexpr std::string_view kTemporaryPrefix = "write-";
constexpr std::time_t kAbandonedAfterSeconds = 3600;

class File {
 public:
  explicit File(int descriptor) : descriptor_(descriptor) {}
  ~File() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  explicit operator bool() const { return descriptor_ >= 0; }
  int get() const { return descriptor_; }

 private:
  int descriptor_;
};

/// A write beyond the limit of the process's files raises a signal that ends the process, unless it is held back.
class HeldBackSizeSignal {
 public:
  HeldBackSizeSignal() {
    sigemptyset(&signal_);
    sigaddset(&signal_, SIGXFSZ);
    sigset_t pending;
    was_pending_ = sigpending(&pending) == 0 && sigismember(&pending, SIGXFSZ) == 1;
    pthread_sigmask(SIG_BLOCK, &signal_, &before_);
  }
  ~HeldBackSizeSignal() {
    const timespec no_time{};
    if (!was_pending_)
      while (sigtimedwait(&signal_, nullptr, &no_time) == -1 && errno == EINTR) {
      }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  HeldBackSizeSignal(const HeldBackSizeSignal&) = delete;
  HeldBackSizeSignal& operator=(const HeldBackSizeSignal&) = delete;

 private:
  sigset_t signal_;
  sigset_t before_;
  bool was_pending_ = false;
};

std::string name_of(const DiskCache::Digest& key) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string name;
  for (const std::uint8_t byte : key) {
    name += kDigits[byte >> 4];
    name += kDigits[byte & 15];
  }
  return name;
}

/// The folder, if it is safe to use.
int open_folder(const std::filesystem::path& path) {
  const int folder = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  struct stat status {};
  if (folder < 0) return -1;
  if (fstat(folder, &status) == 0 && status.st_uid == geteuid() && (status.st_mode & (S_IWGRP | S_IWOTH)) == 0)
    return folder;
  close(folder);
  return -1;
}

bool read_all(int file, char* to, std::size_t size) {
  while (size > 0) {
    const ssize_t count = ::read(file, to, size);
    if (count == 0 || (count < 0 && errno != EINTR)) return false;
    if (count < 0) continue;
    to += count;
    size -= static_cast<std::size_t>(count);
  }
  return true;
}

bool write_all(int file, const char* from, std::size_t size) {
  while (size > 0) {
    const ssize_t count = ::write(file, from, size);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    from += count;
    size -= static_cast<std::size_t>(count);
  }
  return true;
}

/// A name that no other thread or process writes to; O_EXCL settles the rest.
std::string temporary_name() {
  static std::atomic<unsigned> counter{0};
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  return std::string(kTemporaryPrefix) + std::to_string(getpid()) + "-" + std::to_string(counter.fetch_add(1)) + "-" +
         std::to_string(now.tv_nsec);
}

void make_folder(const std::filesystem::path& path) {
  if (mkdir(path.c_str(), S_IRWXU) == 0 || errno != ENOENT || !path.has_parent_path() || path.parent_path() == path)
    return;
  make_folder(path.parent_path());
  mkdir(path.c_str(), S_IRWXU);
}

}  // namespace

DiskCache::DiskCache(std::filesystem::path folder, std::uint64_t limit, Digest (*digest)(std::string_view))
    : folder_(std::move(folder)), limit_(limit), digest_(digest) {}

std::optional<std::string> DiskCache::read(const Digest& key) { return read_entry(key, 0, std::nullopt); }

std::optional<std::string> DiskCache::read_part(const Digest& key, std::uint64_t offset, std::uint64_t size) {
  return read_entry(key, offset, size);
}

/// Reads `part_size` bytes from `offset` on, or all of them and compares.
std::optional<std::string> DiskCache::read_entry(const Digest& key, std::uint64_t offset,
                                                 std::optional<std::uint64_t> part_size) {
  const File folder(open_folder(folder_));
  if (!folder) return std::nullopt;
  const File file(openat(folder.get(), name_of(key).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  struct stat status {};
  if (!file || fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode) || status.st_uid != geteuid())
    return std::nullopt;
  Header header;
  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (size < sizeof header || size > limit_ || !read_all(file.get(), reinterpret_cast<char*>(&header), sizeof header))
    return std::nullopt;
  if (std::memcmp(header.magic, kMagic, sizeof kMagic) != 0 || header.size != size - sizeof header || header.key != key)
    return std::nullopt;
  if (offset > header.size || part_size.value_or(0) > header.size - offset) return std::nullopt;
  if (offset > 0 && lseek(file.get(), static_cast<off_t>(sizeof header + offset), SEEK_SET) < 0) return std::nullopt;
  std::string contents(part_size.value_or(header.size), '\0');
  if (!read_all(file.get(), contents.data(), contents.size())) return std::nullopt;
  if (!part_size && digest_(contents) != header.digest) return std::nullopt;
  // The time of modification is that of the last use.
  futimens(file.get(), nullptr);
  return contents;
}

void DiskCache::write(const Digest& key, std::string_view contents) {
  Header header{};
  std::ranges::copy(kMagic, header.magic);
  header.size = contents.size();
  header.key = key;
  header.digest = digest_(contents);
  const std::uint64_t size = sizeof header + contents.size();
  if (size > limit_) return;
  make_folder(folder_);
  const File folder(open_folder(folder_));
  if (!folder) return;
  if (allowance_.fetch_sub(static_cast<std::int64_t>(size)) < static_cast<std::int64_t>(size))
    make_room(folder.get(), size);

  const std::string name = temporary_name();
  const File file(openat(folder.get(), name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (!file) return;
  const HeldBackSizeSignal held_back;
  const bool is_written = write_all(file.get(), reinterpret_cast<const char*>(&header), sizeof header) &&
                          write_all(file.get(), contents.data(), contents.size());
  if (!is_written || renameat(folder.get(), name.c_str(), folder.get(), name_of(key).c_str()) != 0)
    unlinkat(folder.get(), name.c_str(), 0);
}

/// Removes the entries that were used least recently, until `size` bytes and the next writes of this process have room.
void DiskCache::make_room(int folder, std::uint64_t size) {
  struct Entry {
    std::string name;
    std::uint64_t size;
    timespec used;
  };
  std::vector<Entry> entries;
  std::uint64_t total = 0;
  const std::time_t now = std::time(nullptr);
  // A descriptor of its own: the stream closes it, and moves its position.
  const int listed = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (listed < 0) return;
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(fdopendir(listed), &closedir);
  if (stream == nullptr) {
    close(listed);
    return;
  }
  while (const dirent* item = readdir(stream.get())) {
    struct stat status {};
    if (fstatat(folder, item->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(status.st_mode)) continue;
    const std::string_view name = item->d_name;
    if (name.starts_with(kTemporaryPrefix) && status.st_mtim.tv_sec + kAbandonedAfterSeconds < now) {
      unlinkat(folder, item->d_name, 0);
      continue;
    }
    // Nothing is removed that was not written here.
    constexpr std::size_t kNameLength = 2 * sizeof(Digest);
    if (name.size() != kNameLength || name.find_first_not_of("0123456789abcdef") != std::string_view::npos) continue;
    entries.push_back({item->d_name, static_cast<std::uint64_t>(status.st_size), status.st_mtim});
    total += entries.back().size;
  }
  const std::uint64_t share = limit_ / 16;
  if (total + std::max(share, size) > limit_) {
    // More than is needed: to look at all entries for each write would be slow.
    const std::uint64_t goal = std::min(limit_ / 4 * 3, limit_ - size);
    std::ranges::sort(entries, {}, [](const Entry& e) { return std::pair(e.used.tv_sec, e.used.tv_nsec); });
    for (const Entry& entry : entries) {
      if (total <= goal) break;
      if (unlinkat(folder, entry.name.c_str(), 0) == 0 || errno == ENOENT) total -= entry.size;
    }
  }
  allowance_.store(static_cast<std::int64_t>(share));
}

}  // namespace pymetal::support
