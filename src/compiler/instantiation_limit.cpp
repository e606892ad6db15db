// Ends a compile whose templates grow without end, before it takes the memory of the machine.
#include "compiler/instantiation_limit.h"

#include "clang/AST/ASTContext.h"
#include "clang/Sema/Sema.h"

namespace pymetal::compiler {
namespace {

/// A program of 12,000 lines with 700 kernels makes 95,000 on one thread.
constexpr std::size_t kMaxInstantiations = 500'000;
constexpr std::size_t kMaxTreeBytes = std::size_t{2} << 30;
/// How often to add up the size of the tree.
constexpr std::size_t kInterval = 256;

}  // namespace

void InstantiationLimit::atTemplateBegin(const clang::Sema& sema, const clang::Sema::CodeSynthesisContext& context) {
  clang::DiagnosticsEngine& diagnostics = sema.getDiagnostics();
  if (diagnostics.hasFatalErrorOccurred()) return;
  // An instantiation that exists already is told again at every use.
  if (context.Kind == clang::Sema::CodeSynthesisContext::Memoization) return;
  ++count_;
  if (count_ < kMaxInstantiations &&
      (count_ % kInterval != 0 || sema.getASTContext().getASTAllocatedMemory() < kMaxTreeBytes))
    return;
  // After a fatal error nothing more is instantiated.
  diagnostics.Report(context.PointOfInstantiation,
                     diagnostics.getCustomDiagID(clang::DiagnosticsEngine::Fatal,
                                                 "the program instantiates more templates than the compiler can hold "
                                                 "(%0)"))
      << static_cast<unsigned>(count_);
}

}  // namespace pymetal::compiler
