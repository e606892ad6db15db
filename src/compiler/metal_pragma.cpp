// Understands `#pragma METAL fp`.
#include "compiler/metal_pragma.h"

#include "clang/Lex/Pragma.h"
#include "llvm/ADT/StringSwitch.h"

namespace pymetal::compiler {
namespace {

using clang::Token;
namespace tok = clang::tok;

/// What Clang calls the contraction that an option asks for; empty for anything else. The math modes differ in nothing
/// but that (docs/adr/0011).
llvm::StringRef contraction_of(llvm::StringRef option, llvm::StringRef value) {
  if (option == "contract")
    return llvm::StringSwitch<llvm::StringRef>(value).Cases({"off", "on", "fast"}, value).Default({});
  if (option == "math_mode")
    return llvm::StringSwitch<llvm::StringRef>(value).Case("safe", "on").Cases({"relaxed", "fast"}, "fast").Default({});
  return {};
}

class MetalPragma : public clang::PragmaHandler {
 public:
  MetalPragma() : PragmaHandler("METAL") {}

  void HandlePragma(clang::Preprocessor& preprocessor, clang::PragmaIntroducer, Token& first) override {
    llvm::SmallVector<Token, 6> words;
    do {
      preprocessor.LexUnexpandedToken(words.emplace_back());
    } while (words.back().isNot(tok::eod));
    const auto spelling = [&](std::size_t i) {
      return i < words.size() && words[i].getIdentifierInfo() != nullptr ? words[i].getIdentifierInfo()->getName()
                                                                         : llvm::StringRef();
    };
    if (spelling(0) != "fp") return;
    const bool is_call = words.size() == 6 && words[2].is(tok::l_paren) && words[4].is(tok::r_paren);
    const llvm::StringRef contraction = is_call ? contraction_of(spelling(1), spelling(3)) : llvm::StringRef();
    if (contraction.empty()) {
      clang::DiagnosticsEngine& engine = preprocessor.getDiagnostics();
      engine.Report(words[0].getLocation(),
                    engine.getCustomDiagID(clang::DiagnosticsEngine::Warning,
                                           "'#pragma METAL fp' takes contract(off | on | fast) or math_mode(safe | "
                                           "relaxed | fast); it is passed over"));
      return;
    }
    enter(preprocessor, first.getLocation(), ("\"clang fp contract(" + contraction + ")\"").str());
  }

 private:
  /// Goes on with `_Pragma(text)`.
  static void enter(clang::Preprocessor& preprocessor, clang::SourceLocation at, const std::string& text) {
    constexpr std::size_t kCount = 4;
    auto tokens = std::make_unique<Token[]>(kCount);
    for (std::size_t i = 0; i < kCount; ++i) {
      tokens[i].startToken();
      tokens[i].setLocation(at);
    }
    tokens[0].setKind(tok::identifier);
    tokens[0].setIdentifierInfo(preprocessor.getIdentifierInfo("_Pragma"));
    tokens[1].setKind(tok::l_paren);
    tokens[2].setKind(tok::string_literal);
    preprocessor.CreateString(text, tokens[2], at, at);
    tokens[3].setKind(tok::r_paren);
    preprocessor.EnterTokenStream(std::move(tokens), kCount, /*DisableMacroExpansion=*/false, /*IsReinject=*/false);
  }
};

}  // namespace

void add_metal_pragma(clang::Preprocessor& preprocessor) { preprocessor.AddPragmaHandler(new MetalPragma); }

}  // namespace pymetal::compiler
