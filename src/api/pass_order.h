// Which passes may run at the same time.
#pragma once

#include "api/command_stream.h"

namespace pymetal {

/// Brings the accesses of a finished pass into the form that `must_follow` reads.
void sort_accesses(std::vector<Access>& accesses);

/// `later` waits for a fence that `earlier` updates, or one of them writes tracked memory that the other uses.
bool must_follow(const Pass& later, const Pass& earlier);

}  // namespace pymetal
