// The layout of an argument buffer that descriptors describe.
#pragma once

#include <span>

#include "pymetal/argument_encoder.h"

namespace pymetal {

/// A table whose first type is the struct. Throws ValidationError for descriptors that contradict each other.
TypeTable lay_out_arguments(std::span<const ArgumentDescriptor> descriptors);

}  // namespace pymetal
