// What this machine is.
#include "backend/cpu/machine.h"

#include <sys/utsname.h>
#include <unistd.h>
#if defined(__x86_64__)
#include <cpuid.h>
#else
#include <sys/auxv.h>
#endif

#include <algorithm>
#include <bit>
#include <cctype>
#include <fstream>

#include "support/control_group.h"

namespace pymetal::backend::cpu {

std::string processor_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("model name")) continue;
    const std::size_t colon = line.find(": ");
    if (colon != std::string::npos) return line.substr(colon + 2);
  }
  utsname name{};
  return uname(&name) == 0 ? name.machine : "unknown processor";
}

std::string processor_features() {
  std::string features;
#if defined(__x86_64__)
  struct Query {
    unsigned leaf;
    unsigned subleaf;
    /// EBX of leaf 1 tells which core it is.
    bool has_ebx = true;
  };
  constexpr Query kQueries[] = {{0, 0},
                                {1, 0, false},
                                {7, 0},
                                {7, 1},
                                {0xd, 1},
                                {0x14, 0},
                                {0x19, 0},
                                {0x1e, 1},
                                {0x24, 0},
                                {0x80000001, 0, false},
                                {0x80000008, 0, false}};
  for (const Query& query : kQueries) {
    unsigned registers[4] = {};
    if (__get_cpuid_count(query.leaf, query.subleaf, &registers[0], &registers[1], &registers[2], &registers[3]) == 0)
      continue;
    if (!query.has_ebx) registers[1] = 0;
    features.append(reinterpret_cast<const char*>(registers), sizeof registers);
  }
#else
  // The kernel's own list, and the part number, which some code generators tune for.
  for (const unsigned long type : {AT_HWCAP, AT_HWCAP2}) features += std::to_string(getauxval(type)) + " ";
  std::ifstream file("/proc/cpuinfo");
  bool has_part = false;
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("CPU ")) continue;
    has_part = true;
    features += line + "\n";
  }
  if (!has_part) features.clear();
#endif
  return features;
}

std::uint64_t last_cache_bytes(unsigned cores) {
  constexpr std::uint64_t kMostForCore = 16 << 20;
  const std::uint64_t most = kMostForCore * cores;
  const std::string folder = "/sys/devices/system/cpu/cpu0/cache/index3/";
  std::uint64_t kibibytes = 0;
  std::string mask;
  // As "32768K", and one bit for each core that shares it, as "00000000,000000ff".
  if (!(std::ifstream(folder + "size") >> kibibytes) || !(std::ifstream(folder + "shared_cpu_map") >> mask))
    return most;
  unsigned sharing = 0;
  for (const char digit : mask)
    if (std::isxdigit(static_cast<unsigned char>(digit)) != 0)
      sharing +=
          static_cast<unsigned>(std::popcount(static_cast<unsigned>(std::stoul(std::string(1, digit), nullptr, 16))));
  if (kibibytes == 0 || sharing == 0) return most;
  return std::min(kibibytes * 1024 * ((cores + sharing - 1) / sharing), most);
}

std::uint64_t usable_memory() {
  const auto physical =
      static_cast<std::uint64_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  return std::min(physical, support::control_group_memory().value_or(physical));
}

}  // namespace pymetal::backend::cpu
