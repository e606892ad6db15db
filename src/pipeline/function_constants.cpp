// Gives the function constants of a module their values.
#include "pipeline/function_constants.h"

#include <algorithm>
#include <cstring>

#include "llvm/IR/Constants.h"
#include "llvm/IR/Instructions.h"
#include "lowering/intrinsics.h"
#include "pymetal/error.h"

namespace pymetal::pipeline {
namespace {

const FunctionConstantValue* find_value(const FunctionConstant& constant, const FunctionConstantValues& values) {
  if (const auto named = values.by_name().find(constant.name); named != values.by_name().end()) return &named->second;
  if (const auto indexed = values.by_index().find(constant.index); indexed != values.by_index().end())
    return &indexed->second;
  return nullptr;
}

/// "UInt3", for scalars and vectors.
std::string data_type_name(DataType type) {
  constexpr std::pair<DataType, const char*> kScalars[] = {
      {DataType::Float, "Float"}, {DataType::Half, "Half"},   {DataType::Int, "Int"},
      {DataType::UInt, "UInt"},   {DataType::Short, "Short"}, {DataType::UShort, "UShort"},
      {DataType::Char, "Char"},   {DataType::UChar, "UChar"}, {DataType::Bool, "Bool"},
      {DataType::Long, "Long"},   {DataType::ULong, "ULong"}, {DataType::BFloat, "BFloat"}};
  for (const auto& [scalar, name] : kScalars) {
    const unsigned step = static_cast<unsigned>(type) - static_cast<unsigned>(scalar);
    if (type >= scalar && step < 4) return step == 0 ? name : name + std::to_string(step + 1);
  }
  return std::to_string(static_cast<unsigned>(type));
}

/// A constant of `type` that holds `bytes` from the first on.
llvm::Constant* constant_from_bytes(llvm::Type* type, const std::uint8_t* bytes, const llvm::DataLayout& layout) {
  if (auto* structure = llvm::dyn_cast<llvm::StructType>(type)) {
    std::vector<llvm::Constant*> elements;
    for (unsigned i = 0; i < structure->getNumElements(); ++i)
      elements.push_back(constant_from_bytes(structure->getElementType(i),
                                             bytes + layout.getStructLayout(structure)->getElementOffset(i), layout));
    return llvm::ConstantStruct::get(structure, elements);
  }
  if (auto* array = llvm::dyn_cast<llvm::ArrayType>(type)) {
    std::vector<llvm::Constant*> elements;
    const std::uint64_t stride = layout.getTypeAllocSize(array->getElementType());
    for (unsigned i = 0; i < array->getNumElements(); ++i)
      elements.push_back(constant_from_bytes(array->getElementType(), bytes + i * stride, layout));
    return llvm::ConstantArray::get(array, elements);
  }
  const unsigned bits = static_cast<unsigned>(layout.getTypeStoreSizeInBits(type).getFixedValue());
  std::uint64_t word = 0;
  std::memcpy(&word, bytes, bits / 8);
  llvm::Constant* integer = llvm::ConstantInt::get(llvm::IntegerType::get(type->getContext(), bits), word);
  if (type->isIntegerTy()) return llvm::ConstantInt::get(type, word);
  return llvm::ConstantExpr::getBitCast(integer, type);
}

void answer_is_defined(llvm::Module& module, const llvm::StringMap<bool>& is_defined) {
  llvm::Function* query = module.getFunction(lowering::kIsFunctionConstantDefined);
  if (query == nullptr) return;
  for (llvm::User* user : llvm::make_early_inc_range(query->users())) {
    auto* call = llvm::dyn_cast<llvm::CallInst>(user);
    if (call == nullptr) continue;
    const auto found = is_defined.find(call->getArgOperand(0)->stripPointerCasts()->getName());
    if (found == is_defined.end())
      throw PipelineError("is_function_constant_defined is asked of something that is no function constant.");
    call->replaceAllUsesWith(llvm::ConstantInt::get(call->getType(), found->second));
    call->eraseFromParent();
  }
}

bool is_required(const FunctionConstant& constant, const compiler::FunctionInfo& function) {
  const auto found = std::ranges::find(function.constants, constant.index, &FunctionConstant::index);
  return found != function.constants.end() && found->required;
}

}  // namespace

void specialize_function_constants(llvm::Module& module, const compiler::Library& library,
                                   const compiler::FunctionInfo& function, const FunctionConstantValues& values) {
  // What Metal leaves undefined where a function has some of its values: programs rely on it for what does not matter.
  const bool has_some = llvm::any_of(
      function.constants, [&](const FunctionConstant& constant) { return find_value(constant, values) != nullptr; });
  llvm::StringMap<bool> is_defined;
  for (const compiler::FunctionConstantInfo& info : library.constants) {
    llvm::GlobalVariable* global = module.getGlobalVariable(info.symbol, /*AllowInternal=*/true);
    if (global == nullptr) continue;
    const FunctionConstantValue* value = find_value(info.constant, values);
    is_defined[info.symbol] = value != nullptr;
    // It stays a declaration: whatever still reads it in the end needs a value.
    if (value == nullptr && !has_some && is_required(info.constant, function)) continue;
    if (value != nullptr && value->type != info.constant.type)
      throw ValidationError("Function constant '" + info.constant.name + "' of function '" + function.name +
                            "' has data type " + data_type_name(info.constant.type) + ", and its value has another (" +
                            data_type_name(value->type) + ").");
    const FunctionConstantValue zero;
    global->setInitializer(
        constant_from_bytes(global->getValueType(), (value ? value : &zero)->bytes.data(), module.getDataLayout()));
    global->setConstant(true);
    global->setExternallyInitialized(false);
    global->setLinkage(llvm::GlobalValue::InternalLinkage);
  }
  answer_is_defined(module, is_defined);
}

void require_values(const llvm::Module& module, const compiler::Library& library,
                    const compiler::FunctionInfo& function) {
  for (const compiler::FunctionConstantInfo& info : library.constants) {
    const llvm::GlobalVariable* global = module.getGlobalVariable(info.symbol, /*AllowInternal=*/true);
    if (global != nullptr && global->isDeclaration() && !global->use_empty())
      throw PipelineError("Function '" + function.name + "' needs a value for its function constant '" +
                          info.constant.name + "' (index " + std::to_string(info.constant.index) + ").");
  }
}

}  // namespace pymetal::pipeline
