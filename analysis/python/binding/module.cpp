#include "analysis/python/binding/module.h"

#include <exception>

#include "kernels/error.h"

namespace ergon::python {
namespace {

// The evaluator's errors are those of the package.
void translate(std::exception_ptr thrown) {
  try {
    if (thrown) std::rethrow_exception(thrown);
  } catch (const Error& error) {
    const pybind11::object type = pybind11::module_::import("ergon.error").attr("Error");
    PyErr_SetString(type.ptr(), error.what());
  }
}

}  // namespace
}  // namespace ergon::python

PYBIND11_MODULE(_evaluator, module) {
  pybind11::register_local_exception_translator(ergon::python::translate);
  ergon::python::bind_table(module);
  ergon::python::bind_network(module);
}
