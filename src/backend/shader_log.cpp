// Formats the messages of shaders and hands them to the log handler.
#include "backend/shader_log.h"

#include <algorithm>
#include <bit>
#include <cstdio>
#include <cstring>
#include <memory>
#include <mutex>
#include <utility>

#include "pymetal/log.h"
#include "support/process.h"

namespace pymetal {
namespace {

/// Widths and precisions beyond it are cut: a message is a line of text.
constexpr int kLongestField = 1024;

/// One conversion of a format: "%-8.3v4hlf".
struct Conversion {
  std::string flags;
  int width = -1;
  int precision = -1;
  int components = 1;
  std::string length;
  char letter = '\0';
};

int read_number(const char*& text) {
  int number = 0;
  for (; *text >= '0' && *text <= '9'; ++text) number = std::min(number * 10 + (*text - '0'), kLongestField);
  return number;
}

std::int64_t to_integer(const backend::LogArgument& argument, int component);

/// A width or precision: a number, or a '*' that stands for the next argument.
int read_field(const char*& text, std::span<const backend::LogArgument>& arguments) {
  if (*text != '*') return read_number(text);
  ++text;
  if (arguments.empty()) return -1;
  const std::int64_t value = to_integer(arguments.front(), 0);
  arguments = arguments.subspan(1);
  return static_cast<int>(std::clamp<std::int64_t>(value, -kLongestField, kLongestField));
}

/// Reads what follows a '%', leaves `text` after it, and takes from `arguments` what '*' stands for.
Conversion read_conversion(const char*& text, std::span<const backend::LogArgument>& arguments) {
  Conversion conversion;
  while (*text != '\0' && std::strchr("-+ #0", *text) != nullptr) conversion.flags += *text++;
  if ((*text >= '0' && *text <= '9') || *text == '*') conversion.width = read_field(text, arguments);
  if (conversion.width < 0 && conversion.width != -1) {
    // A negative width that an argument gives stands for the flag and the width.
    conversion.flags += '-';
    conversion.width = -conversion.width;
  }
  if (*text == '.') conversion.precision = read_field(++text, arguments);
  if (*text == 'v') conversion.components = std::clamp(read_number(++text), 1, 4);
  while (*text != '\0' && std::strchr("hlLqjzt", *text) != nullptr) conversion.length += *text++;
  if (*text != '\0') conversion.letter = *text++;
  return conversion;
}

template <class Value>
std::string print(const Conversion& conversion, const char* length, char letter, Value value) {
  std::string format = "%" + conversion.flags;
  if (conversion.width >= 0) format += std::to_string(conversion.width);
  if (conversion.precision >= 0) format += "." + std::to_string(conversion.precision);
  format += length;
  format += letter;
  const int size = std::snprintf(nullptr, 0, format.c_str(), value);
  std::string text(static_cast<std::size_t>(std::max(size, 0)), '\0');
  std::snprintf(text.data(), text.size() + 1, format.c_str(), value);
  return text;
}

double to_double(const backend::LogArgument& argument, int component) {
  const std::uint64_t bits = argument.bits[component];
  switch (argument.kind) {
    case backend::LogArgumentKind::Float:
      return std::bit_cast<float>(static_cast<std::uint32_t>(bits));
    case backend::LogArgumentKind::Signed:
      return static_cast<double>(static_cast<std::int64_t>(bits));
    default:
      return static_cast<double>(bits);
  }
}

std::int64_t to_integer(const backend::LogArgument& argument, int component) {
  if (argument.kind != backend::LogArgumentKind::Float) return static_cast<std::int64_t>(argument.bits[component]);
  constexpr double kLimit = 9.2e18;
  const double value = to_double(argument, component);
  return value == value ? static_cast<std::int64_t>(std::clamp(value, -kLimit, kLimit)) : 0;
}

/// Cuts an integer to the length that the conversion names.
template <class Narrow8, class Narrow16, class Narrow32>
std::int64_t narrow(const std::string& length, std::int64_t value) {
  if (length == "hh") return static_cast<Narrow8>(value);
  if (length == "h") return static_cast<Narrow16>(value);
  if (length.empty() || length == "hl") return static_cast<Narrow32>(value);
  return value;
}

std::string print_component(const Conversion& conversion, const backend::LogArgument& argument, int component) {
  switch (conversion.letter) {
    case 'd':
    case 'i':
      return print(conversion, "ll", 'd',
                   static_cast<long long>(narrow<std::int8_t, std::int16_t, std::int32_t>(
                       conversion.length, to_integer(argument, component))));
    case 'u':
    case 'o':
    case 'x':
    case 'X':
      return print(conversion, "ll", conversion.letter,
                   static_cast<unsigned long long>(narrow<std::uint8_t, std::uint16_t, std::uint32_t>(
                       conversion.length, to_integer(argument, component))));
    case 'c':
      return print(conversion, "", 'c', static_cast<int>(to_integer(argument, component)));
    default:
      return print(conversion, "", conversion.letter, to_double(argument, component));
  }
}

std::string print_argument(Conversion conversion, const backend::LogArgument& argument) {
  const bool is_pointer = argument.kind == backend::LogArgumentKind::Pointer;
  if (conversion.letter == 's') {
    const auto* text = std::bit_cast<const char*>(argument.bits[0]);
    // A text that does not end is cut.
    if (conversion.precision < 0) conversion.precision = kLongestField;
    return print(conversion, "", 's', is_pointer && text != nullptr ? text : "(null)");
  }
  if (conversion.letter == 'p') return print(conversion, "", 'p', std::bit_cast<void*>(argument.bits[0]));
  std::string text;
  for (int i = 0; i < std::min(conversion.components, static_cast<int>(argument.components)); ++i)
    text += (i > 0 ? "," : "") + print_component(conversion, argument, i);
  return text;
}

/// What `metal::os_log_type` numbers.
LogLevel to_level(std::uint32_t type) {
  switch (type) {
    case 0x00:
      return LogLevel::Notice;
    case 0x01:
      return LogLevel::Info;
    case 0x02:
      return LogLevel::Debug;
    case 0x10:
      return LogLevel::Error;
    case 0x11:
      return LogLevel::Fault;
    default:
      return LogLevel::Undefined;
  }
}

struct CurrentHandler {
  std::mutex mutex;
  std::shared_ptr<const LogHandler> handler = std::make_shared<const LogHandler>(&write_log_message);
};

/// Never destroyed: kernels may run until the process ends.
CurrentHandler& current_handler() {
  static auto* current = new CurrentHandler;
  return *current;
}

}  // namespace

void set_log_handler(LogHandler handler) {
  auto next = std::make_shared<const LogHandler>(handler ? std::move(handler) : LogHandler(&write_log_message));
  CurrentHandler& current = current_handler();
  const support::ForkDelay delay;
  const std::lock_guard lock(current.mutex);
  // What it replaces is destroyed after the lock is gone.
  current.handler.swap(next);
}

void write_log_message(const LogMessage& message) {
  std::string origin = message.subsystem;
  if (!message.category.empty()) origin += (origin.empty() ? "" : ":") + message.category;
  // One call, so that lines of several threads do not mix.
  std::fprintf(stderr, "[metal%s%s] %s\n", origin.empty() ? "" : " ", origin.c_str(), message.text.c_str());
}

namespace backend {

std::string format_log_message(const char* format, std::span<const LogArgument> arguments) {
  std::string text;
  while (*format != '\0') {
    if (*format != '%') {
      text += *format++;
      continue;
    }
    const char* begin = format++;
    const Conversion conversion = read_conversion(format, arguments);
    if (conversion.letter == '%') {
      text += '%';
    } else if (conversion.letter == '\0' || std::strchr("diuoxXcfFeEgGaAsp", conversion.letter) == nullptr) {
      text.append(begin, format);
    } else if (arguments.empty()) {
      text += "(missing)";
    } else {
      text += print_argument(conversion, arguments.front());
      arguments = arguments.subspan(1);
    }
  }
  return text;
}

void deliver_shader_log(std::uint32_t type, const char* subsystem, const char* category, const char* format,
                        const LogArgument* arguments, std::uint32_t count) noexcept {
  try {
    const LogMessage message{to_level(type), subsystem, category, format_log_message(format, {arguments, count})};
    CurrentHandler& current = current_handler();
    std::shared_ptr<const LogHandler> handler;
    {
      const support::ForkDelay delay;
      const std::lock_guard lock(current.mutex);
      handler = current.handler;
    }
    (*handler)(message);
  } catch (...) {  // A message that memory does not hold, or a handler that throws: the kernel goes on.
  }
}

}  // namespace backend
}  // namespace pymetal
