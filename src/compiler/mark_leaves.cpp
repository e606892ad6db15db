// Marks where loops are left, for what the IR no longer tells: code in front of a `break` belongs to the loop's round.
#include "compiler/mark_leaves.h"

#include "clang/AST/ASTContext.h"
#include "clang/AST/DeclCXX.h"
#include "clang/AST/ExprCXX.h"
#include "clang/AST/StmtCXX.h"

namespace pymetal::compiler {
namespace {

using clang::Expr;
using clang::Stmt;

/// The functions of `src/stdlib/mtl_intrinsics.h` that stand for marks.
struct Marks {
  clang::FunctionDecl* leave_loop;
  clang::FunctionDecl* leave_function;
  clang::FunctionDecl* next_round;

  explicit Marks(clang::ASTContext& context)
      : leave_loop(find(context, "__mtl_leave_loop")),
        leave_function(find(context, "__mtl_leave_function")),
        next_round(find(context, "__mtl_next_round")) {}

  /// They are not, where a program does without the library: then lanes have no way to meet.
  bool are_there() const { return leave_loop != nullptr && leave_function != nullptr && next_round != nullptr; }

 private:
  static clang::FunctionDecl* find(clang::ASTContext& context, const char* name) {
    for (clang::NamedDecl* found : context.getTranslationUnitDecl()->lookup(&context.Idents.get(name)))
      if (auto* function = llvm::dyn_cast<clang::FunctionDecl>(found)) return function;
    return nullptr;
  }
};

/// Walks the body of one function; the functions inside it are others'. A body that a kept tree brings back may be
/// marked twice, which means the same.
class Marker {
 public:
  Marker(clang::ASTContext& context, const Marks& marks, llvm::function_ref<void(clang::Decl*)> mark_inner)
      : context_(context), marks_(marks), mark_inner_(mark_inner) {}

  void walk(Stmt*& place) {
    if (place == nullptr) return;
    if (auto* lambda = llvm::dyn_cast<clang::LambdaExpr>(place)) return mark_inner_(lambda->getCallOperator());
    if (auto* declaration = llvm::dyn_cast<clang::DeclStmt>(place))
      for (clang::Decl* inner : declaration->decls())
        if (llvm::isa<clang::CXXRecordDecl>(inner)) mark_inner_(inner);
    if (auto* loop = llvm::dyn_cast<clang::ForStmt>(place)) return walk_loop(*loop, loop->getBody());
    if (auto* loop = llvm::dyn_cast<clang::WhileStmt>(place)) return walk_loop(*loop, loop->getBody());
    if (auto* loop = llvm::dyn_cast<clang::DoStmt>(place)) return walk_loop(*loop, loop->getBody());
    if (auto* loop = llvm::dyn_cast<clang::CXXForRangeStmt>(place)) return walk_loop(*loop, loop->getBody());
    if (llvm::isa<clang::SwitchStmt>(place)) {
      const bool outer = std::exchange(breaks_loop_, false);
      walk_children(*place);
      breaks_loop_ = outer;
      return;
    }
    walk_children(*place);
    if (loop_ == nullptr) return;
    if (llvm::isa<clang::BreakStmt>(place) && breaks_loop_) {
      place = in_front_of(*place, *marks_.leave_loop);
    } else if (llvm::isa<clang::ReturnStmt>(place)) {
      place = in_front_of(*place, *marks_.leave_function);
    }
  }

 private:
  struct Loop {
    unsigned number;
    Loop* outer;
    bool is_left = false;
  };

  void walk_children(Stmt& statement) {
    for (Stmt*& child : statement.children()) walk(child);
  }

  template <class Statement>
  void walk_loop(Statement& statement, Stmt* body) {
    Loop loop{loops_++, loop_};
    for (Stmt*& child : statement.children()) {
      if (child != body) {
        walk(child);
        continue;
      }
      loop_ = &loop;
      const bool outer_breaks = std::exchange(breaks_loop_, true);
      walk(child);
      loop_ = loop.outer;
      breaks_loop_ = outer_breaks;
    }
    if (loop.is_left) begin_round(statement, loop);
  }

