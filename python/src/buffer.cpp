// Buffers and their memory.
#include <nanobind/ndarray.h>

#include "bindings.h"

namespace pymetal::python {
namespace {

int get_buffer(PyObject* exporter, Py_buffer* view, int flags) {
  Buffer* buffer = nb::inst_ptr<Buffer>(exporter);
  try {
    return PyBuffer_FillInfo(view, exporter, buffer->contents(), static_cast<Py_ssize_t>(buffer->length()), 0, flags);
  } catch (const std::exception& error) {
    PyErr_SetString(PyExc_BufferError, error.what());
    return -1;
  }
}

PyType_Slot buffer_slots[] = {{Py_bf_getbuffer, reinterpret_cast<void*>(&get_buffer)}, {0, nullptr}};

}  // namespace

void bind_buffer(nb::module_& module) {
  nb::class_<Buffer> type(
      module, "Buffer", nb::type_slots(buffer_slots), nb::is_weak_referenceable(),
      "Memory that kernels read and write. Supports the buffer protocol, so `memoryview(buffer)`\n"
      "and `np.asarray(buffer)` work. The object may be used from any thread; its contents are not\n"
      "synchronised: from `commit()` to completion they belong to the commands that use them.");
  type.def_prop_ro("device", &Buffer::device)
      .def_prop_ro("length", &Buffer::length, "Bytes.")
      .def_prop_ro("gpu_address", &Buffer::gpu_address, "The address that kernels see.")
      .def_prop_ro("storage_mode", &Buffer::storage_mode)
      .def(
          "contents",
          [](nb::handle_t<Buffer> self) {
            const Buffer& buffer = nb::cast<const Buffer&>(self);
            return nb::ndarray<nb::numpy, std::uint8_t, nb::ndim<1>>(buffer.contents(), {buffer.length()}, self);
          },
          nb::sig("def contents(self) -> numpy.typing.NDArray[numpy.uint8]"),
          "The bytes, as a writable NumPy array of shape (length,) that keeps the buffer alive.\n\n"
          "Raises ValidationError for private storage.")
      .def("did_modify_range", &Buffer::did_modify_range, "range"_a,
           "Tells that the host wrote to bytes of a managed buffer.")
      .def("__len__", &Buffer::length)
      .def("__repr__", [](const Buffer& buffer) {
        return object_text("Buffer", buffer.label(), std::to_string(buffer.length()) + " bytes");
      });
  bind_label(type);
}

}  // namespace pymetal::python
