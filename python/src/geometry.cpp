// Origin, Size and Range.
#include <nanobind/operators.h>

#include "bindings.h"

namespace pymetal::python {
namespace {

std::uint64_t component(const Size& size, std::int64_t index) {
  if (index < 0) index += 3;
  switch (index) {
    case 0:
      return size.width;
    case 1:
      return size.height;
    case 2:
      return size.depth;
    default:
      throw nb::index_error("a size has three components");
  }
}

nb::tuple as_tuple(const Size& size) { return nb::make_tuple(size.width, size.height, size.depth); }

}  // namespace

void bind_geometry(nb::module_& module) {
  nb::class_<Origin>(module, "Origin", "A place in a texture or a grid.")
      .def(nb::init<std::uint64_t, std::uint64_t, std::uint64_t>(), "x"_a, "y"_a, "z"_a)
      .def_rw("x", &Origin::x)
      .def_rw("y", &Origin::y)
      .def_rw("z", &Origin::z)
      .def(nb::self == nb::self, nb::sig("def __eq__(self, other: object, /) -> bool"))
      .def("__repr__", [](const Origin& o) {
        return "Origin(x=" + std::to_string(o.x) + ", y=" + std::to_string(o.y) + ", z=" + std::to_string(o.z) + ")";
      });

  nb::class_<Size>(module, "Size", "The size of a grid, a threadgroup or a texture; also reads as a tuple of three.")
      .def(nb::init<std::uint64_t, std::uint64_t, std::uint64_t>(), "width"_a, "height"_a, "depth"_a)
      .def_rw("width", &Size::width)
      .def_rw("height", &Size::height)
      .def_rw("depth", &Size::depth)
      .def("__len__", [](const Size&) { return 3; })
      .def("__getitem__", &component, "index"_a)
      .def(
          "__iter__", [](const Size& size) { return nb::iter(as_tuple(size)); },
          nb::sig("def __iter__(self) -> collections.abc.Iterator[int]"))
      .def(
          "__eq__",
          [](const Size& size, nb::handle other) -> bool {
            Size converted;
            if (nb::try_cast<Size>(other, converted)) return size == converted;
            return nb::isinstance<nb::tuple>(other) && as_tuple(size).equal(other);
          },
          nb::arg("other").none(), nb::sig("def __eq__(self, other: object, /) -> bool"))
      .def("__hash__", [](const Size& size) { return nb::hash(as_tuple(size)); })
      .def("__repr__", [](const Size& s) {
        return "Size(width=" + std::to_string(s.width) + ", height=" + std::to_string(s.height) +
               ", depth=" + std::to_string(s.depth) + ")";
      });

  nb::class_<Range>(module, "Range", "`length` units from `location` on; bytes, for buffers.")
      .def(nb::init<std::uint64_t, std::uint64_t>(), "location"_a, "length"_a)
      .def_rw("location", &Range::location)
      .def_rw("length", &Range::length)
      .def(nb::self == nb::self, nb::sig("def __eq__(self, other: object, /) -> bool"))
      .def("__repr__", [](const Range& r) {
        return "Range(location=" + std::to_string(r.location) + ", length=" + std::to_string(r.length) + ")";
      });
}

}  // namespace pymetal::python
