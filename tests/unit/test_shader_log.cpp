// The messages of shaders: formats with arguments that a shader may get wrong, and the handler of C++.
#include <gtest/gtest.h>

#include <bit>
#include <limits>
#include <string>
#include <vector>

#include "backend/shader_log.h"
#include "pymetal/log.h"

namespace pymetal::tests {
namespace {

using backend::format_log_message;
using backend::LogArgument;
using backend::LogArgumentKind;

LogArgument integer(std::int64_t value) {
  return {LogArgumentKind::Signed, 1, {static_cast<std::uint64_t>(value), 0, 0, 0}};
}

LogArgument text(const char* value) { return {LogArgumentKind::Pointer, 1, {std::bit_cast<std::uint64_t>(value)}}; }

std::string format(const char* format, std::vector<LogArgument> arguments = {}) {
  return format_log_message(format, arguments);
}

TEST(ShaderLog, WrongArgumentsAreNotRead) {
  EXPECT_EQ(format("%s", {integer(42)}), "(null)");
  EXPECT_EQ(format("%s", {text(nullptr)}), "(null)");
  EXPECT_EQ(format("%s %d", {text("a")}), "a (missing)");
  EXPECT_EQ(format("%v4d", {integer(3)}), "3");
  EXPECT_EQ(format("%v9999999999d", {integer(3)}), "3");
  EXPECT_EQ(format("%d", {{LogArgumentKind::Float, 1, {0x7fc00000}}}), "0");
  EXPECT_EQ(format("%"), "%");
  EXPECT_EQ(format("%-"), "%-");
}

TEST(ShaderLog, FieldsThatArgumentsGive) {
  EXPECT_EQ(format("%*d|", {integer(5), integer(42)}), "   42|");
  EXPECT_EQ(format("%*d|", {integer(-5), integer(42)}), "42   |");
  EXPECT_EQ(format("%.*s|", {integer(2), text("text")}), "te|");
  EXPECT_EQ(format("%.*s|", {integer(-2), text("text")}), "text|");
  EXPECT_EQ(format("%*.*s|", {integer(4), integer(1), text("text")}), "   t|");
  EXPECT_EQ(format("%*d"), "(missing)");
  EXPECT_EQ(format("%*d", {integer(5)}), "(missing)");
}

TEST(ShaderLog, FieldsHaveALimit) {
  EXPECT_EQ(format("%*d", {integer(std::numeric_limits<std::int64_t>::min()), integer(1)}).size(), 1024u);
  EXPECT_EQ(format("%999999999999d", {integer(1)}).size(), 1024u);
  EXPECT_EQ(format("%s", {text(std::string(5000, 'x').c_str())}).size(), 1024u);
}

TEST(ShaderLog, TheHandlerGetsWhatTheShaderSays) {
  std::vector<LogMessage> received;
  set_log_handler([&](const LogMessage& message) {
    received.push_back(message);
    if (received.size() == 1) throw 1;
  });
  const LogArgument argument = integer(7);
  backend::deliver_shader_log(0x10, "system", "part", "%d", &argument, 1);
  backend::deliver_shader_log(0x7f, "", "", "plain", nullptr, 0);
  set_log_handler({});
  ASSERT_EQ(received.size(), 2u);
  EXPECT_EQ(received[0].level, LogLevel::Error);
  EXPECT_EQ(received[0].subsystem, "system");
  EXPECT_EQ(received[0].category, "part");
  EXPECT_EQ(received[0].text, "7");
  EXPECT_EQ(received[1].level, LogLevel::Undefined);

  ::testing::internal::CaptureStderr();
  backend::deliver_shader_log(0, "system", "part", "plain", nullptr, 0);
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "[metal system:part] plain\n");
  EXPECT_EQ(received.size(), 2u);
}

}  // namespace
}  // namespace pymetal::tests
