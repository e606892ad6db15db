// Reads the entry points of a translation unit, and their arguments, off Clang's syntax tree.
#include "compiler/reflect.h"

#include <algorithm>
#include <optional>
#include <set>

#include "clang/AST/ASTContext.h"
#include "clang/AST/DeclCXX.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/AST/GlobalDecl.h"
#include "clang/CodeGen/ModuleBuilder.h"
#include "clang/Sema/Sema.h"
#include "clang/Sema/Template.h"
#include "compiler/data_type.h"
#include "compiler/reflect_types.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSwitch.h"

namespace pymetal::compiler {
namespace {

std::optional<KernelInput> kernel_input(llvm::StringRef attribute) {
  return llvm::StringSwitch<std::optional<KernelInput>>(attribute)
      .Case("thread_position_in_grid", KernelInput::ThreadPositionInGrid)
      .Case("thread_position_in_threadgroup", KernelInput::ThreadPositionInThreadgroup)
      .Case("thread_index_in_threadgroup", KernelInput::ThreadIndexInThreadgroup)
      .Case("thread_index_in_simdgroup", KernelInput::ThreadIndexInSimdgroup)
      .Case("thread_index_in_quadgroup", KernelInput::ThreadIndexInQuadgroup)
      .Case("threadgroup_position_in_grid", KernelInput::ThreadgroupPositionInGrid)
      .Case("threads_per_grid", KernelInput::ThreadsPerGrid)
      .Case("threads_per_threadgroup", KernelInput::ThreadsPerThreadgroup)
      .Cases({"threads_per_simdgroup", "thread_execution_width"}, KernelInput::ThreadsPerSimdgroup)
      .Case("threadgroups_per_grid", KernelInput::ThreadgroupsPerGrid)
      .Case("dispatch_threads_per_threadgroup", KernelInput::DispatchThreadsPerThreadgroup)
      .Case("simdgroup_index_in_threadgroup", KernelInput::SimdgroupIndexInThreadgroup)
      .Case("simdgroups_per_threadgroup", KernelInput::SimdgroupsPerThreadgroup)
      .Case("dispatch_simdgroups_per_threadgroup", KernelInput::DispatchSimdgroupsPerThreadgroup)
      .Case("quadgroup_index_in_threadgroup", KernelInput::QuadgroupIndexInThreadgroup)
      .Case("quadgroups_per_threadgroup", KernelInput::QuadgroupsPerThreadgroup)
      .Case("dispatch_quadgroups_per_threadgroup", KernelInput::DispatchQuadgroupsPerThreadgroup)
      .Case("grid_origin", KernelInput::GridOrigin)
      .Case("grid_size", KernelInput::GridSize)
      .Default(std::nullopt);
}

constexpr std::uint32_t kUnassigned = ~0u;
/// Entries of the largest argument table.
constexpr std::uint32_t kTableLimit = 128;

/// The argument table that a parameter takes its index in.
struct Table {
  const char* attribute;
  const char* noun;
  std::uint32_t size;
};

Table argument_table(Parameter::Kind kind) {
  switch (kind) {
    case Parameter::Kind::ThreadgroupMemory:
      return {"threadgroup", "threadgroup memory", 32};
    case Parameter::Kind::Texture:
      return {"texture", "texture", kTableLimit};
    case Parameter::Kind::Sampler:
      return {"sampler", "sampler", 16};
    case Parameter::Kind::Buffer:
    case Parameter::Kind::Input:
      break;
  }
  return {"buffer", "buffer", 32};
}

class Reflection {
 public:
  Reflection(clang::Sema& sema, const AttributeTable& attributes, clang::CodeGenerator& generator, Library& library)
      : sema_(sema),
        context_(sema.Context),
        attributes_(attributes),
        type_names_(sema.Context),
        generator_(generator),
        library_(library) {}

  std::vector<DeferredFunction> run() {
    for (const clang::Decl* declaration : attributes_.declarations()) {
      if (const auto* function = llvm::dyn_cast<clang::FunctionDecl>(declaration)) add_function(function);
      if (const auto* variable = llvm::dyn_cast<clang::VarDecl>(declaration);
          variable != nullptr && !llvm::isa<clang::ParmVarDecl>(variable))
        add_constant(variable);
    }
    return std::move(deferred_);
  }

