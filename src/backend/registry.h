// The devices of this machine.
#pragma once

#include <memory>
#include <span>

#include "backend/backend.h"

namespace pymetal::backend {

/// All of them, the same ones each time, the plain default first.
std::span<const std::shared_ptr<Backend>> all_backends();

/// The one that PYMETAL_DEVICE names by short name, full name or a part of it, in any case; the first where the
/// variable is unset or empty. Throws ResourceError that lists the names when none or several match.
std::shared_ptr<Backend> default_backend();

/// `default_backend` for a given name.
std::shared_ptr<Backend> find_backend(std::string_view name);

}  // namespace pymetal::backend
