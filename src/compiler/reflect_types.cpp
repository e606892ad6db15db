// Reads the type of an argument, down to the members of its structs, off Clang's syntax tree.
#include "compiler/reflect_types.h"

#include "clang/AST/DeclCXX.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/AST/RecordLayout.h"
#include "compiler/data_type.h"
#include "compiler/msl_wording.h"

namespace pymetal::compiler {
namespace {

/// What `metal::atomic<T>` holds, or the type itself.
clang::QualType without_atomic(clang::QualType type) {
  const auto* record = llvm::dyn_cast_or_null<clang::ClassTemplateSpecializationDecl>(type->getAsCXXRecordDecl());
  if (record == nullptr || record->getQualifiedNameAsString() != "metal::atomic") return type;
  return record->getTemplateArgs()[0].getAsType().getCanonicalType();
}

class TypeReflection {
 public:
  TypeReflection(const clang::ASTContext& context, const AttributeTable& attributes, TypeNames& names)
      : context_(context), attributes_(attributes), names_(names) {}

  TypeTable run(clang::QualType type) {
    add(type);
    return std::move(table_);
  }

 private:
  /// The place of the type, which is added with all that it holds where it is new.
  std::uint32_t add(clang::QualType type) {
    type = type.getCanonicalType();
    if (type->isReferenceType()) type = context_.getPointerType(type->getPointeeType());
    type = without_atomic(type);
    const bool is_const = type->isPointerType() && type->getPointeeType().isConstQualified();
    const clang::QualType key = context_.removeAddrSpaceQualType(type).getUnqualifiedType();
    const auto [known, is_new] = places_.try_emplace(key, static_cast<std::uint32_t>(table_.size()));
    const std::uint32_t place = known->second;
    if (!is_new) return place;
    table_.emplace_back();
    TypeInfo info;
    info.data_type = data_type(context_, key);
    info.name = names_.of(key);
    if (!key->isVoidType() && !key->isIncompleteType()) {
      info.size = context_.getTypeSizeInChars(key).getQuantity();
      info.alignment = context_.getTypeAlignInChars(key).getQuantity();
    }
    if (const auto* array = context_.getAsConstantArrayType(key)) {
      set_array(info, array->getElementType(), array->getSize().getZExtValue());
    } else if (const auto array_of = array_shape(key)) {
      set_array(info, array_of->first, array_of->second);
    } else if (key->isPointerType()) {
      info.element = add(key->getPointeeType());
      info.access = is_const ? BindingAccess::ReadOnly : BindingAccess::ReadWrite;
      info.is_argument_buffer = true;
    } else if (info.data_type == DataType::Struct) {
      set_members(info, key);
    } else if (info.data_type == DataType::Texture || info.data_type == DataType::Sampler) {
      info.is_argument_buffer = true;
    }
    table_[place] = std::move(info);
    return place;
  }

  void set_array(TypeInfo& info, clang::QualType element, std::uint64_t length) {
    info.data_type = DataType::Array;
    info.element = add(element);
    info.length = length;
    info.argument_count = length * table_[info.element].argument_count;
    info.is_argument_buffer = table_[info.element].is_argument_buffer;
  }

  void set_members(TypeInfo& info, clang::QualType type) {
    const auto* record = type->getAsCXXRecordDecl();
    if (record == nullptr || record->getDefinition() == nullptr) return;
    info.argument_count = 0;
    add_members(info, record->getDefinition(), 0);
  }

  void add_members(TypeInfo& info, const clang::CXXRecordDecl* record, std::uint64_t offset) {
    const clang::ASTRecordLayout& layout = context_.getASTRecordLayout(record);
    for (const clang::CXXBaseSpecifier& base : record->bases()) {
      const clang::CXXRecordDecl* parent = base.getType()->getAsCXXRecordDecl();
      if (parent != nullptr && !base.isVirtual())
        add_members(info, parent, offset + layout.getBaseClassOffset(parent).getQuantity());
    }
    for (const clang::FieldDecl* field : record->fields()) {
      const std::uint64_t place = offset + layout.getFieldOffset(field->getFieldIndex()) / 8;
      if (field->isAnonymousStructOrUnion()) {
        add_members(info, field->getType()->getAsCXXRecordDecl(), place);
        continue;
      }
      TypeInfo::Member member{field->getNameAsString(), place, add(field->getType()), info.argument_count};
      if (const std::optional<std::uint64_t> id = given_id(field)) {
        member.argument_index = *id;
        info.is_argument_buffer = true;
      }
      const TypeInfo& held = table_[member.type];
      info.argument_count = std::max(info.argument_count, member.argument_index + held.argument_count);
      const bool is_pointer = field->getType()->isPointerType() || field->getType()->isReferenceType();
      info.is_argument_buffer |= is_pointer || held.is_argument_buffer;
      info.members.push_back(std::move(member));
    }
  }

  std::optional<std::uint64_t> given_id(const clang::FieldDecl* field) {
    const MslAttribute* attribute = attributes_.find(field, "id");
    if (attribute == nullptr) {
      // The members of a template bear the attributes of its instances.
      const auto* record = llvm::dyn_cast<clang::CXXRecordDecl>(field->getParent());
      const clang::CXXRecordDecl* pattern = record != nullptr ? record->getTemplateInstantiationPattern() : nullptr;
      if (pattern == nullptr) return std::nullopt;
      for (const clang::FieldDecl* original : pattern->fields())
        if (original->getFieldIndex() == field->getFieldIndex()) attribute = attributes_.find(original, "id");
      if (attribute == nullptr) return std::nullopt;
    }
    clang::Expr::EvalResult value;
    if (attribute->arguments.size() != 1 || attribute->arguments[0]->isValueDependent() ||
        !attribute->arguments[0]->EvaluateAsInt(value, context_) || !value.Val.getInt().isNonNegative())
      return std::nullopt;
    return value.Val.getInt().getZExtValue();
  }

  const clang::ASTContext& context_;
  const AttributeTable& attributes_;
  TypeNames& names_;
  TypeTable table_;
  llvm::DenseMap<clang::QualType, std::uint32_t> places_;
};

}  // namespace

const std::string& TypeNames::of(clang::QualType type) {
  type = context_.removeAddrSpaceQualType(type).getUnqualifiedType();
  const auto [known, is_new] = names_.try_emplace(type);
  if (is_new) known->second = to_msl_wording(type.getAsString(context_.getPrintingPolicy()));
  return known->second;
}

TypeTable reflect_types(const clang::ASTContext& context, const AttributeTable& attributes, TypeNames& names,
                        clang::QualType type) {
  return TypeReflection(context, attributes, names).run(type);
}

}  // namespace pymetal::compiler
