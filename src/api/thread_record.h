// Who the calling thread is: what encoders and command buffers compare to catch calls from the wrong thread.
#pragma once

#include <atomic>
#include <memory>
#include <string>

namespace pymetal {

/// One for each thread that has encoded. Objects keep the record of their thread, so that no other record gets its
/// address and errors can name a thread that has ended.
struct ThreadRecord {
  std::string name;
  std::atomic<bool> has_ended{false};
};

/// Makes the record at the thread's first call.
const std::shared_ptr<const ThreadRecord>& this_thread_record();

/// Null where the thread has none. One load from thread-local storage.
extern thread_local constinit const ThreadRecord* this_thread_record_address [[gnu::tls_model("initial-exec")]];

inline bool is_this_thread(const std::shared_ptr<const ThreadRecord>& record) {
  return record.get() == this_thread_record_address;
}

/// "thread 'loader'", or "thread 'loader', which has ended,".
std::string describe_thread(const ThreadRecord& record);
/// The same of the calling thread, by the name that it bears now.
std::string describe_this_thread();

}  // namespace pymetal