 private:
  template <unsigned N>
  void report(clang::SourceLocation at, const char (&format)[N], llvm::StringRef argument = {}) {
    clang::DiagnosticsEngine& engine = sema_.getDiagnostics();
    engine.Report(at, engine.getCustomDiagID(clang::DiagnosticsEngine::Error, format)) << argument;
  }

  /// The argument as the instantiation sees it, where it depends on template parameters.
  const clang::Expr* instantiated(const clang::Expr* argument, const clang::FunctionDecl* function) {
    if (!argument->isInstantiationDependent() || function == nullptr) return argument;
    const clang::Sema::InstantiatingTemplate scope(sema_, argument->getExprLoc(),
                                                   const_cast<clang::FunctionDecl*>(function));
    const clang::ExprResult result =
        sema_.SubstExpr(const_cast<clang::Expr*>(argument), sema_.getTemplateInstantiationArgs(function));
    return result.isInvalid() ? argument : result.get();
  }

  void report(clang::SourceLocation at, const std::string& message) { report(at, "%0", message); }

  std::optional<std::uint32_t> integer_argument(const MslAttribute& attribute,
                                                const clang::FunctionDecl* function = nullptr) {
    clang::Expr::EvalResult value;
    const clang::Expr* argument =
        attribute.arguments.size() == 1 ? instantiated(attribute.arguments[0], function) : nullptr;
    if (argument != nullptr && !argument->isValueDependent() && argument->EvaluateAsInt(value, context_) &&
        value.Val.getInt().isNonNegative() && value.Val.getInt().getActiveBits() <= 16)
      return static_cast<std::uint32_t>(value.Val.getInt().getZExtValue());
    report(attribute.location, "attribute '%0' needs one non-negative integer constant", attribute.name);
    return std::nullopt;
  }

  std::optional<std::string> string_argument(const MslAttribute& attribute) {
    if (attribute.arguments.size() == 1)
      if (const auto* literal = llvm::dyn_cast<clang::StringLiteral>(attribute.arguments[0]->IgnoreParenImpCasts()))
        return literal->getString().str();
    report(attribute.location, "attribute '%0' needs one string literal", attribute.name);
    return std::nullopt;
  }

  void add_constant(const clang::VarDecl* variable) {
    const MslAttribute* attribute = attributes_.find(variable, "function_constant");
    if (attribute == nullptr) return;
    const std::optional<std::uint32_t> index = integer_argument(*attribute);
    if (!index) return;
    if (!variable->getType().isConstQualified()) {
      report(variable->getLocation(), "function constant '%0' must be in the constant address space",
             variable->getName());
      return;
    }
    if (variable->hasInit()) {
      report(variable->getLocation(),
             "function constant '%0' must have no initializer: it gets its value when the function is made",
             variable->getName());
      return;
    }
    const DataType type = data_type(context_, variable->getType());
    const clang::QualType value =
        variable->getType()->isEnumeralType() ? context_.IntTy : variable->getType().getUnqualifiedType();
    if (type == DataType::None || vector_shape(context_, context_.removeAddrSpaceQualType(value)).components == 0) {
      report(attribute->location, "a function constant is a scalar or a vector, and '%0' is neither",
             variable->getName());
      return;
    }
    for (const FunctionConstantInfo& other : library_.constants)
      if (other.constant.index == *index)
        report(attribute->location,
               "function constant index " + std::to_string(*index) + " is taken by '" + other.constant.name + "'");
    library_.constants.push_back({{variable->getNameAsString(), type, *index, true},
                                  generator_.GetMangledName(clang::GlobalDecl(variable)).str()});
  }

