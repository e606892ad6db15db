// Target machines that wait for the next kernel.
#include "backend/cpu/host_target_pool.h"

#include "backend/cpu/make_code.h"

namespace pymetal::backend::cpu {

// Nobody waits for the mutex: who cannot have it makes a target, or drops one. So a process that was forked while
// another thread held it goes on.

HostTargetPool::Borrowed HostTargetPool::borrow(const std::string& cpu) {
  std::unique_ptr<llvm::TargetMachine> target = take(cpu);
  if (target == nullptr) target = make_host_target(cpu);
  return {target.release(), [this, cpu](llvm::TargetMachine* done) { give_back(cpu, done); }};
}

std::unique_ptr<llvm::TargetMachine> HostTargetPool::take(const std::string& cpu) {
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (!lock || idle_[cpu].empty()) return nullptr;
  std::unique_ptr<llvm::TargetMachine> target = std::move(idle_[cpu].back());
  idle_[cpu].pop_back();
  return target;
}

void HostTargetPool::give_back(const std::string& cpu, llvm::TargetMachine* target) {
  std::unique_ptr<llvm::TargetMachine> owned(target);
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (lock) idle_[cpu].push_back(std::move(owned));
}

}  // namespace pymetal::backend::cpu
