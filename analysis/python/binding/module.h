#pragma once

#include <pybind11/pybind11.h>

// The extension ergon._evaluator: the evaluator of tables as analysis/ has it, with arguments and
// results that suit Python. What users see is the package around it (src/ergon).
namespace ergon::python {

void bind_table(pybind11::module_& module);
void bind_network(pybind11::module_& module);

}  // namespace ergon::python
