// Makes the canonical IR of a compute pipeline from a function of a library. The step after compiler/library.
#include "pipeline/compute_pipeline.h"

#include "compiler/embedded_files.h"
#include "compiler/initializers.h"
#include "llvm/Bitcode/BitcodeReader.h"
#include "llvm/IR/Verifier.h"
#include "llvm/Linker/Linker.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Transforms/Utils/ModuleUtils.h"
#include "lowering/canonicalize.h"
#include "lowering/intrinsics.h"
#include "lowering/lower_threadgroup_variables.h"
#include "pipeline/function_constants.h"
#include "pipeline/kernel_entry.h"
#include "pipeline/require_bounded_size.h"
#include "pymetal/error.h"

namespace pymetal::pipeline {
namespace {

std::unique_ptr<llvm::Module> read_bitcode(std::string_view bitcode, llvm::LLVMContext& context, const char* what) {
  const llvm::MemoryBufferRef buffer(llvm::StringRef(bitcode.data(), bitcode.size()), what);
  llvm::Expected<std::unique_ptr<llvm::Module>> module =
      llvm::getLazyBitcodeModule(buffer, context, /*ShouldLazyLoadMetadata=*/true);
  if (!module)
    throw PipelineError(std::string("The IR of the ") + what + " cannot be read: " + toString(module.takeError()) +
                        ".");
  return std::move(*module);
}

/// Reads `function` and all that it needs out of the library, and forgets the rest.
std::unique_ptr<llvm::Module> extract_function(const compiler::Library& library, const compiler::FunctionInfo& function,
                                               llvm::LLVMContext& context) {
  std::unique_ptr<llvm::Module> module = read_bitcode(library.modules[function.module], context, "library");
  if (llvm::Error error = module->materializeMetadata())
    throw PipelineError("The IR of the library cannot be read: " + toString(std::move(error)) + ".");
  llvm::SmallVector<llvm::Constant*, 4> roots = {module->getFunction(function.symbol)};
  for (const compiler::Parameter& parameter : function.parameters)
    if (!parameter.condition.empty())
      roots.push_back(module->getGlobalVariable(parameter.condition, /*AllowInternal=*/true));
  for (llvm::Function* initializer : compiler::initializers_of(compiler::reachable_from(roots)))
    llvm::appendToGlobalCtors(*module, initializer, /*Priority=*/0);
  // What was not reached has not been read, and becomes a declaration.
  for (llvm::Function& other : *module) other.setIsMaterializable(false);
  for (const char* list : {"llvm.used", "llvm.compiler.used", "llvm.global.annotations"})
    if (llvm::GlobalVariable* global = module->getGlobalVariable(list)) global->eraseFromParent();
  for (llvm::GlobalValue& value : module->global_values())
    if (!value.isDeclaration() && !value.getName().starts_with("llvm.")) {
      value.setLinkage(llvm::GlobalValue::InternalLinkage);
      value.setVisibility(llvm::GlobalValue::DefaultVisibility);
      if (auto* object = llvm::dyn_cast<llvm::GlobalObject>(&value)) object->setComdat(nullptr);
    }
  return module;
}

/// Programs declare Metal's own functions by name, `__asm("air.f")`, or with a byte 1 before it, which tells Clang to
/// leave the name alone.
void strip_name_escapes(llvm::Module& module) {
  for (llvm::Function& declared : module)
    if (declared.isDeclaration() && declared.getName().starts_with("\1air."))
      declared.setName(declared.getName().drop_front().str());
}

void link_device_library(llvm::Module& module) {
  std::unique_ptr<llvm::Module> device =
      read_bitcode(compiler::device_library_bitcode(), module.getContext(), "device library");
  device->setDataLayout(module.getDataLayout());
  device->setTargetTriple(module.getTargetTriple());
  if (llvm::Linker::linkModules(module, std::move(device), llvm::Linker::LinkOnlyNeeded))
    throw PipelineError("The device library cannot be linked.");
  for (llvm::Function& linked : module)
    if (!linked.isDeclaration() && linked.getName() != lowering::kKernelEntry)
      linked.setLinkage(llvm::GlobalValue::InternalLinkage);
}

void require_definitions(const llvm::Module& module, const compiler::FunctionInfo& function) {
  for (const llvm::Function& declared : module) {
    if (!declared.isDeclaration() || declared.isIntrinsic() || declared.use_empty()) continue;
    if (declared.getName().starts_with(lowering::kIntrinsicPrefix)) continue;
    throw PipelineError("Function '" + function.name + "' calls a function that is declared and not defined (" +
                        declared.getName().str() + ").");
  }
}

}  // namespace

void require_no_textures(const CanonicalKernel& kernel, const compiler::FunctionInfo& function) {
  const bool uses_textures = llvm::any_of(kernel.module->functions(), [](const llvm::Function& declared) {
    const llvm::StringRef name = declared.getName();
    return !declared.use_empty() &&
           (name == lowering::kTexture || name == lowering::kSampler || name.starts_with(lowering::kTexturePrefix));
  });
  if (!uses_textures) return;
  std::string names;
  for (const compiler::Parameter& parameter : function.parameters)
    if (parameter.kind == compiler::Parameter::Kind::Texture || parameter.kind == compiler::Parameter::Kind::Sampler)
      names += (names.empty() ? "" : ", ") + parameter.binding.name;
  throw PipelineError("Function '" + function.name + "' uses textures (" +
                      (names.empty() ? "from argument buffers" : names) +
                      "), and this device cannot run kernels with textures yet.");
}

CanonicalKernel make_canonical_kernel(const compiler::Library& library, const compiler::FunctionInfo& function,
                                      const FunctionConstantValues& constants, ValueNames names) {
  CanonicalKernel kernel;
  kernel.context = std::make_unique<llvm::LLVMContext>();
  kernel.context->setDiscardValueNames(names == ValueNames::Discard);
  kernel.module = extract_function(library, function, *kernel.context);
  llvm::Module& module = *kernel.module;
  specialize_function_constants(module, library, function, constants);
  build_kernel_entry(module, function);
  lowering::drop_unreachable(module);
  kernel.threadgroup_variable_bytes = lowering::lower_threadgroup_variables(module);
  strip_name_escapes(module);
  link_device_library(module);
  require_bounded_size(module, function);
  lowering::canonicalize(module);
  require_values(module, library, function);
  require_definitions(module, function);
  kernel.used_parameters = used_parameters(module, function);
  std::string problem;
  llvm::raw_string_ostream stream(problem);
  if (llvm::verifyModule(module, &stream))
    throw PipelineError("Function '" + function.name + "' has no valid canonical form: " + problem);
  return kernel;
}

}  // namespace pymetal::pipeline
