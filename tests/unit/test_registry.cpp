// Devices are found by name.
#include <gtest/gtest.h>

#include "pymetal/pymetal.h"

namespace pymetal {
namespace {

TEST(Registry, TheDefaultDeviceIsOneObject) {
  const std::shared_ptr<Device> device = create_system_default_device();
  EXPECT_EQ(device, create_system_default_device());
  const std::vector<std::shared_ptr<Device>> all = copy_all_devices();
  EXPECT_NE(std::find(all.begin(), all.end(), device), all.end());
}

TEST(Registry, NamesAreMatched) {
  for (const char* name : {"cpu", "CPU", "pymetal cpu"}) {
    ASSERT_EQ(setenv("PYMETAL_DEVICE", name, 1), 0);
    EXPECT_TRUE(create_system_default_device()->name().starts_with("PyMetal CPU")) << name;
  }
  ASSERT_EQ(setenv("PYMETAL_DEVICE", "tpu", 1), 0);
  EXPECT_THROW(create_system_default_device(), ResourceError);
  unsetenv("PYMETAL_DEVICE");
}

}  // namespace
}  // namespace pymetal