  void add_function(const clang::FunctionDecl* declared) {
    const clang::FunctionDecl* pattern = declared->getTemplateInstantiationPattern();
    const MslAttribute* host_name = attributes_.find(declared, "host_name");
    const bool is_kernel = attributes_.find(declared, "kernel") != nullptr ||
                           (pattern != nullptr && attributes_.find(pattern, "kernel") != nullptr);
    if (!is_kernel || declared->isDependentContext() || declared->getDescribedFunctionTemplate() != nullptr) return;
    if (declared->isTemplateInstantiation() && host_name == nullptr) return;
    const clang::FunctionDecl* function = declared->getDefinition();
    const bool is_deferred = function == nullptr && host_name != nullptr &&
                             declared->getTemplateSpecializationKind() == clang::TSK_ExplicitInstantiationDeclaration;
    if (is_deferred) function = declared;
    if (function == nullptr) return;
    conditions_.clear();

    FunctionInfo info;
    info.name = function->getQualifiedNameAsString();
    if (host_name != nullptr)
      if (const auto name = string_argument(*host_name)) info.name = *name;
    // A redeclaration names a function that is already known.
    info.symbol = generator_.GetMangledName(clang::GlobalDecl(function)).str();
    if (const auto [known, is_new] = symbols_.try_emplace(info.name, info.symbol); !is_new) {
      if (known->second != info.symbol)
        report(host_name != nullptr ? host_name->location : declared->getLocation(),
               "the library already has a function named '%0'", info.name);
      return;
    }
    for (const clang::FunctionDecl* source : {declared, function, pattern}) {
      if (source == nullptr) continue;
      if (const MslAttribute* limit = attributes_.find(source, "max_total_threads_per_threadgroup"))
        info.max_total_threads_per_threadgroup = integer_argument(*limit, function).value_or(0);
    }
    if (!function->getReturnType()->isVoidType())
      report(function->getLocation(), "kernel '%0' must return void", info.name);
    add_parameters(function, pattern, info);
    if (is_deferred) {
      DeferredFunction& entry = deferred_.emplace_back(library_.functions.size());
      entry.declarations.push_back(function);
      entry.declarations.append(conditions_);
    }
    library_.functions.push_back(std::move(info));
  }

  void add_parameters(const clang::FunctionDecl* function, const clang::FunctionDecl* pattern, FunctionInfo& info) {
    for (unsigned i = 0; i < function->getNumParams(); ++i) {
      const clang::ParmVarDecl* parameter = function->getParamDecl(i);
      const clang::ParmVarDecl* attributed = parameter;
      if (attributes_.attributes(parameter).empty() && pattern != nullptr && i < pattern->getNumParams())
        attributed = pattern->getParamDecl(i);
      info.parameters.push_back(reflect_parameter(function, parameter, attributed));
    }
    reject_shared_indices(function, info);
    number_implicitly(info, Parameter::Kind::Buffer);
    number_implicitly(info, Parameter::Kind::ThreadgroupMemory);
    number_implicitly(info, Parameter::Kind::Texture);
    number_implicitly(info, Parameter::Kind::Sampler);
  }

  Parameter reflect_parameter(const clang::FunctionDecl* function, const clang::ParmVarDecl* parameter,
                              const clang::Decl* attributed) {
    Parameter result;
    const clang::QualType type = parameter->getType();
    for (const MslAttribute& attribute : attributes_.attributes(attributed)) {
      const std::optional<KernelInput> input = kernel_input(attribute.name);
      if (!input) continue;
      result.kind = Parameter::Kind::Input;
      result.input = *input;
      reflect_input(parameter, type, attribute, result);
      return result;
    }
    result.binding.index = kUnassigned;
    if (reflect_resource(function, parameter, attributed, result)) return result;
    if (!type->isPointerType() && !type->isReferenceType()) {
      report_value(parameter, attributed);
      return result;
    }
    const clang::QualType pointee = type->getPointeeType();
    // A template's class may not have been needed before.
    sema_.isCompleteType(parameter->getLocation(), pointee);
    const clang::LangAS space = pointee.getAddressSpace();
    const bool is_threadgroup = space == clang::LangAS::opencl_local;
    const bool is_constant = space == clang::LangAS::opencl_generic && pointee.isConstQualified();
    if (!is_threadgroup && !is_constant && space != clang::LangAS::opencl_global) {
      report(parameter->getLocation(), "kernel parameter '%0' must point to device, constant or threadgroup memory",
             parameter->getName());
      return result;
    }
    result.kind = is_threadgroup ? Parameter::Kind::ThreadgroupMemory : Parameter::Kind::Buffer;
    Binding& binding = result.binding;
    binding.name = parameter->getNameAsString();
    binding.type = is_threadgroup ? BindingType::ThreadgroupMemory : BindingType::Buffer;
    binding.access = pointee.isConstQualified() ? BindingAccess::ReadOnly : BindingAccess::ReadWrite;
    binding.types = reflect_types(context_, attributes_, type_names_, type);
    binding.data_type = binding.types[binding.types.front().element].data_type;
    binding.type_name = type_names_.of(pointee);
    binding.is_reference = type->isReferenceType();
    if (!pointee->isVoidType() && !pointee->isIncompleteType()) {
      binding.data_size = context_.getTypeSizeInChars(pointee).getQuantity();
      binding.alignment = context_.getTypeAlignInChars(pointee).getQuantity();
    }
    reflect_index(function, attributed, result);
    return result;
  }

