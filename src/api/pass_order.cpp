// Which passes may run at the same time.
#include "api/pass_order.h"

#include <algorithm>

namespace pymetal {
namespace {

bool wait_for_update(const Pass& later, const Pass& earlier) {
  return std::ranges::any_of(later.waits, [&](const std::shared_ptr<const Fence>& fence) {
    return std::ranges::find(earlier.updates, fence) != earlier.updates.end();
  });
}

bool share_written_memory(const std::vector<Access>& a, const std::vector<Access>& b) {
  auto i = a.begin();
  auto j = b.begin();
  while (i != a.end() && j != b.end()) {
    if (i->memory < j->memory) {
      ++i;
    } else if (j->memory < i->memory) {
      ++j;
    } else {
      if (i->is_tracked && (i->writes || j->writes)) return true;
      ++i;
      ++j;
    }
  }
  return false;
}

}  // namespace

void sort_accesses(std::vector<Access>& accesses) {
  std::ranges::sort(accesses, {}, &Access::memory);
  std::size_t kept = 0;
  for (Access& access : accesses) {
    if (kept > 0 && accesses[kept - 1].memory == access.memory) {
      accesses[kept - 1].writes |= access.writes;
      continue;
    }
    if (&accesses[kept] != &access) accesses[kept] = std::move(access);
    ++kept;
  }
  accesses.resize(kept);
}

bool must_follow(const Pass& later, const Pass& earlier) {
  return wait_for_update(later, earlier) || share_written_memory(later.accesses, earlier.accesses);
}

}  // namespace pymetal
