// Metal's enumerations as enum.IntEnum, with the members of enums.h.
#include "bindings.h"

namespace pymetal::python {
namespace {

template <class T>
nb::enum_<T> make_enum(nb::module_& module, const char* name, const char* doc) {
  return nb::enum_<T>(module, name, nb::is_arithmetic(), doc);
}

}  // namespace

void bind_enums(nb::module_& module) {
#define PYMETAL_ENUM(TYPE, DOC) auto TYPE##_ = make_enum<TYPE>(module, #TYPE, DOC);
#define PYMETAL_MEMBER(TYPE, NAME, PYTHON_NAME) TYPE##_.value(PYTHON_NAME, TYPE::NAME);
#include "enum_members.def"
#undef PYMETAL_ENUM
#undef PYMETAL_MEMBER
}

}  // namespace pymetal::python
