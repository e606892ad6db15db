// All of PyMetal's C++ API.
#pragma once

#include "pymetal/blit_command_encoder.h"
#include "pymetal/buffer.h"
#include "pymetal/command_buffer.h"
#include "pymetal/command_queue.h"
#include "pymetal/compile_options.h"
#include "pymetal/compute_command_encoder.h"
#include "pymetal/compute_pipeline_state.h"
#include "pymetal/device.h"
#include "pymetal/enums.h"
#include "pymetal/error.h"
#include "pymetal/function.h"
#include "pymetal/function_constant_values.h"
#include "pymetal/geometry.h"
#include "pymetal/library.h"
#include "pymetal/reflection.h"
