// Writes objects to a byte string and reads them back. A type is known by its fields:
//   inline auto fields(Point& point) { auto& [x, y] = point; return std::tie(x, y); }
// The binding names every member, so a member that is added later and forgotten here does not compile.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <vector>

namespace pymetal::support {

template <class T>
concept Plain = std::is_arithmetic_v<T> || std::is_enum_v<T>;

template <class T>
concept Record = requires(T& object) {
  fields(object);
};

class ByteWriter {
 public:
  template <class T>
  ByteWriter& operator<<(const T& object) {
    put(object);
    return *this;
  }
  std::string take() { return std::move(bytes_); }

 private:
  template <Plain T>
  void put(const T& value) {
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  void put(const std::string& text) {
    put(std::uint64_t{text.size()});
    bytes_ += text;
  }
  template <class T>
  void put(const std::vector<T>& items) {
    put(std::uint64_t{items.size()});
    for (const T& item : items) put(item);
  }
  template <Plain T, std::size_t N>
  void put(const std::array<T, N>& items) {
    for (const T& item : items) put(item);
  }
  template <Record T>
  void put(const T& object) {
    // `fields` serves for both directions; nothing is changed here.
    std::apply([&](const auto&... field) { (put(field), ...); }, fields(const_cast<T&>(object)));
  }

  std::string bytes_;
};

class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : rest_(bytes) {}

  /// Reads an object where one is left; otherwise the reader has failed, and the object is of no use.
  template <class T>
  ByteReader& operator>>(T& object) {
    get(object);
    return *this;
  }
  /// All was read, and nothing is left.
  bool is_complete() const { return !has_failed_ && rest_.empty(); }

 private:
  const char* bytes(std::uint64_t count) {
    if (has_failed_ || count > rest_.size()) {
      has_failed_ = true;
      return nullptr;
    }
    const char* begin = rest_.data();
    rest_.remove_prefix(count);
    return begin;
  }
  template <Plain T>
  void get(T& value) {
    const char* from = bytes(sizeof value);
    if constexpr (std::is_same_v<T, bool>)
      value = from != nullptr && *from != 0;
    else if (from != nullptr)
      std::memcpy(&value, from, sizeof value);
  }
  void get(std::string& text) {
    std::uint64_t size = 0;
    get(size);
    if (const char* from = bytes(size)) text.assign(from, size);
  }
  template <class T>
  void get(std::vector<T>& items) {
    std::uint64_t count = 0;
    get(count);
    items.clear();
    // A wrong count reserves no more than a small multiple of what is there.
    items.reserve(std::min<std::uint64_t>(count, rest_.size() / 16));
    // Each item takes a byte at least, so a wrong count ends soon.
    for (std::uint64_t i = 0; i < count && !has_failed_; ++i) get(items.emplace_back());
  }
  template <Plain T, std::size_t N>
  void get(std::array<T, N>& items) {
    for (T& item : items) get(item);
  }
  template <Record T>
  void get(T& object) {
    std::apply([&](auto&... field) { (get(field), ...); }, fields(object));
  }

  std::string_view rest_;
  bool has_failed_ = false;
};

}  // namespace pymetal::support
