// Loads the compiler's shared library, which lies beside the library that holds this code.
#include <dlfcn.h>

#include <atomic>
#include <mutex>

#include "backend/cpu/build_id.h"
#include "backend/cpu/toolchain.h"

namespace pymetal::backend::cpu {
namespace {

constexpr const char* kLibraryName = "libpymetal_compiler.so";

std::string folder_of_this_library() {
  Dl_info info{};
  if (dladdr(reinterpret_cast<void*>(&load_toolchain), &info) == 0 || info.dli_fname == nullptr) return {};
  const std::string path = info.dli_fname;
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? std::string() : path.substr(0, slash + 1);
}

std::atomic<Toolchain*> loaded{nullptr};
std::mutex mutex;
const void* entry = nullptr;

Toolchain* open_toolchain() {
  const std::string path = toolchain_path();
  // Never closed: pipelines hold code of it.
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  void* symbol = library == nullptr ? nullptr : dlsym(library, kToolchainSymbol);
  if (symbol == nullptr) {
    const char* reason = dlerror();
    throw ResourceError("The compiler cannot be loaded (" + path + "): " + (reason ? reason : "no reason is known") +
                        ".");
  }
  entry = symbol;
  return reinterpret_cast<Toolchain* (*)()>(symbol)();
}

}  // namespace

std::string toolchain_path() { return folder_of_this_library() + kLibraryName; }

std::string toolchain_build_id() {
  const std::lock_guard lock(mutex);
  return entry == nullptr ? std::string() : build_id_at(entry);
}

Toolchain& load_toolchain() {
  if (Toolchain* toolchain = loaded.load(std::memory_order_acquire)) return *toolchain;
  const std::lock_guard lock(mutex);
  if (loaded.load(std::memory_order_relaxed) == nullptr) loaded.store(open_toolchain(), std::memory_order_release);
  return *loaded.load(std::memory_order_relaxed);
}

}  // namespace pymetal::backend::cpu
