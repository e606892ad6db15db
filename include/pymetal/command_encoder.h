// What the encoders share: their life between the begin and `end_encoding`.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "pymetal/export.h"
#include "pymetal/labeled.h"

namespace pymetal {

class CommandBuffer;
class CommandStream;
class Device;

/// Belongs to the thread that made it.
class PYMETAL_EXPORT CommandEncoder : public Labeled {
 public:
  const std::shared_ptr<Device>& device() const;
  /// The encoder takes no calls after it, and the command buffer may begin another.
  void end_encoding();
  void insert_debug_signpost(const std::string& name);
  void push_debug_group(const std::string& name);
  void pop_debug_group();

 protected:
  CommandEncoder(std::shared_ptr<CommandBuffer> commands, const char* kind);
  ~CommandEncoder();

  /// The start of every message.
  std::string name() const { return describe(kind_); }
  /// Throws ValidationError after `end_encoding()`.
  void require_open() const;
  CommandStream& stream() const;
  const CommandBuffer& commands() const { return *commands_; }

 private:
  std::shared_ptr<CommandBuffer> commands_;
  const char* kind_;
  bool is_open_ = true;
  std::vector<std::string> debug_groups_;
};

}  // namespace pymetal
