// Ends the expansion of macros that name each other without end, before it takes the memory of the machine.
#pragma once

#include <cstdint>

#include "clang/Lex/PPCallbacks.h"

namespace clang {
class MacroInfo;
class Preprocessor;
}  // namespace clang

namespace pymetal::compiler {

/// Counts the tokens of the program, those that macros hand to each other, which need not become part of it (an
/// argument, a string or a condition may be made of any number of them), and the files that are included.
class MacroLimit : public clang::PPCallbacks {
 public:
  /// To be made where the tokens are lexed.
  explicit MacroLimit(clang::Preprocessor& preprocessor)
      : preprocessor_(preprocessor), stack_(reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0))) {}

  /// Whether the program has exceeded a limit, and the error has been told.
  bool is_exceeded() const { return is_exceeded_; }

  /// Accounts for a token that reaches the parser.
  void add_token(clang::SourceLocation place);

  void MacroExpands(const clang::Token& name, const clang::MacroDefinition& macro, clang::SourceRange range,
                    const clang::MacroArgs* arguments) override;
  void LexedFileChanged(clang::FileID file, LexedFileChangeReason reason, clang::SrcMgr::CharacteristicKind kind,
                        clang::FileID previous, clang::SourceLocation place) override;

 private:
  /// In how many arguments of other macros the one at hand stands: each copies what it makes. The preprocessor does not
  /// tell, but it goes one deeper in its own calls.
  std::uint64_t depth() const;
  void report(clang::SourceLocation place, const char* message, std::uint64_t limit);

  clang::Preprocessor& preprocessor_;
  std::uintptr_t stack_;
  std::uint64_t tokens_ = 0;
  std::uint64_t work_ = 0;
  std::uint64_t files_ = 0;
  bool is_exceeded_ = false;
};

}  // namespace pymetal::compiler
