// The label that most objects bear; errors name objects by it.
#pragma once

#include <mutex>
#include <string>
#include <utility>

#include "pymetal/export.h"

namespace pymetal {

/// Any thread may set and read a label at any time.
class PYMETAL_EXPORT Labeled {
 public:
  std::string label() const {
    const std::lock_guard lock(mutex_);
    return label_;
  }
  void set_label(std::string label) {
    const std::lock_guard lock(mutex_);
    label_ = std::move(label);
  }

 protected:
  Labeled() = default;
  ~Labeled() = default;

  /// "Buffer 'weights'", or "Buffer" where there is no label: the start of a message.
  std::string describe(const char* kind) const {
    const std::string text = label();
    return text.empty() ? std::string(kind) : std::string(kind) + " '" + text + "'";
  }

 private:
  mutable std::mutex mutex_;
  std::string label_;
};

}  // namespace pymetal
