// The limits of control groups are found in either version's files, of this group and of those above it.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "support/control_group.h"
#include "support/thread_pool.h"

namespace pymetal::support {
namespace {

struct ControlGroup : testing::Test {
  ControlGroup() : root(std::filesystem::temp_directory_path() / ("pymetal-groups-" + std::to_string(getpid()))) {
    std::filesystem::remove_all(root);
  }
  ~ControlGroup() override { std::filesystem::remove_all(root); }

  void write(const std::string& path, const std::string& text) const {
    std::filesystem::create_directories((root / path).parent_path());
    std::ofstream(root / path) << text;
  }

  std::filesystem::path root;
};

TEST_F(ControlGroup, NoFiles) {
  EXPECT_FALSE(control_group_cpus(root));
  EXPECT_FALSE(control_group_memory(root));
}

TEST_F(ControlGroup, SecondVersion) {
  write("proc/self/cgroup", "0::/\n");
  write("sys/fs/cgroup/cpu.max", "150000 100000\n");
  write("sys/fs/cgroup/memory.max", "1073741824\n");
  EXPECT_EQ(control_group_cpus(root), 1.5);
  EXPECT_EQ(control_group_memory(root), 1073741824u);
}

TEST_F(ControlGroup, NoLimit) {
  write("proc/self/cgroup", "0::/user.slice\n");
  write("sys/fs/cgroup/user.slice/cpu.max", "max 100000\n");
  write("sys/fs/cgroup/user.slice/memory.max", "max\n");
  EXPECT_FALSE(control_group_cpus(root));
  EXPECT_FALSE(control_group_memory(root));
}

TEST_F(ControlGroup, TheTightestOfAllAbove) {
  write("proc/self/cgroup", "0::/a/b/c\n");
  write("sys/fs/cgroup/a/cpu.max", "200000 100000\n");
  write("sys/fs/cgroup/a/b/cpu.max", "max 100000\n");
  write("sys/fs/cgroup/a/b/c/cpu.max", "700000 100000\n");
  EXPECT_EQ(control_group_cpus(root), 2.0);
}

TEST_F(ControlGroup, FirstVersion) {
  write("proc/self/cgroup", "5:memory:/m/x\n4:cpu,cpuacct:/job\n1:name=systemd:/job\n");
  write("sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_quota_us", "50000\n");
  write("sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_period_us", "100000\n");
  write("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "-1\n");
  write("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
  write("sys/fs/cgroup/memory/m/x/memory.limit_in_bytes", "4096\n");
  write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
  EXPECT_EQ(control_group_cpus(root), 0.5);
  EXPECT_EQ(control_group_memory(root), 4096u);
}

TEST_F(ControlGroup, FirstVersionWithoutLimit) {
  write("proc/self/cgroup", "5:memory:/\n4:cpu:/\n");
  write("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n");
  write("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
  write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
  EXPECT_FALSE(control_group_cpus(root));
  EXPECT_FALSE(control_group_memory(root));
}

TEST_F(ControlGroup, BothVersionsAtOnce) {
  write("proc/self/cgroup", "4:cpu:/one\n0::/two\n");
  write("sys/fs/cgroup/cpu/one/cpu.cfs_quota_us", "300000\n");
  write("sys/fs/cgroup/cpu/one/cpu.cfs_period_us", "100000\n");
  write("sys/fs/cgroup/unified/two/cpu.max", "250000 100000\n");
  EXPECT_EQ(control_group_cpus(root), 2.5);
}

/// The path is from the host's root, and what is mounted is the process's own group.
TEST_F(ControlGroup, PathThatIsNotThere) {
  write("proc/self/cgroup", "0::/docker/0123\n");
  write("sys/fs/cgroup/cpu.max", "100000 100000\n");
  EXPECT_EQ(control_group_cpus(root), 1.0);
}

TEST_F(ControlGroup, NonsenseIsNoLimit) {
  write("proc/self/cgroup", "nothing\n0::/\n4\n:\n");
  for (const char* text : {"", "\n", "many few\n", "100000\n", "100000 0\n", "-5 100000\n", "100000 -1\n"}) {
    write("sys/fs/cgroup/cpu.max", text);
    EXPECT_FALSE(control_group_cpus(root)) << text;
  }
}

}  // namespace
}  // namespace pymetal::support
