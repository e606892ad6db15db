// The machine code of one pipeline, which may be loaded at any address, in this process or a later one.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace pymetal::backend::cpu {

struct CodeImage {
  /// A run of whole pages with the same protection. The pages of all segments follow each other in the image.
  struct Segment {
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
    bool is_writable = false;
    bool is_executable = false;
  };
  /// A word that holds an address: `addend` plus that of the image, or of a symbol that the image lacks.
  struct Relocation {
    static constexpr std::uint32_t kImage = ~0u;
    std::uint64_t offset = 0;
    std::uint32_t symbol = kImage;
    std::uint64_t addend = 0;
  };
  struct Function {
    std::string name;
    std::uint64_t offset = 0;
  };

  std::string bytes;
  std::vector<Segment> segments;
  std::vector<Relocation> relocations;
  /// What the code calls and does not define.
  std::vector<std::string> symbols;
  std::vector<Function> functions;
};

/// Segments begin at multiples of the largest page that the processor's systems use.
#if defined(__x86_64__)
inline constexpr std::uint64_t kImagePage = 4096;
#else
inline constexpr std::uint64_t kImagePage = 65536;
#endif

}  // namespace pymetal::backend::cpu
