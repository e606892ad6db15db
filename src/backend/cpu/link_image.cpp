// Links an object file to an image that may lie at any address. JITLink does the work, on addresses of no process; the
// words that hold whole addresses are kept as relocations.
#include "backend/cpu/link_image.h"

#include <optional>

#include "llvm/ExecutionEngine/JITLink/JITLink.h"
#include "llvm/ExecutionEngine/JITLink/JITLinkMemoryManager.h"
#include "llvm/ExecutionEngine/JITLink/aarch64.h"
#include "llvm/ExecutionEngine/JITLink/x86_64.h"
#include "pymetal/error.h"

namespace pymetal::backend::cpu {
namespace {

namespace jitlink = llvm::jitlink;
namespace orc = llvm::orc;
using llvm::BitmaskEnumDetail::operator&;

/// Above 4 GiB, so that no relaxation makes a short absolute address of one; and out of reach of each other, so that
/// what the object lacks is called through words that hold whole addresses.
constexpr std::uint64_t kImageBase = std::uint64_t{1} << 44;
constexpr std::uint64_t kSymbolBase = std::uint64_t{1} << 46;

/// Lays the segments out one after the other in the bytes of the image.
class ImageMemory : public jitlink::JITLinkMemoryManager {
 public:
  explicit ImageMemory(CodeImage& image) : image_(image) {}

  void allocate(const jitlink::JITLinkDylib*, jitlink::LinkGraph& graph, OnAllocatedFunction on_allocated) override {
    jitlink::BasicLayout layout(graph);
    for (auto& [group, segment] : layout.segments()) {
      const std::uint64_t size = llvm::alignTo(segment.ContentSize + segment.ZeroFillSize, kImagePage);
      segment.Addr = orc::ExecutorAddr(kImageBase + size_);
      const auto has = [&](orc::MemProt access) { return (group.getMemProt() & access) == access; };
      image_.segments.push_back({size_, size, has(orc::MemProt::Write), has(orc::MemProt::Exec)});
      size_ += size;
    }
    image_.bytes.resize(size_);
    for (auto& [group, segment] : layout.segments())
      segment.WorkingMem = image_.bytes.data() + (segment.Addr.getValue() - kImageBase);
    if (llvm::Error error = layout.apply()) return on_allocated(std::move(error));
    on_allocated(std::make_unique<InFlight>());
  }

  void deallocate(std::vector<FinalizedAlloc> allocations, OnDeallocatedFunction on_deallocated) override {
    for (FinalizedAlloc& allocation : allocations) allocation.release();
    on_deallocated(llvm::Error::success());
  }

 private:
  struct InFlight : InFlightAlloc {
    void abandon(OnAbandonedFunction on_abandoned) override { on_abandoned(llvm::Error::success()); }
    void finalize(OnFinalizedFunction on_finalized) override {
      on_finalized(FinalizedAlloc(orc::ExecutorAddr(kImageBase)));
    }
  };

  CodeImage& image_;
  std::uint64_t size_ = 0;
};

bool is_whole_address(const llvm::Triple& triple, jitlink::Edge::Kind kind) {
  return triple.isAArch64() ? kind == jitlink::aarch64::Pointer64 : kind == jitlink::x86_64::Pointer64;
}

bool is_short_address(const llvm::Triple& triple, jitlink::Edge::Kind kind) {
  namespace x86 = jitlink::x86_64;
  if (triple.isAArch64())
    return kind == jitlink::aarch64::Pointer32 || kind == jitlink::aarch64::MoveWide16 ||
           kind == jitlink::aarch64::Pointer64Authenticated;
  return kind == x86::Pointer32 || kind == x86::Pointer32Signed || kind == x86::Pointer16 || kind == x86::Pointer8;
}

class ImageLink : public jitlink::JITLinkContext {
 public:
  ImageLink(CodeImage& image, std::optional<std::string>& failure)
      : JITLinkContext(nullptr), image_(image), failure_(failure), memory_(image) {}

