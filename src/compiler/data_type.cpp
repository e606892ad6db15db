// Metal's data types for Clang's types.
#include "compiler/data_type.h"

#include "clang/AST/DeclTemplate.h"
#include "llvm/ADT/StringSwitch.h"

namespace pymetal::compiler {
namespace {

/// The class of namespace metal that the type is, or null.
const clang::CXXRecordDecl* metal_class(clang::QualType type) {
  const clang::CXXRecordDecl* record = type.getCanonicalType()->getAsCXXRecordDecl();
  if (record == nullptr) return nullptr;
  const auto* space = llvm::dyn_cast<clang::NamespaceDecl>(record->getEnclosingNamespaceContext());
  return space != nullptr && space->getName() == "metal" ? record : nullptr;
}

/// The arguments of `metal::name<…>`, or null where the type is another.
const clang::TemplateArgumentList* arguments_of(clang::QualType type, llvm::StringRef name) {
  const auto* specialization = llvm::dyn_cast_or_null<clang::ClassTemplateSpecializationDecl>(metal_class(type));
  if (specialization == nullptr || specialization->getName() != name) return nullptr;
  return &specialization->getTemplateArgs();
}

std::optional<TextureType> texture_type(llvm::StringRef name) {
  return llvm::StringSwitch<std::optional<TextureType>>(name)
      .Case("texture1d", TextureType::Type1D)
      .Case("texture1d_array", TextureType::Type1DArray)
      .Cases({"texture2d", "depth2d"}, TextureType::Type2D)
      .Cases({"texture2d_array", "depth2d_array"}, TextureType::Type2DArray)
      .Cases({"texture2d_ms", "depth2d_ms"}, TextureType::Type2DMultisample)
      .Cases({"texture2d_ms_array", "depth2d_ms_array"}, TextureType::Type2DMultisampleArray)
      .Case("texture3d", TextureType::Type3D)
      .Cases({"texturecube", "depthcube"}, TextureType::TypeCube)
      .Cases({"texturecube_array", "depthcube_array"}, TextureType::TypeCubeArray)
      .Case("texture_buffer", TextureType::TypeTextureBuffer)
      .Default(std::nullopt);
}

/// The values of metal::access.
BindingAccess binding_access(std::int64_t access) {
  constexpr std::int64_t kWrite = 2;
  constexpr std::int64_t kReadWrite = 3;
  if (access == kWrite) return BindingAccess::WriteOnly;
  return access == kReadWrite ? BindingAccess::ReadWrite : BindingAccess::ReadOnly;
}

DataType scalar_type(const clang::ASTContext& context, clang::QualType type) {
  const auto* builtin = type.getCanonicalType()->getAs<clang::BuiltinType>();
  if (builtin == nullptr) return DataType::None;
  const auto offset = [](DataType from, bool is_unsigned, DataType unsigned_from) {
    return is_unsigned ? unsigned_from : from;
  };
  if (builtin->getKind() == clang::BuiltinType::Bool) return DataType::Bool;
  if (builtin->getKind() == clang::BuiltinType::Half) return DataType::Half;
  if (builtin->getKind() == clang::BuiltinType::Float) return DataType::Float;
  if (builtin->getKind() == clang::BuiltinType::BFloat16) return DataType::BFloat;
  if (!builtin->isInteger()) return DataType::None;
  const bool is_unsigned = builtin->isUnsignedInteger();
  switch (context.getTypeSize(type)) {
    case 8:
      return offset(DataType::Char, is_unsigned, DataType::UChar);
    case 16:
      return offset(DataType::Short, is_unsigned, DataType::UShort);
    case 32:
      return offset(DataType::Int, is_unsigned, DataType::UInt);
    case 64:
      return offset(DataType::Long, is_unsigned, DataType::ULong);
    default:
      return DataType::None;
  }
}

DataType advance(DataType type, unsigned steps) {
  return static_cast<DataType>(static_cast<std::uint32_t>(type) + steps);
}

}  // namespace

VectorShape vector_shape(const clang::ASTContext& context, clang::QualType type) {
  type = type.getCanonicalType().getUnqualifiedType();
  if (type->isBuiltinType()) return {type, 1};
  for (const char* name : {"vec", "packed_vec"})
    if (const auto* arguments = arguments_of(type, name))
      return {arguments->get(0).getAsType(), static_cast<unsigned>(arguments->get(1).getAsIntegral().getZExtValue())};
  return {};
}

std::optional<TextureShape> texture_shape(clang::QualType type) {
  const auto* specialization = llvm::dyn_cast_or_null<clang::ClassTemplateSpecializationDecl>(metal_class(type));
  if (specialization == nullptr) return std::nullopt;
  const std::optional<TextureType> shape = texture_type(specialization->getName());
  if (!shape) return std::nullopt;
  const clang::TemplateArgumentList& arguments = specialization->getTemplateArgs();
  return TextureShape{*shape, arguments[0].getAsType(), binding_access(arguments[1].getAsIntegral().getExtValue()),
                      specialization->getName().starts_with("depth")};
}

bool is_sampler(clang::QualType type) {
  const clang::CXXRecordDecl* record = metal_class(type);
  return record != nullptr && record->getName() == "sampler";
}

std::optional<std::pair<clang::QualType, std::uint64_t>> array_shape(clang::QualType type) {
  const clang::TemplateArgumentList* arguments = arguments_of(type, "array");
  if (arguments == nullptr) return std::nullopt;
  return std::pair{arguments->get(0).getAsType(), arguments->get(1).getAsIntegral().getZExtValue()};
}

DataType data_type(const clang::ASTContext& context, clang::QualType type) {
  if (type->isArrayType()) return DataType::Array;
  if (type->isPointerType()) return DataType::Pointer;
  if (type->isEnumeralType()) type = type->castAsEnumDecl()->getIntegerType();
  if (const VectorShape shape = vector_shape(context, type); shape.components > 0) {
    const DataType scalar = scalar_type(context, shape.element);
    return scalar == DataType::None ? scalar : advance(scalar, shape.components - 1);
  }
  if (const auto* arguments = arguments_of(type, "matrix")) {
    const DataType scalar = scalar_type(context, arguments->get(0).getAsType());
    const auto columns = static_cast<unsigned>(arguments->get(1).getAsIntegral().getZExtValue());
    const auto rows = static_cast<unsigned>(arguments->get(2).getAsIntegral().getZExtValue());
    const unsigned step = (columns - 2) * 3 + rows - 2;
    if (scalar == DataType::Float) return advance(DataType::Float2x2, step);
    if (scalar == DataType::Half) return advance(DataType::Half2x2, step);
    return DataType::Struct;
  }
  if (texture_shape(type)) return DataType::Texture;
  if (is_sampler(type)) return DataType::Sampler;
  return type->isRecordType() ? DataType::Struct : DataType::None;
}

}  // namespace pymetal::compiler
