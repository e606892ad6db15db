// Makes a coroutine of a function that waits: it stops at each wait, and goes on when it is resumed.
#pragma once

#include "llvm/ADT/ArrayRef.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/PassManager.h"

namespace pymetal::backend::checked {

/// What surrounds the stops of a coroutine.
class CoroutineHooks {
 public:
  virtual ~CoroutineHooks() = default;
  /// Called before the code leaves the function for good.
  virtual void before_return(llvm::IRBuilder<>& builder) = 0;
  /// Called before it stops at `wait`.
  virtual void before_wait(llvm::IRBuilder<>& builder, llvm::CallInst& wait) = 0;
  /// Called when it goes on; must give `wait` a value to stand in its place where it has one.
  virtual void after_wait(llvm::IRBuilder<>& builder, llvm::CallInst& wait) = 0;
};

/// `function` is `ptr f(ptr record)`, and its returns are still without value. It becomes a function that runs up to
/// the first of `waits` and returns its handle, or null where `allocate`, `void* (void* record, uint64_t size)`, yields
/// null. A handle begins with the address of `void (void* handle)`, which runs on. The waits are erased.
void make_coroutine(llvm::Function& function, llvm::ArrayRef<llvm::CallInst*> waits, const char* allocate,
                    CoroutineHooks& hooks);

/// The passes that take coroutines apart into plain functions.
void add_coroutine_passes(llvm::ModulePassManager& passes);

}  // namespace pymetal::backend::checked
