// Which build of PyMetal this is: the notes that the linker writes, a hash of all that it links.
#include "backend/cpu/build_id.h"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <unistd.h>

#include <cstring>
#include <vector>

namespace pymetal::backend::cpu {
namespace {

/// The identifier among the notes in `notes`.
std::string find_in_notes(const char* notes, std::size_t size) {
  const auto padded = [](std::size_t length) { return (length + 3) / 4 * 4; };
  while (size >= sizeof(ElfW(Nhdr))) {
    ElfW(Nhdr) header;
    std::memcpy(&header, notes, sizeof header);
    const std::size_t length = sizeof header + padded(header.n_namesz) + padded(header.n_descsz);
    if (length > size) return {};
    if (header.n_type == NT_GNU_BUILD_ID && header.n_namesz == sizeof ELF_NOTE_GNU &&
        std::memcmp(notes + sizeof header, ELF_NOTE_GNU, sizeof ELF_NOTE_GNU) == 0)
      return {notes + sizeof header + padded(header.n_namesz), header.n_descsz};
    notes += length;
    size -= length;
  }
  return {};
}

}  // namespace

std::string build_id_at(const void* address) {
  struct Search {
    ElfW(Addr) address;
    std::string found;
  } search{reinterpret_cast<ElfW(Addr)>(address), {}};
  dl_iterate_phdr(
      [](dl_phdr_info* library, std::size_t, void* data) {
        auto& wanted = *static_cast<Search*>(data);
        const auto holds = [&](const ElfW(Phdr) & header) {
          return header.p_type == PT_LOAD && wanted.address - (library->dlpi_addr + header.p_vaddr) < header.p_memsz;
        };
        bool is_here = false;
        for (int i = 0; i < library->dlpi_phnum; ++i) is_here |= holds(library->dlpi_phdr[i]);
        if (!is_here) return 0;
        for (int i = 0; i < library->dlpi_phnum; ++i) {
          const ElfW(Phdr)& header = library->dlpi_phdr[i];
          if (header.p_type == PT_NOTE && wanted.found.empty())
            wanted.found =
                find_in_notes(reinterpret_cast<const char*>(library->dlpi_addr + header.p_vaddr), header.p_memsz);
        }
        return 1;
      },
      &search);
  return search.found;
}

std::string build_id_of_file(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return {};
  std::string found;
  const auto read_at = [file](void* to, std::size_t size, std::uint64_t offset) {
    return pread(file, to, size, static_cast<off_t>(offset)) == static_cast<ssize_t>(size);
  };
  ElfW(Ehdr) elf;
  if (read_at(&elf, sizeof elf, 0) && std::memcmp(elf.e_ident, ELFMAG, SELFMAG) == 0 &&
      elf.e_phentsize == sizeof(ElfW(Phdr))) {
    for (unsigned i = 0; i < elf.e_phnum && found.empty(); ++i) {
      ElfW(Phdr) header;
      constexpr std::size_t kMostBytesOfNotes = 65536;
      if (!read_at(&header, sizeof header, elf.e_phoff + i * sizeof header)) break;
      if (header.p_type != PT_NOTE || header.p_filesz > kMostBytesOfNotes) continue;
      std::vector<char> notes(header.p_filesz);
      if (read_at(notes.data(), notes.size(), header.p_offset)) found = find_in_notes(notes.data(), notes.size());
    }
  }
  close(file);
  return found;
}

}  // namespace pymetal::backend::cpu
