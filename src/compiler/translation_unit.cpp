// Parses one translation unit of MSL: Clang's own loop, with OpenCL's vocabulary taken away first.
#include "compiler/translation_unit.h"

#include <algorithm>
#include <memory>

#include "clang/Lex/Preprocessor.h"
#include "clang/Parse/Parser.h"
#include "clang/Sema/Scope.h"
#include "clang/Sema/Sema.h"
#include "compiler/instantiation_limit.h"
#include "compiler/macro_limit.h"
#include "compiler/metal_pragma.h"
#include "compiler/token_filter.h"

namespace pymetal::compiler {
namespace {

/// Makes identifiers of the words that OpenCL reserves and MSL does not.
void free_keywords(clang::Preprocessor& preprocessor) {
  clang::IdentifierTable& identifiers = preprocessor.getIdentifierTable();
  for (const char* word : {"global", "local", "generic", "pipe", "read_only", "write_only", "read_write", "constant",
                           "kernel", "private"}) {
    clang::IdentifierInfo& identifier = identifiers.get(word);
    if (identifier.getTokenID() != clang::tok::identifier) identifier.revertTokenIDToIdentifier();
  }
  identifiers.get("private").revertIdentifierToTokenID(clang::tok::kw_private);
}

/// Takes OpenCL's own types of those names out of scope: MSL's library defines them.
void free_type_names(clang::Sema& sema) {
  clang::TranslationUnitDecl* unit = sema.Context.getTranslationUnitDecl();
  for (const char* name : {"atomic_int", "atomic_uint", "atomic_long", "atomic_ulong", "atomic_float", "atomic_double",
                           "atomic_flag", "atomic_half", "atomic_size_t", "atomic_ptrdiff_t", "atomic_intptr_t",
                           "atomic_uintptr_t", "sampler_t", "event_t", "queue_t", "clk_event_t", "reserve_id_t"}) {
    llvm::SmallVector<clang::TypedefDecl*, 1> implicit;
    for (clang::Decl* found : unit->noload_lookup(&sema.Context.Idents.get(name)))
      if (auto* type = llvm::dyn_cast<clang::TypedefDecl>(found); type != nullptr && type->isImplicit())
        implicit.push_back(type);
    for (clang::TypedefDecl* type : implicit) {
      sema.IdResolver.RemoveDecl(type);
      if (sema.TUScope != nullptr) sema.TUScope->RemoveDecl(type);
      unit->removeDecl(type);
    }
  }
}

/// Where Clang looks for the end of an attribute, it goes on after the end of the source; there it must find the end
/// again.
constexpr std::size_t kSpareEnds = 64;

void filter_tokens(clang::Preprocessor& preprocessor, std::size_t least_deferred) {
  auto callbacks = std::make_unique<MacroLimit>(preprocessor);
  MacroLimit& limit = *callbacks;
  preprocessor.addPPCallbacks(std::move(callbacks));
  std::vector<clang::Token> tokens;
  do {
    preprocessor.Lex(tokens.emplace_back());
    limit.add_token(tokens.back().getLocation());
    if (limit.is_exceeded()) {
      tokens.back().startToken();
      tokens.back().setKind(clang::tok::eof);
      tokens.erase(tokens.begin(), std::prev(tokens.end()));
    }
  } while (tokens.back().isNot(clang::tok::eof));
  tokens = TokenFilter(preprocessor, std::move(tokens), least_deferred).run();
  tokens.insert(tokens.end(), kSpareEnds, clang::Token(tokens.back()));
  auto stream = std::make_unique<clang::Token[]>(tokens.size());
  std::ranges::copy(tokens, stream.get());
  preprocessor.EnterTokenStream(std::move(stream), tokens.size(), /*DisableMacroExpansion=*/true, /*IsReinject=*/false);
}

/// Before the first token is parsed, `filter` changes what will be, and `instantiate` adds to it.
void parse_translation_unit(clang::CompilerInstance& instance, clang::ASTConsumer& consumer,
                            llvm::function_ref<void(clang::Preprocessor&)> filter,
                            llvm::function_ref<void(clang::Sema&)> instantiate) {
  clang::Preprocessor& preprocessor = instance.getPreprocessor();
  free_keywords(preprocessor);
  if (!instance.hasSema()) instance.createSema(clang::TU_Complete, nullptr);
  clang::Sema& sema = instance.getSema();
  sema.TemplateInstCallbacks.push_back(std::make_unique<InstantiationLimit>());

  // The parser registers the pragma handlers, so it must exist before the first token is lexed.
  clang::Parser parser(preprocessor, sema, /*SkipFunctionBodies=*/false);
  add_metal_pragma(preprocessor);
  preprocessor.EnterMainSourceFile();
  if (clang::ExternalASTSource* external = sema.getASTContext().getExternalSource())
    external->StartTranslationUnit(&consumer);
  if (filter) filter(preprocessor);

  parser.Initialize();
  free_type_names(sema);
  if (instantiate) instantiate(sema);
  clang::Parser::DeclGroupPtrTy group;
  clang::Sema::ModuleImportState import_state;
  for (bool at_end = parser.ParseFirstTopLevelDecl(group, import_state); !at_end;
       at_end = parser.ParseTopLevelDecl(group, import_state))
    if (group) consumer.HandleTopLevelDecl(group.get());
  for (clang::Decl* declaration : sema.WeakTopLevelDecls())
    consumer.HandleTopLevelDecl(clang::DeclGroupRef(declaration));
}

}  // namespace

void parse_program(clang::CompilerInstance& instance, clang::ASTConsumer& consumer, std::size_t least_deferred) {
  parse_translation_unit(
      instance, consumer, [&](clang::Preprocessor& preprocessor) { filter_tokens(preprocessor, least_deferred); },
      nullptr);
}

void parse_standard_library(clang::CompilerInstance& instance, clang::ASTConsumer& consumer) {
  parse_translation_unit(instance, consumer, nullptr, nullptr);
}

void parse_syntax_tree(clang::CompilerInstance& instance, clang::ASTConsumer& consumer,
                       llvm::function_ref<void(clang::Sema&)> instantiate) {
  parse_translation_unit(instance, consumer, nullptr, instantiate);
}

}  // namespace pymetal::compiler
