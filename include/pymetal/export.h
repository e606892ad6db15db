// What the shared library makes visible: the public classes, and nothing of LLVM.
#pragma once

#define PYMETAL_EXPORT __attribute__((visibility("default")))
