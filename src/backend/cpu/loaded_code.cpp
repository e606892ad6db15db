// Code of this process, made from an image.
#include "backend/cpu/loaded_code.h"

#include <dlfcn.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstring>

#include "pymetal/error.h"

// The conversions that compilers call where the CPU has no instruction for them; the compiler's run-time library holds
// them, and the process's dynamic symbols do not.
extern "C" {
float __extendhfsf2(_Float16);
_Float16 __truncsfhf2(float);
_Float16 __truncdfhf2(double);
}

namespace pymetal::backend::cpu {
namespace {

void* find_symbol(const std::string& name, std::initializer_list<LoadedCode::Symbol> symbols) {
  for (const LoadedCode::Symbol& symbol : symbols)
    if (symbol.name == name) return symbol.address;
  static const LoadedCode::Symbol runtime[] = {{"__extendhfsf2", reinterpret_cast<void*>(&__extendhfsf2)},
                                               {"__truncsfhf2", reinterpret_cast<void*>(&__truncsfhf2)},
                                               {"__truncdfhf2", reinterpret_cast<void*>(&__truncdfhf2)}};
  for (const LoadedCode::Symbol& symbol : runtime)
    if (symbol.name == name) return symbol.address;
  if (void* address = dlsym(RTLD_DEFAULT, name.c_str())) return address;
  throw PipelineError("The code of the pipeline calls a function that this process lacks (" + name + ").");
}

}  // namespace

LoadedCode::LoadedCode(const CodeImage& image, std::initializer_list<Symbol> symbols) : functions_(image.functions) {
  std::vector<std::uint64_t> addresses;
  for (const std::string& name : image.symbols)
    addresses.push_back(reinterpret_cast<std::uint64_t>(find_symbol(name, symbols)));

  size_ = image.bytes.size();
  void* memory = mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED)
    throw ResourceError("There is no memory for the code of a pipeline (" + std::to_string(size_) + " bytes).");
  memory_ = static_cast<std::byte*>(memory);
  std::memcpy(memory_, image.bytes.data(), size_);
  for (const CodeImage::Relocation& relocation : image.relocations) {
    const std::uint64_t base = relocation.symbol == CodeImage::Relocation::kImage
                                   ? reinterpret_cast<std::uint64_t>(memory_)
                                   : addresses[relocation.symbol];
    const std::uint64_t word = base + relocation.addend;
    std::memcpy(memory_ + relocation.offset, &word, sizeof word);
  }
  for (const CodeImage::Segment& segment : image.segments) {
    const int access = (segment.is_writable ? PROT_WRITE : 0) | (segment.is_executable ? PROT_EXEC : 0);
    std::byte* begin = memory_ + segment.offset;
    if (mprotect(begin, segment.size, PROT_READ | access) != 0) {
      munmap(memory_, size_);
      throw ResourceError("The code of a pipeline cannot be made executable: this system forbids it.");
    }
    if (segment.is_executable)
      __builtin___clear_cache(reinterpret_cast<char*>(begin), reinterpret_cast<char*>(begin + segment.size));
  }
  live_.emplace(memory_, size_);
}

LoadedCode::~LoadedCode() {
  live_.reset();
  munmap(memory_, size_);
}

void* LoadedCode::address(std::string_view name) const {
  const auto found = std::ranges::find(functions_, name, &CodeImage::Function::name);
  if (found == functions_.end())
    throw PipelineError("The code of the pipeline lacks a function (" + std::string(name) + ").");
  return memory_ + found->offset;
}

}  // namespace pymetal::backend::cpu
