// Values for function constants, from Python numbers and sequences.
#include <nanobind/stl/variant.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <variant>

#include "bindings.h"

namespace pymetal::python {
namespace {

struct ScalarKind {
  DataType first;
  std::size_t size;
  char format;  // of Python's struct module
};

constexpr ScalarKind kKinds[] = {{DataType::Float, 4, 'f'}, {DataType::Half, 2, 'e'},  {DataType::Int, 4, 'i'},
                                 {DataType::UInt, 4, 'I'},  {DataType::Short, 2, 'h'}, {DataType::UShort, 2, 'H'},
                                 {DataType::Char, 1, 'b'},  {DataType::UChar, 1, 'B'}, {DataType::Bool, 1, '?'},
                                 {DataType::Long, 8, 'q'},  {DataType::ULong, 8, 'Q'}, {DataType::BFloat, 2, 'f'}};

/// Rounds floats to the nearest bfloat, ties to even; a NaN stays one.
std::string to_bfloats(const std::string& floats) {
  std::string bytes;
  for (std::size_t i = 0; i < floats.size(); i += sizeof(std::uint32_t)) {
    std::uint32_t bits = 0;
    std::memcpy(&bits, floats.data() + i, sizeof bits);
    const bool is_nan = (bits & 0x7fffffff) > 0x7f800000;
    const auto rounded =
        static_cast<std::uint16_t>(is_nan ? (bits >> 16 | 0x40) : (bits + 0x7fff + (bits >> 16 & 1)) >> 16);
    bytes.append(reinterpret_cast<const char*>(&rounded), sizeof rounded);
  }
  return bytes;
}

/// The bytes of one value of `type`. Throws ValidationError for a value that does not fit.
std::string to_bytes(nb::handle value, DataType type) {
  const auto code = static_cast<unsigned>(type);
  for (const ScalarKind& kind : kKinds) {
    const auto first = static_cast<unsigned>(kind.first);
    if (code < first || code >= first + 4) continue;
    const unsigned components = code - first + 1;
    const std::string format = "<" + std::to_string(components) + kind.format;
    if (components > 1 && !nb::isinstance<nb::iterable>(value))
      throw ValidationError("A function constant of data type " + std::to_string(code) + " has " +
                            std::to_string(components) + " components (" + nb::repr(value).c_str() + ").");
    nb::tuple values = components == 1 ? nb::make_tuple(value) : nb::tuple(nb::borrow(value));
    if (nb::len(values) != components)
      throw ValidationError("A function constant of data type " + std::to_string(code) + " has " +
                            std::to_string(components) + " components (" + std::to_string(nb::len(values)) + ").");
    try {
      nb::object packed = nb::module_::import_("struct").attr("pack")(format, *values);
      std::string bytes(PyBytes_AsString(packed.ptr()), static_cast<std::size_t>(PyBytes_Size(packed.ptr())));
      if (kind.first == DataType::BFloat) bytes = to_bfloats(bytes);
      bytes.resize(32);
      return bytes;
    } catch (nb::python_error& error) {
      throw ValidationError("The value of a function constant does not fit its data type (" + std::to_string(code) +
                            "): " + nb::str(error.value()).c_str() + ".");
    }
  }
  throw ValidationError("A function constant is a scalar or a vector, and this data type is neither (" +
                        std::to_string(code) + ").");
}

}  // namespace

void bind_function_constant_values(nb::module_& module) {
  nb::class_<FunctionConstantValues>(module, "FunctionConstantValues",
                                     "Values for the function constants of a function, by index or by name.")
      .def(nb::init<>())
      .def(
          "set_constant_value",
          [](FunctionConstantValues& self, nb::object value, DataType type,
             const std::variant<std::uint32_t, std::string>& index_or_name) {
            const std::string bytes = to_bytes(value, type);
            std::visit([&](const auto& key) { self.set_constant_value(bytes.data(), type, key); }, index_or_name);
          },
          "value"_a, "data_type"_a, "index_or_name"_a,
          "Sets one constant: a number, or a sequence of numbers for a vector type.\n\n"
          "Raises ValidationError for a value that does not fit the type.")
      .def(
          "set_constant_values",
          [](FunctionConstantValues& self, nb::sequence values, DataType type, Range range) {
            if (nb::len(values) != range.length)
              throw ValidationError("The range names " + std::to_string(range.length) + " constants (" +
                                    std::to_string(nb::len(values)) + " values).");
            auto index = static_cast<std::uint32_t>(range.location);
            for (nb::handle value : values) self.set_constant_value(to_bytes(value, type).data(), type, index++);
          },
          "values"_a, "data_type"_a, "range"_a,
          nb::sig("def set_constant_values(self, values: collections.abc.Sequence[typing.Any], data_type: DataType, "
                  "range: Range) -> None"),
          "Sets the constants of a range of indices.")
      .def("reset", &FunctionConstantValues::reset, "Forgets every value.");
}

}  // namespace pymetal::python
