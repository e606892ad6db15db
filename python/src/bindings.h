// What the files of the binding share.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/stl/map.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "pymetal/pymetal.h"

namespace pymetal::python {

namespace nb = nanobind;
using namespace nb::literals;

void bind_errors(nb::module_& module);
void bind_enums(nb::module_& module);
void bind_geometry(nb::module_& module);
void bind_argument_types(nb::module_& module);
void bind_reflection(nb::module_& module);
void bind_argument_encoder(nb::module_& module);
void bind_function_constant_values(nb::module_& module);
void bind_device(nb::module_& module);
void bind_buffer(nb::module_& module);
void bind_library(nb::module_& module);
void bind_command_queue(nb::module_& module);
void bind_command_buffer(nb::module_& module);
void bind_encoders(nb::module_& module);
void bind_events(nb::module_& module);
void bind_hazards(nb::module_& module);
void bind_log(nb::module_& module);

/// The `label` that most classes have.
template <class T, class... Options>
void bind_label(nb::class_<T, Options...>& type) {
  type.def_prop_rw(
      "label", [](const T& object) { return object.label(); },
      [](T& object, std::string label) { object.set_label(std::move(label)); },
      "The object's name in messages; any thread may set and read it.");
}

/// `<pymetal.Buffer 'weights' 1024 bytes>`.
inline std::string object_text(const char* type, const std::string& label, const std::string& rest) {
  std::string text = std::string("<pymetal.") + type;
  if (!label.empty()) text += " '" + label + "'";
  if (!rest.empty()) text += " " + rest;
  return text + ">";
}

/// Read access to any object with the buffer protocol: bytes, bytearray, memoryview, C-contiguous arrays.
class BytesView {
 public:
  explicit BytesView(nb::handle object) {
    if (PyObject_GetBuffer(object.ptr(), &view_, PyBUF_C_CONTIGUOUS) != 0) throw nb::python_error();
  }
  ~BytesView() { PyBuffer_Release(&view_); }
  BytesView(const BytesView&) = delete;
  BytesView& operator=(const BytesView&) = delete;

  const void* data() const { return view_.buf; }
  std::uint64_t size() const { return static_cast<std::uint64_t>(view_.len); }

 private:
  Py_buffer view_{};
};

}  // namespace pymetal::python