  void begin_round(clang::ForStmt& loop, const Loop& marked) {
    loop.setInc(before(loop.getInc(), marked, loop.getForLoc()));
  }
  void begin_round(clang::CXXForRangeStmt& loop, const Loop& marked) {
    loop.setInc(before(loop.getInc(), marked, loop.getForLoc()));
  }
  void begin_round(clang::WhileStmt& loop, const Loop& marked) {
    loop.setCond(before(loop.getCond(), marked, loop.getWhileLoc()));
  }
  void begin_round(clang::DoStmt& loop, const Loop& marked) {
    loop.setCond(before(loop.getCond(), marked, loop.getDoLoc()));
  }

  /// `(next_round(number), expression)`
  Expr* before(Expr* expression, const Loop& loop, clang::SourceLocation at) {
    Expr* mark = call(*marks_.next_round, loop, at);
    if (expression == nullptr) return mark;
    return clang::BinaryOperator::Create(context_, mark, expression, clang::BO_Comma, expression->getType(),
                                         expression->getValueKind(), expression->getObjectKind(), at,
                                         clang::FPOptionsOverride());
  }

  /// `{ leave_loop(number); break; }`. A `return` leaves the loops around this one too, which may be the only ones that
  /// go round at all.
  Stmt* in_front_of(Stmt& statement, clang::FunctionDecl& mark) {
    const clang::SourceLocation at = statement.getBeginLoc();
    llvm::SmallVector<Stmt*, 4> statements;
    for (Loop* loop = loop_; loop != nullptr; loop = &mark == marks_.leave_loop ? nullptr : loop->outer) {
      loop->is_left = true;
      statements.push_back(call(mark, *loop, at));
    }
    statements.push_back(&statement);
    return clang::CompoundStmt::Create(context_, statements, clang::FPOptionsOverride(), at, statement.getEndLoc());
  }

  Expr* call(clang::FunctionDecl& function, const Loop& loop, clang::SourceLocation at) {
    const clang::QualType type = function.getType();
    Expr* name = clang::DeclRefExpr::Create(context_, {}, {}, &function, false, at, type, clang::VK_LValue);
    Expr* callee =
        clang::ImplicitCastExpr::Create(context_, context_.getPointerType(type), clang::CK_FunctionToPointerDecay, name,
                                        nullptr, clang::VK_PRValue, clang::FPOptionsOverride());
    Expr* number = clang::IntegerLiteral::Create(context_, llvm::APInt(32, loop.number), context_.IntTy, at);
    return clang::CallExpr::Create(context_, callee, {number}, context_.VoidTy, clang::VK_PRValue, at,
                                   clang::FPOptionsOverride());
  }

  clang::ASTContext& context_;
  const Marks& marks_;
  llvm::function_ref<void(clang::Decl*)> mark_inner_;
  unsigned loops_ = 0;
  Loop* loop_ = nullptr;
  /// Whether `break` leaves the loop, and not a switch inside it.
  bool breaks_loop_ = false;
};

}  // namespace

bool MarkLeaves::HandleTopLevelDecl(clang::DeclGroupRef group) {
  for (clang::Decl* declaration : group) mark(declaration);
  return true;
}

void MarkLeaves::HandleInlineFunctionDefinition(clang::FunctionDecl* function) { mark(function); }

void MarkLeaves::mark(clang::Decl* declaration) {
  if (auto* context = llvm::dyn_cast<clang::DeclContext>(declaration);
      context != nullptr && !llvm::isa<clang::FunctionDecl>(declaration)) {
    if (!context->isDependentContext())
      for (clang::Decl* inner : context->noload_decls()) mark(inner);
    return;
  }
  auto* function = llvm::dyn_cast<clang::FunctionDecl>(declaration);
  if (function == nullptr || function->isDependentContext() || !function->doesThisDeclarationHaveABody() ||
      !marked_.insert(function).second)
    return;
  const Marks marks(*context_);
  if (!marks.are_there()) return;
  Stmt* body = function->getBody();
  Marker(*context_, marks, [this](clang::Decl* inner) { mark(inner); }).walk(body);
}

}  // namespace pymetal::compiler
