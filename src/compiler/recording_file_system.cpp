// A file system that remembers what was asked of it.
#include "compiler/recording_file_system.h"

#include "llvm/Support/MemoryBuffer.h"

namespace pymetal::compiler {
namespace {

using Kind = FileDependency::Kind;

/// Records what the compiler reads, as it reads it: the file may change a moment later.
class RecordedFile : public llvm::vfs::File {
 public:
  RecordedFile(std::unique_ptr<llvm::vfs::File> file, FileDependency& dependency)
      : file_(std::move(file)), dependency_(dependency) {}

  llvm::ErrorOr<llvm::vfs::Status> status() override { return file_->status(); }
  llvm::ErrorOr<std::string> getName() override { return file_->getName(); }
  std::error_code close() override { return file_->close(); }

  llvm::ErrorOr<std::unique_ptr<llvm::MemoryBuffer>> getBuffer(const llvm::Twine& name, std::int64_t size,
                                                               bool requires_null_terminator,
                                                               bool is_volatile) override {
    auto buffer = file_->getBuffer(name, size, requires_null_terminator, is_volatile);
    if (buffer) {
      const llvm::StringRef text = (*buffer)->getBuffer();
      dependency_.kind = Kind::Contents;
      dependency_.digest = digest_of({text.data(), text.size()});
    }
    return buffer;
  }

 private:
  std::unique_ptr<llvm::vfs::File> file_;
  FileDependency& dependency_;
};

}  // namespace

void RecordingFileSystem::record(const llvm::Twine& path, const llvm::ErrorOr<llvm::vfs::Status>& answer) {
  FileDependency dependency;
  dependency.path = path.str();
  if (answer) dependency.kind = answer->isDirectory() ? Kind::Folder : Kind::File;
  found_.try_emplace(dependency.path, dependency);
}

llvm::ErrorOr<llvm::vfs::Status> RecordingFileSystem::status(const llvm::Twine& path) {
  auto answer = ProxyFileSystem::status(path);
  record(path, answer);
  return answer;
}

bool RecordingFileSystem::exists(const llvm::Twine& path) { return static_cast<bool>(status(path)); }

llvm::ErrorOr<std::unique_ptr<llvm::vfs::File>> RecordingFileSystem::openFileForRead(const llvm::Twine& path) {
  static_cast<void>(status(path));
  auto file = ProxyFileSystem::openFileForRead(path);
  if (!file) return file.getError();
  return std::make_unique<RecordedFile>(std::move(*file), found_[path.str()]);
}

std::vector<FileDependency> RecordingFileSystem::dependencies() const {
  std::vector<FileDependency> list;
  for (const auto& [path, dependency] : found_) list.push_back(dependency);
  return list;
}

}  // namespace pymetal::compiler
