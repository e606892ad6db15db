// Keeps byte strings in a folder, by key, for later processes. Whatever goes wrong, an entry is merely absent.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "pymetal/export.h"

namespace pymetal::support {

/// Any number of threads and processes may use one folder at once, and it may be removed at any time. It must belong to
/// this user and be writable to nobody else; otherwise nothing is read or written.
class PYMETAL_EXPORT DiskCache {
 public:
  using Digest = std::array<std::uint8_t, 32>;

  /// The folder is made when the first entry is written. When the entries exceed `limit` bytes, those that were used
  /// least recently go. `digest` guards against entries that were cut short or altered.
  DiskCache(std::filesystem::path folder, std::uint64_t limit, Digest (*digest)(std::string_view));

  /// What was written under `key`, or nothing.
  std::optional<std::string> read(const Digest& key);
  /// `size` bytes of that from `offset` on. They are not compared with what was written: that is the caller's part.
  std::optional<std::string> read_part(const Digest& key, std::uint64_t offset, std::uint64_t size);
  void write(const Digest& key, std::string_view contents);

 private:
  std::optional<std::string> read_entry(const Digest& key, std::uint64_t offset, std::optional<std::uint64_t> size);
  void make_room(int folder, std::uint64_t size);

  std::filesystem::path folder_;
  std::uint64_t limit_;
  Digest (*digest_)(std::string_view);
  /// Bytes that this process may write until it looks at the size of the folder again.
  std::atomic<std::int64_t> allowance_{0};
};

}  // namespace pymetal::support
