// The exceptions, one to one, and the diagnostics of the compiler.
#include <exception>

#include "bindings.h"

namespace pymetal::python {
namespace {

/// The exception types live as long as the module.
struct ErrorTypes {
  nb::object metal;
  nb::object compile;
  nb::object pipeline;
  nb::object resource;
  nb::object validation;
  nb::object threading;
};

ErrorTypes& error_types() {
  static auto* types = new ErrorTypes;
  return *types;
}

nb::object make_type(nb::module_& module, const char* name, nb::handle base, const char* doc) {
  const std::string qualified = std::string("pymetal.") + name;
  nb::object type = nb::steal(PyErr_NewExceptionWithDoc(qualified.c_str(), doc, base.ptr(), nullptr));
  if (!type.is_valid()) throw nb::python_error();
  module.attr(name) = type;
  return type;
}

void raise_compile_error(const CompileError& error) {
  nb::object instance = error_types().compile(error.what());
  instance.attr("diagnostics") = nb::cast(error.diagnostics());
  PyErr_SetObject(error_types().compile.ptr(), instance.ptr());
}

void translate(const std::exception_ptr& pointer, void*) {
  try {
    std::rethrow_exception(pointer);
  } catch (const CompileError& error) {
    raise_compile_error(error);
  } catch (const PipelineError& error) {
    PyErr_SetString(error_types().pipeline.ptr(), error.what());
  } catch (const ResourceError& error) {
    PyErr_SetString(error_types().resource.ptr(), error.what());
  } catch (const ThreadingError& error) {
    PyErr_SetString(error_types().threading.ptr(), error.what());
  } catch (const ValidationError& error) {
    PyErr_SetString(error_types().validation.ptr(), error.what());
  } catch (const Error& error) {
    PyErr_SetString(error_types().metal.ptr(), error.what());
  }
}

}  // namespace

void bind_errors(nb::module_& module) {
  nb::class_<FixIt>(module, "FixIt", "A change of the source that would settle a message of the compiler.")
      .def_ro("line", &FixIt::line, "The line where it begins, from 1.")
      .def_ro("column", &FixIt::column, "The column where it begins, from 1.")
      .def_ro("end_line", &FixIt::end_line, "The line where it ends.")
      .def_ro("end_column", &FixIt::end_column, "The first column that stays. An insertion ends where it begins.")
      .def_ro("replacement", &FixIt::replacement, "The new text.")
      .def("__repr__", [](const FixIt& f) {
        return object_text("FixIt", "",
                           std::to_string(f.line) + ":" + std::to_string(f.column) + "-" + std::to_string(f.end_line) +
                               ":" + std::to_string(f.end_column) + ": '" + f.replacement + "'");
      });
  nb::class_<CompileDiagnostic>(module, "CompileDiagnostic", "One message of the compiler.")
      .def_prop_ro(
          "severity", [](const CompileDiagnostic& d) { return to_string(d.severity); }, "'error', 'warning' or 'note'.")
      .def_ro("file", &CompileDiagnostic::file, "The name of the source file.")
      .def_ro("line", &CompileDiagnostic::line, "The line, from 1; 0 where the message has no place.")
      .def_ro("column", &CompileDiagnostic::column, "The column, from 1; 0 where the message has no place.")
      .def_ro("message", &CompileDiagnostic::message, "The text, in MSL's words.")
      .def_ro("source_line", &CompileDiagnostic::source_line, "The line of the source.")
      .def_ro("notes", &CompileDiagnostic::notes, "Messages that explain this one.")
      .def_ro("fix_its", &CompileDiagnostic::fix_its,
              "Changes of the source, all of which together settle this message.")
      .def("__str__", [](const CompileDiagnostic& d) { return to_string(d); })
      .def("__repr__", [](const CompileDiagnostic& d) {
        return object_text("CompileDiagnostic", "",
                           d.file + ":" + std::to_string(d.line) + ": " + to_string(d.severity) + ": " + d.message);
      });

  ErrorTypes& types = error_types();
  types.metal = make_type(module, "MetalError", PyExc_Exception, "Base of every exception of PyMetal.");
  types.compile = make_type(module, "CompileError", types.metal,
                            "MSL source does not compile. `diagnostics` lists what the compiler found.");
  types.pipeline = make_type(module, "PipelineError", types.metal, "A pipeline state cannot be made.");
  types.resource = make_type(module, "ResourceError", types.metal, "A resource cannot be made or found.");
  types.validation = make_type(module, "ValidationError", types.metal, "A call breaks a rule of the API.");
  types.threading = make_type(module, "ThreadingError", types.validation, "A call breaks a threading rule of the API.");
  types.compile.attr("diagnostics") = nb::tuple();
  nb::register_exception_translator(translate);
}

}  // namespace pymetal::python
