// Ends a compile whose templates grow without end, before it takes the memory of the machine.
#pragma once

#include "clang/Sema/TemplateInstCallback.h"

namespace pymetal::compiler {

/// Counts new instantiations, and looks at the size of the syntax tree.
class InstantiationLimit : public clang::TemplateInstantiationCallback {
 public:
  void initialize(const clang::Sema&) override {}
  void finalize(const clang::Sema&) override {}
  void atTemplateBegin(const clang::Sema& sema, const clang::Sema::CodeSynthesisContext& context) override;
  void atTemplateEnd(const clang::Sema&, const clang::Sema::CodeSynthesisContext&) override {}

 private:
  std::size_t count_ = 0;
};

}  // namespace pymetal::compiler