  jitlink::JITLinkMemoryManager& getMemoryManager() override { return memory_; }
  void notifyFailed(llvm::Error error) override { failure_ = llvm::toString(std::move(error)); }
  void notifyFinalized(jitlink::JITLinkMemoryManager::FinalizedAlloc allocation) override { allocation.release(); }

  void lookup(const LookupMap& symbols,
              std::unique_ptr<jitlink::JITLinkAsyncLookupContinuation> continuation) override {
    std::vector<orc::SymbolStringPtr> names;
    for (const auto& [name, flags] : symbols) names.push_back(name);
    // The order of a hash table would make two images of the same code differ.
    llvm::sort(names, [](const auto& a, const auto& b) { return *a < *b; });
    jitlink::AsyncLookupResult found;
    for (const orc::SymbolStringPtr& name : names) {
      found[name] = {orc::ExecutorAddr(kSymbolBase + image_.symbols.size()), llvm::JITSymbolFlags::Exported};
      image_.symbols.push_back((*name).str());
    }
    continuation->run(std::move(found));
  }

  llvm::Error notifyResolved(jitlink::LinkGraph& graph) override {
    for (const jitlink::Symbol* symbol : graph.defined_symbols())
      if (symbol->hasName() && symbol->getScope() != jitlink::Scope::Local && symbol->isCallable())
        image_.functions.push_back({(*symbol->getName()).str(), symbol->getAddress().getValue() - kImageBase});
    llvm::sort(image_.functions, [](const auto& a, const auto& b) { return a.name < b.name; });
    return llvm::Error::success();
  }

  llvm::Error modifyPassConfig(jitlink::LinkGraph&, jitlink::PassConfiguration& passes) override {
    passes.PreFixupPasses.push_back([this](jitlink::LinkGraph& graph) { return record_relocations(graph); });
    return llvm::Error::success();
  }

 private:
  llvm::Error record_relocations(jitlink::LinkGraph& graph) {
    const llvm::Triple& triple = graph.getTargetTriple();
    for (const jitlink::Block* block : graph.blocks()) {
      if (block->getSection().getMemLifetime() == orc::MemLifetime::NoAlloc) continue;
      for (const jitlink::Edge& edge : block->edges()) {
        if (!edge.isRelocation()) continue;
        const std::uint64_t target = edge.getTarget().getAddress().getValue();
        const bool is_outside = edge.getTarget().isExternal();
        if (is_whole_address(triple, edge.getKind()) && !edge.getTarget().isAbsolute()) {
          CodeImage::Relocation relocation;
          relocation.offset = (block->getAddress() + edge.getOffset()).getValue() - kImageBase;
          relocation.addend = static_cast<std::uint64_t>(edge.getAddend());
          if (is_outside)
            relocation.symbol = static_cast<std::uint32_t>(target - kSymbolBase);
          else
            relocation.addend += target - kImageBase;
          image_.relocations.push_back(relocation);
        } else if (!edge.getTarget().isDefined() || is_short_address(triple, edge.getKind())) {
          return llvm::make_error<jitlink::JITLinkError>(llvm::Twine("the code depends on its address, by ") +
                                                         graph.getEdgeKindName(edge.getKind()));
        }
      }
    }
    llvm::sort(image_.relocations, [](const auto& a, const auto& b) { return a.offset < b.offset; });
    return llvm::Error::success();
  }

  CodeImage& image_;
  std::optional<std::string>& failure_;
  ImageMemory memory_;
};

}  // namespace

CodeImage link_image(llvm::MemoryBufferRef object) {
  CodeImage image;
  std::optional<std::string> failure;
  // Outlives the graph: the answers to its lookups, which go last, hold names of the pool.
  const auto names = std::make_shared<orc::SymbolStringPool>();
  auto graph = jitlink::createLinkGraphFromObject(object, names);
  if (graph)
    jitlink::link(std::move(*graph), std::make_unique<ImageLink>(image, failure));
  else
    failure = llvm::toString(graph.takeError());
  if (failure) throw PipelineError("The code of the pipeline cannot be linked (" + *failure + ").");
  return image;
}

}  // namespace pymetal::backend::cpu
