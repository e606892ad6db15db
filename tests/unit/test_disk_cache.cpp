// The cache on disk: what was written comes back whole or not at all, whatever happens to the folder.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <sstream>

#include "compiler/digest.h"
#include "support/disk_cache.h"

namespace pymetal::tests {
namespace {

namespace fs = std::filesystem;
using support::DiskCache;

constexpr std::uint64_t kNoLimit = std::uint64_t{1} << 30;

class DiskCacheTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "pymetal-cache-").string() + std::string(6, 'X');
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    root_ = name;
    folder_ = root_ / "cache";
  }
  void TearDown() override { fs::remove_all(root_); }

  static DiskCache::Digest key(int number) { return compiler::Hasher().add(std::uint64_t(number)).finish(); }
  DiskCache cache(std::uint64_t limit = kNoLimit) const { return {folder_, limit, &compiler::digest_of}; }
  std::vector<fs::path> entries() const {
    std::vector<fs::path> paths;
    for (const auto& entry : fs::directory_iterator(folder_)) paths.push_back(entry.path());
    return paths;
  }
  static std::string bytes_of(const fs::path& path) {
    std::ostringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    return text.str();
  }
  static void overwrite(const fs::path& path, std::string_view bytes) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
  }

  fs::path root_;
  fs::path folder_;
};

TEST_F(DiskCacheTest, ReadsParts) {
  cache().write(key(1), "0123456789");
  EXPECT_EQ(cache().read_part(key(1), 0, 10), "0123456789");
  EXPECT_EQ(cache().read_part(key(1), 3, 4), "3456");
  EXPECT_EQ(cache().read_part(key(1), 10, 0), "");
  EXPECT_FALSE(cache().read_part(key(1), 7, 4));
  EXPECT_FALSE(cache().read_part(key(1), 11, 0));
  EXPECT_FALSE(cache().read_part(key(1), ~std::uint64_t{0}, 2));
  EXPECT_FALSE(cache().read_part(key(1), 2, ~std::uint64_t{0}));
  EXPECT_FALSE(cache().read_part(key(2), 0, 0));
  // Another entry under the name is none.
  overwrite(entries().front(), bytes_of(entries().front()).replace(16, 1, "x"));
  EXPECT_FALSE(cache().read_part(key(1), 3, 4));
}

