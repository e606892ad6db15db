// What the control groups of this process leave it of the machine.
#include "support/control_group.h"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace pymetal::support {
namespace {

namespace fs = std::filesystem;

bool holds(const std::string& list, const std::string& name) {
  std::istringstream items(list);
  for (std::string item; std::getline(items, item, ',');)
    if (item == name) return true;
  return false;
}

/// The folder of the group and those above it. Where the process sees another part of the hierarchy than its path is
/// from, as in some containers, what is mounted is its own.
void add_chain(const fs::path& mounted, const std::string& group, std::vector<fs::path>& folders) {
  std::error_code error;
  fs::path relative = fs::path(group).relative_path();
  while (!relative.empty()) {
    if (fs::is_directory(mounted / relative, error)) folders.push_back(mounted / relative);
    relative = relative.parent_path();
  }
  folders.push_back(mounted);
}

/// Every folder that may hold limits of `controller`.
std::vector<fs::path> group_folders(const fs::path& root, const std::string& controller) {
  const fs::path mounts = root / "sys/fs/cgroup";
  std::vector<fs::path> folders;
  std::ifstream groups(root / "proc/self/cgroup");
  // "4:cpu,cpuacct:/path" of version 1, "0::/path" of version 2.
  for (std::string line; std::getline(groups, line);) {
    const std::size_t first = line.find(':');
    const std::size_t second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const std::string group = line.substr(second + 1);
    if (controllers.empty()) {
      add_chain(mounts, group, folders);
      add_chain(mounts / "unified", group, folders);
    } else if (holds(controllers, controller)) {
      add_chain(mounts / controllers, group, folders);
      if (controllers != controller) add_chain(mounts / controller, group, folders);
    }
  }
  return folders;
}

/// "max" and other words give nothing.
std::optional<double> read_number(std::istream& stream) {
  double value = 0;
  if (stream >> value) return value;
  return std::nullopt;
}

template <class Read>
std::optional<double> tightest(const std::vector<fs::path>& folders, Read&& read) {
  std::optional<double> least;
  for (const fs::path& folder : folders)
    if (const std::optional<double> limit = read(folder); limit && *limit > 0)
      least = std::min(*limit, least.value_or(*limit));
  return least;
}

}  // namespace

std::optional<double> control_group_cpus(const fs::path& root) {
  return tightest(group_folders(root, "cpu"), [](const fs::path& folder) -> std::optional<double> {
    std::ifstream both(folder / "cpu.max");
    std::ifstream first(folder / "cpu.cfs_quota_us");
    std::ifstream second(folder / "cpu.cfs_period_us");
    std::istream& quotas = both.is_open() ? both : first;
    const std::optional<double> quota = read_number(quotas);
    const std::optional<double> period = read_number(both.is_open() ? both : second);
    if (!quota || !period || *period <= 0) return std::nullopt;
    return *quota / *period;
  });
}

std::optional<std::uint64_t> control_group_memory(const fs::path& root) {
  const auto limit = tightest(group_folders(root, "memory"), [](const fs::path& folder) {
    std::ifstream second(folder / "memory.max");
    std::ifstream first(folder / "memory.limit_in_bytes");
    return read_number(second.is_open() ? second : first);
  });
  // Version 1 writes a number near 2^63 where there is no limit.
  if (!limit || *limit >= 0x1p62) return std::nullopt;
  return static_cast<std::uint64_t>(*limit);
}

}  // namespace pymetal::support
