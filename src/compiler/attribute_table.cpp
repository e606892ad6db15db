// Registers every MSL attribute with Clang; each one records itself in the table of its compile.
#include "compiler/attribute_table.h"

#include <string>

#include "clang/AST/Attr.h"
#include "clang/AST/Decl.h"
#include "clang/Sema/ParsedAttr.h"
#include "clang/Sema/Sema.h"
#include "llvm/ADT/StringSet.h"

namespace pymetal::compiler {
namespace {

thread_local AttributeTable* current_table = nullptr;

bool is_entry_point(llvm::StringRef name) { return name == "kernel" || name == "vertex" || name == "fragment"; }

struct MslAttributeInfo : clang::ParsedAttrInfo {
  explicit MslAttributeInfo(llvm::StringRef metal_name)
      : name(metal_name.str()), gnu_name((kGnuAttributePrefix + metal_name).str()) {
    spellings[0] = {clang::ParsedAttr::AS_CXX11, name.c_str()};
    spellings[1] = {clang::ParsedAttr::AS_GNU, gnu_name.c_str()};
    Spellings = spellings;
    OptArgs = 4;
  }

  bool diagAppertainsToDecl(clang::Sema&, const clang::ParsedAttr&, const clang::Decl*) const override { return true; }

  AttrHandling handleDeclAttribute(clang::Sema& sema, clang::Decl* declaration,
                                   const clang::ParsedAttr& parsed) const override {
    AttributeTable* table = AttributeTable::current();
    if (table == nullptr) return AttributeApplied;
    MslAttribute attribute{name, {}, parsed.getLoc()};
    for (unsigned i = 0; i < parsed.getNumArgs(); ++i)
      if (parsed.isArgExpr(i)) attribute.arguments.push_back(parsed.getArgAsExpr(i));
    table->record(declaration, std::move(attribute));
    // Entry points are emitted although nothing calls them.
    if (auto* function = llvm::dyn_cast<clang::FunctionDecl>(declaration); function && is_entry_point(name))
      function->addAttr(clang::UsedAttr::CreateImplicit(sema.Context));
    // The value of a function constant is defined when the function is specialised.
    if (auto* variable = llvm::dyn_cast<clang::VarDecl>(declaration);
        variable && name == "function_constant" && !llvm::isa<clang::ParmVarDecl>(variable))
      variable->setStorageClass(clang::SC_Extern);
    return AttributeApplied;
  }

  std::string name;
  std::string gnu_name;
  Spelling spellings[2];
};

}  // namespace

AttributeTable::AttributeTable() : previous_(current_table) { current_table = this; }
AttributeTable::~AttributeTable() { current_table = previous_; }
AttributeTable* AttributeTable::current() { return current_table; }

void AttributeTable::record(const clang::Decl* declaration, MslAttribute attribute) {
  auto [entry, is_new] = attributes_.try_emplace(declaration);
  if (is_new) order_.push_back(declaration);
  entry->second.push_back(std::move(attribute));
}

llvm::ArrayRef<MslAttribute> AttributeTable::attributes(const clang::Decl* declaration) const {
  auto found = attributes_.find(declaration);
  if (found == attributes_.end()) return {};
  return found->second;
}

const MslAttribute* AttributeTable::find(const clang::Decl* declaration, llvm::StringRef name) const {
  for (const MslAttribute& attribute : attributes(declaration))
    if (attribute.name == name) return &attribute;
  return nullptr;
}

std::string similar_attribute(llvm::StringRef name) {
  unsigned distance = static_cast<unsigned>(name.size()) / 3 + 1;
  std::string nearest;
  for (const auto& entry : clang::ParsedAttrInfoRegistry::entries()) {
    const unsigned d = name.edit_distance(entry.getName(), /*AllowReplacements=*/true, distance);
    if (d >= distance) continue;
    distance = d;
    nearest = entry.getName().str();
  }
  return nearest;
}

}  // namespace pymetal::compiler

bool pymetal::compiler::is_msl_attribute(llvm::StringRef name) {
  static const llvm::StringSet<> names = {
#define PYMETAL_MSL_ATTRIBUTE(NAME) #NAME,
#include "compiler/attributes.def"
  };
  return names.contains(name);
}

#define PYMETAL_MSL_ATTRIBUTE(NAME)                                                \
  namespace {                                                                      \
  struct Attribute_##NAME : pymetal::compiler::MslAttributeInfo {                  \
    Attribute_##NAME() : MslAttributeInfo(#NAME) {}                                \
  };                                                                               \
  clang::ParsedAttrInfoRegistry::Add<Attribute_##NAME> register_##NAME(#NAME, ""); \
  }
#include "compiler/attributes.def"
