// The analyses that LLVM's passes ask for.
#pragma once

#include "llvm/Passes/PassBuilder.h"

namespace pymetal::lowering {

struct PassAnalyses {
  /// For passes that must see the target through `target_analysis`.
  explicit PassAnalyses(llvm::TargetIRAnalysis target_analysis) {
    functions.registerPass([&] { return std::move(target_analysis); });
    register_all();
  }
  explicit PassAnalyses(llvm::TargetMachine& target) : builder(&target) { register_all(); }

  llvm::PassBuilder builder;
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager components;
  llvm::ModuleAnalysisManager modules;

 private:
  void register_all() {
    builder.registerModuleAnalyses(modules);
    builder.registerCGSCCAnalyses(components);
    builder.registerFunctionAnalyses(functions);
    builder.registerLoopAnalyses(loops);
    builder.crossRegisterProxies(loops, functions, components, modules);
  }
};

}  // namespace pymetal::lowering
