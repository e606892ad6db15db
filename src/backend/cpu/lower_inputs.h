// Lets the code of a kernel read its inputs from the records of an executor.
#pragma once

#include <cstddef>

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Instructions.h"

namespace pymetal::backend::cpu {

/// The address of a field, `offset` bytes into `record`.
llvm::Value* field(llvm::IRBuilder<>& builder, llvm::Value* record, std::size_t offset);

/// Loads what never changes while the kernel runs.
llvm::LoadInst* load_invariant(llvm::IRBuilder<>& builder, llvm::Type* type, llvm::Value* address);

/// Whether `instruction` is such a load, from the records of an executor, which are always there: not one from a
/// `constant` argument.
bool is_input(const llvm::Instruction& instruction);

/// The input that `call` asks for, from the Extent or the word `offset` bytes into `record`: a component where the call
/// names one.
llvm::Value* load_input(llvm::IRBuilder<>& builder, llvm::CallInst& call, llvm::Value* record, std::size_t offset);

/// The input that `call` asks for where it is one of the whole threadgroup, or null. `threadgroup` yields the address
/// of the ThreadgroupState.
llvm::Value* lower_threadgroup_input(llvm::IRBuilder<>& builder, llvm::CallInst& call,
                                     llvm::function_ref<llvm::Value*()> threadgroup);

}  // namespace pymetal::backend::cpu
