// Compiled MSL.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "pymetal/error.h"
#include "pymetal/export.h"
#include "pymetal/function_constant_values.h"
#include "pymetal/labeled.h"
#include "pymetal/object.h"

namespace pymetal {

namespace backend {
class CompiledLibrary;
}
class Device;
class Function;

/// May be used from any thread.
class PYMETAL_EXPORT Library : public Labeled, public Object<Library> {
 public:
  Library(std::shared_ptr<Device> device, std::shared_ptr<const backend::CompiledLibrary> compiled);
  ~Library();

  const std::shared_ptr<Device>& device() const { return device_; }
  std::vector<std::string> function_names() const;
  /// What the compiler warned of; functions that are deferred add theirs when they are first asked for.
  std::vector<CompileDiagnostic> warnings() const;
  /// Throws ResourceError, which names similar functions, where the library holds none of that name, ValidationError
  /// where it needs a function constant that `constants` lacks, and CompileError where its compilation was deferred
  /// (CompileOptions::defer_instantiations) and fails now.
  std::shared_ptr<Function> new_function(const std::string& name, const FunctionConstantValues& constants = {});

  const std::shared_ptr<const backend::CompiledLibrary>& compiled() const { return compiled_; }

 private:
  std::shared_ptr<Device> device_;
  std::shared_ptr<const backend::CompiledLibrary> compiled_;
};

}  // namespace pymetal
