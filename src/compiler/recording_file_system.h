// A file system that remembers what was asked of it, so that a cached result is used only while the answers hold.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "compiler/file_dependency.h"
#include "llvm/Support/VirtualFileSystem.h"

namespace pymetal::compiler {

inline constexpr const char* kWorkingFolder = "/pymetal/work";

class RecordingFileSystem : public llvm::vfs::ProxyFileSystem {
 public:
  using ProxyFileSystem::ProxyFileSystem;

  llvm::ErrorOr<llvm::vfs::Status> status(const llvm::Twine& path) override;
  llvm::ErrorOr<std::unique_ptr<llvm::vfs::File>> openFileForRead(const llvm::Twine& path) override;
  bool exists(const llvm::Twine& path) override;
  /// A folder that is none: a syntax tree names files by their whole path, and the folder of the process may change.
  llvm::ErrorOr<std::string> getCurrentWorkingDirectory() const override { return std::string(kWorkingFolder); }

  std::vector<FileDependency> dependencies() const;

 private:
  void record(const llvm::Twine& path, const llvm::ErrorOr<llvm::vfs::Status>& answer);

  std::map<std::string, FileDependency> found_;
};

}  // namespace pymetal::compiler