TEST_F(DiskCacheTest, KeepsEntriesForOthers) {
  EXPECT_FALSE(cache().read(key(1)));
  EXPECT_FALSE(fs::exists(folder_));
  cache().write(key(1), "one");
  cache().write(key(2), std::string(100'000, '\0'));
  cache().write(key(3), "");
  EXPECT_EQ(cache().read(key(1)), "one");
  EXPECT_EQ(cache().read(key(2)), std::string(100'000, '\0'));
  EXPECT_EQ(cache().read(key(3)), "");
  EXPECT_FALSE(cache().read(key(4)));
  cache().write(key(1), "another");
  EXPECT_EQ(cache().read(key(1)), "another");
}

TEST_F(DiskCacheTest, IsPrivate) {
  folder_ = root_ / "a" / "b" / "cache";
  cache().write(key(1), "one");
  struct stat status {};
  ASSERT_EQ(stat(folder_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700u);
  ASSERT_EQ(stat(entries().at(0).c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST_F(DiskCacheTest, RefusesAFolderThatOthersMayWrite) {
  cache().write(key(1), "one");
  ASSERT_EQ(chmod(folder_.c_str(), 0777), 0);
  EXPECT_FALSE(cache().read(key(1)));
  cache().write(key(2), "two");
  EXPECT_EQ(entries().size(), 1u);
  ASSERT_EQ(chmod(folder_.c_str(), 0755), 0);
  EXPECT_EQ(cache().read(key(1)), "one");
}

TEST_F(DiskCacheTest, RefusesWhatBelongsToAnotherUser) {
  cache().write(key(1), "one");
  const fs::path entry = entries().at(0);
  constexpr uid_t kSomebody = 12345;
  if (chown(entry.c_str(), kSomebody, static_cast<gid_t>(-1)) != 0) GTEST_SKIP() << "only root may give files away";
  EXPECT_FALSE(cache().read(key(1)));
  ASSERT_EQ(chown(entry.c_str(), geteuid(), static_cast<gid_t>(-1)), 0);
  ASSERT_EQ(chown(folder_.c_str(), kSomebody, static_cast<gid_t>(-1)), 0);
  EXPECT_FALSE(cache().read(key(1)));
}

TEST_F(DiskCacheTest, AnEntryThatIsCutShortIsAbsent) {
  cache().write(key(1), "some contents of an entry");
  const fs::path entry = entries().at(0);
  const std::string whole = bytes_of(entry);
  for (std::size_t length = 0; length < whole.size(); ++length) {
    overwrite(entry, whole.substr(0, length));
    EXPECT_FALSE(cache().read(key(1))) << length;
  }
  overwrite(entry, whole + "x");
  EXPECT_FALSE(cache().read(key(1)));
  overwrite(entry, whole);
  EXPECT_EQ(cache().read(key(1)), "some contents of an entry");
}

TEST_F(DiskCacheTest, AnEntryWithAFlippedBitIsAbsent) {
  cache().write(key(1), "some contents of an entry");
  const fs::path entry = entries().at(0);
  const std::string whole = bytes_of(entry);
  const int file = open(entry.c_str(), O_WRONLY | O_CLOEXEC);
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    const char byte = whole[bit / 8];
    const auto altered = static_cast<char>(byte ^ (1 << bit % 8));
    ASSERT_EQ(pwrite(file, &altered, 1, static_cast<off_t>(bit / 8)), 1);
    EXPECT_FALSE(cache().read(key(1))) << bit;
    ASSERT_EQ(pwrite(file, &byte, 1, static_cast<off_t>(bit / 8)), 1);
  }
  close(file);
  EXPECT_EQ(cache().read(key(1)), "some contents of an entry");
}

TEST_F(DiskCacheTest, AnEntryUnderAnotherNameIsAbsent) {
  cache().write(key(1), "one");
  const fs::path first = entries().at(0);
  cache().write(key(2), "two");
  for (const fs::path& entry : entries())
    if (entry != first) fs::copy_file(first, entry, fs::copy_options::overwrite_existing);
  EXPECT_EQ(cache().read(key(1)), "one");
  EXPECT_FALSE(cache().read(key(2)));
}

TEST_F(DiskCacheTest, WhatIsNoFileIsAbsent) {
  cache().write(key(1), "one");
  const fs::path entry = entries().at(0);
  const fs::path elsewhere = root_ / "elsewhere";
  fs::rename(entry, elsewhere);
  fs::create_symlink(elsewhere, entry);
  EXPECT_FALSE(cache().read(key(1)));
  fs::remove(entry);
  ASSERT_EQ(mkfifo(entry.c_str(), 0600), 0);
  EXPECT_FALSE(cache().read(key(1)));
  fs::remove(entry);
  fs::create_directory(entry);
  EXPECT_FALSE(cache().read(key(1)));
  cache().write(key(1), "one");
  EXPECT_FALSE(cache().read(key(1)));
}

TEST_F(DiskCacheTest, AFolderThatCannotBeMadeIsNoCache) {
  overwrite(root_ / "file", "");
  for (const fs::path& folder :
       {root_ / "file" / "cache", root_ / "file", fs::path("/proc/self/pymetal"), fs::path()}) {
    folder_ = folder;
    cache().write(key(1), "one");
    EXPECT_FALSE(cache().read(key(1))) << folder;
  }
}

TEST_F(DiskCacheTest, GoesOnWhenTheFolderIsRemoved) {
  DiskCache used = cache();
  used.write(key(1), "one");
  fs::remove_all(folder_);
  EXPECT_FALSE(used.read(key(1)));
  used.write(key(1), "one");
  EXPECT_EQ(used.read(key(1)), "one");
}

/// Runs `work` in a child; whether it ended by itself and was content.
template <class Work>
bool succeeds_in_child(Work&& work) {
  const pid_t child = fork();
  if (child == 0) _exit(work() ? 0 : 1);
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

TEST_F(DiskCacheTest, AFullDiskIsNoCache) {
  cache().write(key(1), "one");
  EXPECT_TRUE(succeeds_in_child([&] {
    const rlimit limit{4096, 4096};
    setrlimit(RLIMIT_FSIZE, &limit);
    DiskCache used = cache();
    used.write(key(2), std::string(10'000, 'x'));
    used.write(key(3), "three");
    return !used.read(key(2)) && used.read(key(3)) == "three" && used.read(key(1)) == "one";
  }));
  // Nothing is left of what could not be written.
  EXPECT_EQ(entries().size(), 2u);
}

TEST_F(DiskCacheTest, ForgetsWhatWasUsedLeastRecently) {
  constexpr int kEntries = 40;
  const std::string contents(1000, 'x');
  for (int i = 0; i < kEntries; ++i) {
    cache().write(key(i), contents);
    for (const fs::path& entry : entries()) {
      // Each is older than all that come later.
      const auto now = fs::last_write_time(entry);
      fs::last_write_time(entry, now - std::chrono::hours(1));
    }
  }
  EXPECT_TRUE(cache().read(key(0)));
  overwrite(folder_ / "notes.txt", "not ours");
  DiskCache small = cache(20'000);
  small.write(key(kEntries), contents);
  std::uint64_t total = 0;
  for (const fs::path& entry : entries()) total += fs::file_size(entry);
  EXPECT_LE(total, 20'000u);
  EXPECT_TRUE(small.read(key(0)));
  EXPECT_TRUE(small.read(key(kEntries)));
  EXPECT_TRUE(small.read(key(kEntries - 1)));
  EXPECT_FALSE(small.read(key(1)));
  EXPECT_TRUE(fs::exists(folder_ / "notes.txt"));
  small.write(key(1), std::string(30'000, 'x'));
  EXPECT_FALSE(small.read(key(1)));
}

TEST_F(DiskCacheTest, RemovesWhatACrashLeft) {
  cache().write(key(1), "one");
  overwrite(folder_ / "write-1-2-3", "half of an entry");
  overwrite(folder_ / "write-4-5-6", "half of an entry");
  fs::last_write_time(folder_ / "write-1-2-3", fs::file_time_type::clock::now() - std::chrono::hours(2));
  cache().write(key(2), "two");
  EXPECT_FALSE(fs::exists(folder_ / "write-1-2-3"));
  EXPECT_TRUE(fs::exists(folder_ / "write-4-5-6"));
}

/// The contents that every process writes under a key.
std::string contents_of(int number) {
  return std::string(static_cast<std::size_t>(500 + 97 * number), static_cast<char>('a' + number % 26));
}

TEST_F(DiskCacheTest, ServesManyProcesses) {
  constexpr int kProcesses = 8;
  constexpr int kRounds = 400;
  constexpr int kKeys = 50;
  constexpr std::uint64_t kLimit = 60'000;
  std::vector<pid_t> children;
  for (int process = 0; process < kProcesses; ++process) {
    const pid_t child = fork();
    if (child == 0) {
      DiskCache used = cache(kLimit);
      bool is_right = true;
      for (int round = 0; round < kRounds; ++round) {
        const int number = (round * (2 * process + 1) + process) % kKeys;
        const std::optional<std::string> found = used.read(key(number));
        is_right &= !found || *found == contents_of(number);
        if (!found) used.write(key(number), contents_of(number));
      }
      _exit(is_right ? 0 : 1);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  }
  std::uint64_t total = 0;
  for (const fs::path& entry : entries()) {
    EXPECT_FALSE(entry.filename().string().starts_with("write-"));
    total += fs::file_size(entry);
  }
  // Each process looks at the size after a sixteenth of the limit.
  EXPECT_LE(total, kLimit + kProcesses * (kLimit / 16 + 6'000));
}

}  // namespace
}  // namespace pymetal::tests
