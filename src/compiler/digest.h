// Hashes what decides the result of a compile.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>

#include "pymetal/export.h"

namespace pymetal::compiler {

/// 256 bits of BLAKE3.
using Digest = std::array<std::uint8_t, 32>;

/// Two sequences of values have the same digest only if they are equal, value by value.
class PYMETAL_EXPORT Hasher {
 public:
  Hasher();
  ~Hasher();
  Hasher(const Hasher&) = delete;
  Hasher& operator=(const Hasher&) = delete;

  Hasher& add(std::string_view text);
  Hasher& add(std::uint64_t number);
  Hasher& add(const Digest& digest);
  Digest finish() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

PYMETAL_EXPORT Digest digest_of(std::string_view text);

}  // namespace pymetal::compiler
