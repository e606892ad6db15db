#include <metal_stdlib>
using namespace metal;

#include "shared/Types.h"

kernel void k(device Types *output [[buffer(0)]]) { output[0] = Types(); }
