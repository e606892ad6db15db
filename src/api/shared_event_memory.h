// The page of memory behind a shared event.
#pragma once

#include <memory>

#include "pymetal/shared_event.h"
#include "support/timeline.h"

namespace pymetal {

/// Lies in an anonymous file whose length nobody can change, so that no other process can take the page away. Other
/// processes open it through the descriptor of the one that made it; nothing is left behind when they end.
class SharedEventMemory {
 public:
  /// Makes a page. Throws ResourceError.
  SharedEventMemory();
  /// Maps the page of another process. Throws ResourceError.
  explicit SharedEventMemory(const SharedEventHandle& handle);
  ~SharedEventMemory();
  SharedEventMemory(const SharedEventMemory&) = delete;
  SharedEventMemory& operator=(const SharedEventMemory&) = delete;

  support::Timeline& timeline() const;
  SharedEventHandle handle() const;

 private:
  struct Page;
  void map();

  int descriptor_ = -1;
  Page* page_ = nullptr;
};

}  // namespace pymetal
