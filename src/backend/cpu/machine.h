// What this machine is.
#pragma once

#include <cstdint>
#include <string>

namespace pymetal::backend::cpu {

/// Bytes of a line of the caches: those of every processor that code is made for.
constexpr std::uint64_t kCacheLine = 64;

/// The CPU's own name, or its architecture where it has none.
std::string processor_name();

/// All that decides which instructions the CPU has, to compare with later; empty where that is unknown.
std::string processor_features();

/// Bytes that the last caches before memory hold together, of as many as so many cores share: 16 MiB for each core
/// where the system does not tell, and at most, since a virtual machine is told all of a cache of which others use the
/// most.
std::uint64_t last_cache_bytes(unsigned cores);

/// Bytes of memory that this process may use: the machine's, or the limit of its control group.
std::uint64_t usable_memory();

}  // namespace pymetal::backend::cpu
