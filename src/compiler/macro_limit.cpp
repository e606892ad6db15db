// Ends the expansion of macros that name each other without end, before it takes the memory of the machine.
#include "compiler/macro_limit.h"

#include "clang/Lex/HeaderSearch.h"
#include "clang/Lex/MacroArgs.h"
#include "clang/Lex/MacroInfo.h"
#include "clang/Lex/Preprocessor.h"

namespace pymetal::compiler {
namespace {

constexpr std::uint64_t kMaxTokens = std::uint64_t{8} << 20;
/// A program that instantiates 900 kernels by macros hands on 360,000.
constexpr std::uint64_t kMaxWork = std::uint64_t{8} << 20;
/// The part of the stack on which the preprocessor expands an argument.
constexpr std::uintptr_t kBytesPerArgument = 4096;
constexpr std::uint64_t kMaxFiles = 20'000;

/// What it costs to hand a token on. `##` and `#` make long ones, and `#` of a string takes the square of its length.
std::uint64_t work_of(const clang::Token& token) {
  if (token.isAnnotation()) return 1;
  const std::uint64_t length = token.getLength();
  return 1 + length / 16 + (length * length >> 14);
}

/// The work of copying the arguments to where the macro names them.
std::uint64_t work_of(const clang::MacroInfo& macro, const clang::MacroArgs& arguments) {
  std::uint64_t work = 0;
  for (unsigned i = 0; i < arguments.getNumMacroArguments(); ++i)
    for (const clang::Token* token = arguments.getUnexpArgument(i); token->isNot(clang::tok::eof); ++token)
      work += work_of(*token);
  if (work < macro.getNumTokens()) return work;
  std::uint64_t uses = 1;
  for (const clang::Token& token : macro.tokens())
    if (const clang::IdentifierInfo* name = token.getIdentifierInfo(); name != nullptr)
      uses += macro.getParameterNum(name) >= 0;
  return work * uses;
}

}  // namespace

std::uint64_t MacroLimit::depth() const {
  const auto here = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
  return here < stack_ ? (stack_ - here) / kBytesPerArgument : 0;
}

void MacroLimit::add_token(clang::SourceLocation place) {
  if (++tokens_ > kMaxTokens) report(place, "the program has more than %0 tokens", kMaxTokens);
}

void MacroLimit::MacroExpands(const clang::Token& name, const clang::MacroDefinition& macro, clang::SourceRange,
                              const clang::MacroArgs* arguments) {
  const clang::MacroInfo& info = *macro.getMacroInfo();
  const std::uint64_t work = 1 + info.getNumTokens() + (arguments != nullptr ? work_of(info, *arguments) : 0);
  work_ += work * (1 + depth());
  if (work_ > kMaxWork)
    report(name.getLocation(), "the macros of the program hand more than %0 tokens to each other", kMaxWork);
}

void MacroLimit::LexedFileChanged(clang::FileID file, LexedFileChangeReason reason, clang::SrcMgr::CharacteristicKind,
                                  clang::FileID, clang::SourceLocation place) {
  if (reason != LexedFileChangeReason::EnterFile || ++files_ <= kMaxFiles) return;
  report(place, "the program includes more than %0 files", kMaxFiles);
  // Files that are still open go on to their ends, but enter none for a second time.
  if (const clang::OptionalFileEntryRef entry = preprocessor_.getSourceManager().getFileEntryRefForID(file))
    preprocessor_.getHeaderSearchInfo().MarkFileIncludeOnce(*entry);
}

void MacroLimit::report(clang::SourceLocation place, const char* message, std::uint64_t limit) {
  // What is left of the macros at work ends as it is.
  preprocessor_.SetMacroExpansionOnlyInDirectives();
  if (is_exceeded_) return;
  is_exceeded_ = true;
  clang::DiagnosticsEngine& diagnostics = preprocessor_.getDiagnostics();
  diagnostics.Report(place, diagnostics.getDiagnosticIDs()->getCustomDiagID(clang::DiagnosticIDs::Fatal, message))
      << static_cast<unsigned>(limit);
}

}  // namespace pymetal::compiler
