// Tells LLVM how large the inputs of a thread can be.
#include "lowering/input_ranges.h"

#include "llvm/ADT/StringSwitch.h"
#include "llvm/IR/ConstantRange.h"
#include "lowering/intrinsics.h"

namespace pymetal::lowering {

void promise_range(llvm::Function& input) {
  constexpr std::uint32_t kSimdgroups = kMaxThreadsPerThreadgroup / kSimdgroupWidth;
  constexpr std::uint32_t kQuadgroups = kMaxThreadsPerThreadgroup / 4;
  using Range = std::pair<std::uint32_t, std::uint32_t>;
  const auto [least, end] =
      llvm::StringSwitch<Range>(input.getName())
          .Cases({kThreadPositionInput, kThreadIndexInput, kFirstPosition}, Range(0, kMaxThreadsPerThreadgroup))
          .Cases({kSimdLane, kLaneInput}, Range(0, kSimdgroupWidth))
          .Case(kQuadLaneInput, Range(0, 4))
          .Case(kSimdgroupIndexInput, Range(0, kSimdgroups))
          .Case(kQuadIndexInput, Range(0, kQuadgroups))
          .Cases({"mtl.threads_per_threadgroup", kFullThreadgroupSizeInput}, Range(1, kMaxThreadsPerThreadgroup + 1))
          .Cases({"mtl.simdgroups_per_threadgroup", "mtl.dispatch_simdgroups_per_threadgroup"},
                 Range(1, kSimdgroups + 1))
          .Cases({"mtl.quadgroups_per_threadgroup", "mtl.dispatch_quadgroups_per_threadgroup"},
                 Range(1, kQuadgroups + 1))
          .Default(Range(0, 0));
  if (end == 0 || !input.getReturnType()->isIntegerTy(32)) return;
  llvm::LLVMContext& context = input.getContext();
  input.addRetAttr(llvm::Attribute::get(context, llvm::Attribute::Range,
                                        llvm::ConstantRange(llvm::APInt(32, least), llvm::APInt(32, end))));
  input.addRetAttr(llvm::Attribute::NoUndef);
}

}  // namespace pymetal::lowering
