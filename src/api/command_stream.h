// The commands of one command buffer, and everything that must live until they have run.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <vector>

#include "backend/backend.h"

namespace pymetal {

class CommandStream {
 public:
  void append(backend::Command command) { commands_.push_back(std::move(command)); }
  void retain(std::shared_ptr<const void> object) { retained_.push_back(std::move(object)); }

  /// Copies bytes to where they stay until the commands have run; aligned for any type of MSL.
  const std::byte* copy(const void* data, std::size_t length) {
    constexpr std::size_t kAlignment = 64;
    auto memory =
        std::shared_ptr<std::byte>(static_cast<std::byte*>(::operator new(length, std::align_val_t(kAlignment))),
                                   [](std::byte* bytes) { ::operator delete(bytes, std::align_val_t(kAlignment)); });
    std::memcpy(memory.get(), data, length);
    const std::byte* address = memory.get();
    retain(std::move(memory));
    return address;
  }

  const std::vector<backend::Command>& commands() const { return commands_; }

  /// Lets go of everything.
  void clear() {
    commands_.clear();
    retained_.clear();
  }

 private:
  std::vector<backend::Command> commands_;
  std::vector<std::shared_ptr<const void>> retained_;
};

}  // namespace pymetal