  /// Fills in a texture, a sampler, or an array of either; false where the parameter is something else.
  bool reflect_resource(const clang::FunctionDecl* function, const clang::ParmVarDecl* parameter,
                        const clang::Decl* attributed, Parameter& result) {
    clang::QualType type = parameter->getType();
    Binding& binding = result.binding;
    if (const auto array = array_shape(type)) {
      type = array->first;
      binding.array_length = static_cast<std::uint32_t>(std::clamp<std::uint64_t>(array->second, 1, kTableLimit));
    }
    if (const std::optional<TextureShape> texture = texture_shape(type)) {
      result.kind = Parameter::Kind::Texture;
      binding.type = BindingType::Texture;
      binding.access = texture->access;
      binding.texture_type = texture->type;
      binding.texture_data_type = data_type(context_, texture->component);
      binding.is_depth_texture = texture->is_depth;
    } else if (is_sampler(type)) {
      result.kind = Parameter::Kind::Sampler;
      binding.type = BindingType::Sampler;
      binding.access = BindingAccess::ReadOnly;
    } else {
      return false;
    }
    binding.name = parameter->getNameAsString();
    binding.data_type = data_type(context_, type);
    binding.type_name = type_names_.of(type);
    binding.data_size = context_.getTypeSizeInChars(type).getQuantity();
    binding.alignment = context_.getTypeAlignInChars(type).getQuantity();
    reflect_index(function, attributed, result);
    return true;
  }

  void reflect_index(const clang::FunctionDecl* function, const clang::Decl* attributed, Parameter& result) {
    Binding& binding = result.binding;
    if (const MslAttribute* condition = attributes_.find(attributed, "function_constant")) {
      binding.is_optional = true;
      result.condition = condition_symbol(*condition);
    }
    binding.index = kUnassigned;
    const Table table = argument_table(result.kind);
    const MslAttribute* index = attributes_.find(attributed, table.attribute);
    if (index == nullptr) return;
    const auto value = integer_argument(*index, function);
    if (!value) return;
    binding.index = *value;
    if (*value + binding.array_length > table.size)
      report(index->location, "the index of attribute '" + std::string(table.attribute) + "' must be below " +
                                  std::to_string(table.size - binding.array_length + 1));
  }

  /// The constant of program scope that the attribute names, which may be computed from function constants.
  std::string condition_symbol(const MslAttribute& attribute) {
    const auto* reference = attribute.arguments.size() == 1
                                ? llvm::dyn_cast<clang::DeclRefExpr>(attribute.arguments[0]->IgnoreParenImpCasts())
                                : nullptr;
    const auto* variable = reference != nullptr ? llvm::dyn_cast<clang::VarDecl>(reference->getDecl()) : nullptr;
    if (variable == nullptr || !variable->hasGlobalStorage() || !variable->getType()->isBooleanType()) {
      report(attribute.location, "attribute '%0' of an argument needs the name of a bool constant", attribute.name);
      return {};
    }
    conditions_.push_back(variable);
    const clang::GlobalDecl declaration(variable);
    // Nothing else may mention it.
    generator_.GetAddrOfGlobal(declaration, /*isForDefinition=*/false);
    return generator_.GetMangledName(declaration).str();
  }

