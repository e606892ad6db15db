// What the encoders share: their life between the begin and `end_encoding`.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "pymetal/enums.h"
#include "pymetal/export.h"
#include "pymetal/labeled.h"

namespace pymetal {

class Buffer;
class CommandBuffer;
class CommandStream;
class Device;
class Fence;
struct Pass;
struct ThreadRecord;

/// Belongs to the thread that made it: every call from another throws ThreadingError and changes nothing. Calls after
/// `end_encoding()` throw ValidationError.
class PYMETAL_EXPORT CommandEncoder : public Labeled {
 public:
  const std::shared_ptr<Device>& device() const;
  /// The encoder takes no calls after it, and the command buffer may begin another.
  void end_encoding();
  /// Ends it without a check, where a program gives the command buffer up. No effect after the end.
  void abandon() noexcept;
  bool is_open() const { return is_open_; }

  /// Later encoders of the queue that wait for the fence run after this one.
  void update_fence(const std::shared_ptr<Fence>& fence);
  /// This encoder runs after the earlier ones of the queue that update the fence. Throws ValidationError for a fence
  /// that an encoder of another queue updated last: an Event orders queues.
  void wait_for_fence(const std::shared_ptr<Fence>& fence);

  void insert_debug_signpost(const std::string& name);
  void push_debug_group(const std::string& name);
  void pop_debug_group();

 protected:
  CommandEncoder(std::shared_ptr<CommandBuffer> commands, const char* kind);
  ~CommandEncoder();

  /// The start of every message.
  std::string name() const { return describe(kind_); }
  /// Throws ThreadingError on another thread than its own, ValidationError after `end_encoding()`.
  void require_open() const;
  CommandStream& stream() const;
  Pass& pass() const;
  /// Notes what the pass does with a buffer: the queue orders passes by it, and the buffer lives until they have run.
  void use(const std::shared_ptr<Buffer>& buffer, bool writes) const;

 private:
  void require_fence(const std::shared_ptr<Fence>& fence) const;
  void require_owner() const;
  void close() noexcept;

  std::shared_ptr<CommandBuffer> commands_;
  std::shared_ptr<const ThreadRecord> owner_;
  const char* kind_;
  bool is_open_ = true;
  std::vector<std::string> debug_groups_;
};

}  // namespace pymetal
