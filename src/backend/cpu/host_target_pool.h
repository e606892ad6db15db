// Target machines that wait for the next kernel.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "llvm/Target/TargetMachine.h"

namespace pymetal::backend::cpu {

/// A target machine serves one thread at a time, and learns what its processor can from the first module: a millisecond
/// that later modules save. Any thread may call.
class HostTargetPool {
 public:
  using Borrowed = std::unique_ptr<llvm::TargetMachine, std::function<void(llvm::TargetMachine*)>>;

  /// One for this processor (target_cpu.h), which comes back when the pointer goes. Throws PipelineError. The pool must
  /// live longer.
  Borrowed borrow(const std::string& cpu);

 private:
  std::unique_ptr<llvm::TargetMachine> take(const std::string& cpu);
  void give_back(const std::string& cpu, llvm::TargetMachine* target);

  std::mutex mutex_;
  std::map<std::string, std::vector<std::unique_ptr<llvm::TargetMachine>>> idle_;
};

}  // namespace pymetal::backend::cpu
