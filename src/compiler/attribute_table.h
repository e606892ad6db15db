// The MSL attributes of a translation unit, kept beside Clang's AST and keyed by declaration.
#pragma once

#include <string>

#include "clang/AST/DeclBase.h"
#include "clang/AST/Expr.h"
#include "clang/Basic/SourceLocation.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"

namespace pymetal::compiler {

struct MslAttribute {
  /// Metal's name of the attribute: "buffer", "thread_position_in_grid".
  llvm::StringRef name;
  llvm::SmallVector<const clang::Expr*, 1> arguments;
  clang::SourceLocation location;
};

/// One per compile. Clang's attribute plugins are global objects, so they find the table of the thread they run on.
class AttributeTable {
 public:
  AttributeTable();
  ~AttributeTable();
  AttributeTable(const AttributeTable&) = delete;
  AttributeTable& operator=(const AttributeTable&) = delete;

  /// The table of this thread, or null where none is alive.
  static AttributeTable* current();

  void record(const clang::Decl* declaration, MslAttribute attribute);
  llvm::ArrayRef<MslAttribute> attributes(const clang::Decl* declaration) const;
  /// The attribute of that name, or null.
  const MslAttribute* find(const clang::Decl* declaration, llvm::StringRef name) const;
  /// Every declaration with an attribute, in source order.
  llvm::ArrayRef<const clang::Decl*> declarations() const { return order_; }

 private:
  AttributeTable* previous_;
  llvm::DenseMap<const clang::Decl*, llvm::SmallVector<MslAttribute, 2>> attributes_;
  llvm::SmallVector<const clang::Decl*, 32> order_;
};

/// Whether MSL has an attribute of that name.
bool is_msl_attribute(llvm::StringRef name);

/// The prefix of the GNU spelling of an attribute, `__attribute__((msl_kernel))`, which the token filter writes where
/// the grammar allows no `[[…]]`.
inline constexpr llvm::StringLiteral kGnuAttributePrefix = "msl_";

/// The attribute whose name is most like `name`, or nothing where none is.
std::string similar_attribute(llvm::StringRef name);

}  // namespace pymetal::compiler
