// Hashes what decides the result of a compile, with the BLAKE3 that LLVM carries. Belongs to the core library: a cache
// is asked before the compiler is loaded.
#include "compiler/digest.h"

#include "llvm-c/blake3.h"

namespace pymetal::compiler {

struct Hasher::State {
  llvm_blake3_hasher hasher;
};

Hasher::Hasher() : state_(std::make_unique<State>()) { llvm_blake3_hasher_init(&state_->hasher); }
Hasher::~Hasher() = default;

Hasher& Hasher::add(std::string_view text) {
  add(std::uint64_t{text.size()});
  llvm_blake3_hasher_update(&state_->hasher, text.data(), text.size());
  return *this;
}

Hasher& Hasher::add(std::uint64_t number) {
  llvm_blake3_hasher_update(&state_->hasher, &number, sizeof number);
  return *this;
}

Hasher& Hasher::add(const Digest& digest) {
  llvm_blake3_hasher_update(&state_->hasher, digest.data(), digest.size());
  return *this;
}

Digest Hasher::finish() const {
  Digest digest;
  llvm_blake3_hasher_finalize(&state_->hasher, digest.data(), digest.size());
  return digest;
}

Digest digest_of(std::string_view text) { return Hasher().add(text).finish(); }

}  // namespace pymetal::compiler
