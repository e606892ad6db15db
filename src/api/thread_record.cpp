// Who the calling thread is.
#include "api/thread_record.h"

#include <pthread.h>

#include "pymetal/thread_name.h"

namespace pymetal {
namespace {

std::string system_thread_name() {
  char name[16] = {};
  pthread_getname_np(pthread_self(), name, sizeof name);
  return name;
}

std::atomic<ThreadNameSource> name_source{&system_thread_name};

/// Marks the record when its thread ends.
struct RecordHolder {
  std::shared_ptr<ThreadRecord> record;
  std::shared_ptr<const ThreadRecord> shared;
  ~RecordHolder() {
    this_thread_record_address = nullptr;
    if (record != nullptr) record->has_ended.store(true, std::memory_order_relaxed);
  }
};

}  // namespace

thread_local constinit const ThreadRecord* this_thread_record_address = nullptr;

void set_thread_name_source(ThreadNameSource source) {
  name_source.store(source == nullptr ? &system_thread_name : source, std::memory_order_relaxed);
}

const std::shared_ptr<const ThreadRecord>& this_thread_record() {
  thread_local RecordHolder holder;
  if (holder.record == nullptr) {
    holder.record = std::make_shared<ThreadRecord>();
    holder.record->name = name_source.load(std::memory_order_relaxed)();
    holder.shared = holder.record;
    this_thread_record_address = holder.record.get();
  }
  return holder.shared;
}

std::string describe_thread(const ThreadRecord& record) {
  const bool has_ended = record.has_ended.load(std::memory_order_relaxed);
  return "thread '" + record.name + (has_ended ? "', which has ended," : "'");
}

std::string describe_this_thread() { return "thread '" + name_source.load(std::memory_order_relaxed)() + "'"; }

}  // namespace pymetal