  /// A kernel parameter that is a plain value, and no input.
  void report_value(const clang::ParmVarDecl* parameter, const clang::Decl* attributed) {
    const std::string name = parameter->getNameAsString();
    if (attributes_.find(attributed, "stage_in") != nullptr)
      report(parameter->getLocation(), "kernel parameter '" + name +
                                           "' with the attribute 'stage_in' cannot be had: PyMetal has no stage input "
                                           "of kernels yet");
    else if (attributes_.find(attributed, "buffer") == nullptr)
      report(parameter->getLocation(), "kernel parameter '" + name + "' needs an attribute that says what it receives");
    else
      report(parameter->getLocation(), "kernel parameter '" + name +
                                           "' with the attribute 'buffer' must be a pointer or reference to device or "
                                           "constant memory, such as 'constant " +
                                           type_names_.of(parameter->getType()) + " &'");
  }

  void reflect_input(const clang::ParmVarDecl* parameter, clang::QualType type, const MslAttribute& attribute,
                     Parameter& result) {
    const VectorShape shape = vector_shape(context_, type.getNonReferenceType());
    // Indices and counts within a threadgroup are single numbers; positions and extents have up to three.
    const bool is_scalar = attribute.name.contains("_index_in_") || attribute.name.contains("simdgroup") ||
                           attribute.name.contains("quadgroup") || attribute.name == "thread_execution_width";
    if (shape.components == 0 || shape.components > (is_scalar ? 1u : 3u) || !shape.element->isUnsignedIntegerType() ||
        context_.getTypeSize(shape.element) < 16 || context_.getTypeSize(shape.element) > 32) {
      report(parameter->getLocation(), "kernel parameter '" + parameter->getNameAsString() + "' with the attribute '" +
                                           attribute.name.str() + "' must be ushort" +
                                           (is_scalar ? " or uint" : ", uint, or a vector of two or three of these") +
                                           " ('" + type_names_.of(type.getNonReferenceType()) + "')");
      return;
    }
    result.components = shape.components;
    result.bits = static_cast<unsigned>(context_.getTypeSize(shape.element));
  }

  void reject_shared_indices(const clang::FunctionDecl* function, const FunctionInfo& info) {
    std::set<std::pair<Parameter::Kind, std::uint32_t>> taken;
    for (unsigned i = 0; i < info.parameters.size(); ++i) {
      const Parameter& parameter = info.parameters[i];
      // Optional arguments may share an index: a function constant chooses one of them.
      if (parameter.kind == Parameter::Kind::Input || parameter.binding.index == kUnassigned ||
          parameter.binding.is_optional)
        continue;
      for (std::uint32_t entry = 0; entry < parameter.binding.array_length; ++entry)
        if (!taken.insert({parameter.kind, parameter.binding.index + entry}).second)
          report(function->getParamDecl(i)->getLocation(),
                 std::string(argument_table(parameter.kind).noun) + " index " +
                     std::to_string(parameter.binding.index + entry) + " is taken by another parameter");
    }
  }

  /// Arguments without an index get the lowest ones that are free, in order.
  void number_implicitly(FunctionInfo& info, Parameter::Kind kind) {
    std::set<std::uint32_t> taken;
    for (const Parameter& parameter : info.parameters)
      if (parameter.kind == kind && parameter.binding.index != kUnassigned)
        for (std::uint32_t entry = 0; entry < parameter.binding.array_length; ++entry)
          taken.insert(parameter.binding.index + entry);
    std::uint32_t next = 0;
    for (Parameter& parameter : info.parameters) {
      if (parameter.kind != kind || parameter.binding.index != kUnassigned) continue;
      const std::uint32_t length = parameter.binding.array_length;
      for (auto at = taken.lower_bound(next); at != taken.end() && *at < next + length; at = taken.lower_bound(next))
        next = *at + 1;
      parameter.binding.index = next;
      next += length;
    }
  }

  clang::Sema& sema_;
  clang::ASTContext& context_;
  const AttributeTable& attributes_;
  TypeNames type_names_;
  clang::CodeGenerator& generator_;
  Library& library_;
  /// Of each function, by name.
  llvm::StringMap<std::string> symbols_;
  std::vector<DeferredFunction> deferred_;
  /// Of the function at hand.
  llvm::SmallVector<const clang::Decl*, 2> conditions_;
};

}  // namespace

std::vector<DeferredFunction> reflect(clang::Sema& sema, const AttributeTable& attributes,
                                      clang::CodeGenerator& generator, Library& library) {
  return Reflection(sema, attributes, generator, library).run();
}

}  // namespace pymetal::compiler
