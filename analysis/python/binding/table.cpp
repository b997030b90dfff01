#include <pybind11/numpy.h>
#include <pybind11/stl.h>
#include <pybind11/stl/filesystem.h>

#include <memory>
#include <optional>

#include "analysis/hull.h"
#include "analysis/predict_columns.h"
#include "analysis/python/binding/module.h"
#include "analysis/regime.h"
#include "analysis/row_problem.h"
#include "analysis/table_file.h"
#include "analysis/table_summary.h"

namespace ergon::python {
namespace {

namespace py = pybind11;

using Table = std::shared_ptr<const EnergyTable>;
using Column = py::array_t<std::int64_t, py::array::c_style>;

// A row of a table that it keeps alive.
class BoundRow {
 public:
  BoundRow(Table table, const EnergyTable::Row& row) : table_(std::move(table)), row_(&row) {}

  [[nodiscard]] const EnergyTable::Row& row() const { return *row_; }
  // Made when it is first asked for: a table may be read that has a primitive of another build.
  [[nodiscard]] const Predictor& predictor() {
    if (!predictor_) predictor_.emplace(*row_);
    return *predictor_;
  }

 private:
  Table table_;
  const EnergyTable::Row* row_;
  std::optional<Predictor> predictor_{};
};

std::vector<BoundRow> rows_of(const Table& table) {
  std::vector<BoundRow> rows;
  for (const EnergyTable::Row& row : table->rows) rows.emplace_back(table, row);
  return rows;
}

std::map<std::string, std::string> fields_of(const BoundRow& bound) {
  std::map<std::string, std::string> fields;
  for (const std::string_view field : table_key_fields()) {
    fields[std::string(field)] = table_key_field(bound.row().key, field);
  }
  return fields;
}

std::vector<std::string> axes_of(const BoundRow& bound) {
  const Primitive& primitive = row_primitive(bound.row().key);
  return {primitive.axes.begin(), primitive.axes.end()};
}

std::map<std::string, std::vector<std::string>> options_of(const BoundRow& bound) {
  std::map<std::string, std::vector<std::string>> options;
  for (const Option& option : row_primitive(bound.row().key).options) {
    options[std::string(option.name)] = {option.values.begin(), option.values.end()};
  }
  return options;
}

std::map<std::string, std::pair<double, double>> hull_of(const BoundRow& bound) {
  std::map<std::string, std::pair<double, double>> hull;
  for (const Hull::Axis& axis : bound.row().hull.axes) {
    hull[axis.name] = {axis.range.low, axis.range.high};
  }
  return hull;
}

// (energy_j, low_j, high_j, time_s, extrapolated, what lies outside)
py::tuple predict_one(BoundRow& bound, const NamedExtents& extents, const NamedChoices& choices) {
  const Problem problem = row_problem(bound.row().key, extents, choices);
  const Prediction prediction = bound.predictor()(problem);
  std::vector<std::string> outside = beyond(bound.row().hull, problem);
  for (const std::string& regime : regimes_without_record(bound.row(), problem)) {
    outside.push_back(regime);
  }
  return py::make_tuple(prediction.energy.value, prediction.low.value, prediction.high.value,
                        prediction.time.value, prediction.extrapolated || !outside.empty(),
                        outside);
}

template <class Number>
std::span<Number> span_of(py::array_t<Number>& array) {
  return {array.mutable_data(), static_cast<std::size_t>(array.size())};
}

// One array per answer, as long as `count`; columns in the order of the axes.
py::tuple predict_many(BoundRow& bound, const std::vector<Column>& columns, py::ssize_t count,
                       const NamedChoices& choices) {
  const Problem pattern = row_pattern(bound.row().key, choices);
  const Predictor& predictor = bound.predictor();
  std::vector<std::span<const std::int64_t>> shapes;
  for (const Column& column : columns) {
    shapes.emplace_back(column.data(), static_cast<std::size_t>(column.size()));
  }
  py::array_t<double> energy(count), low(count), high(count), time(count);
  py::array_t<bool> extrapolated(count);
  const PredictionColumns out{span_of(energy), span_of(low), span_of(high), span_of(time),
                              span_of(extrapolated)};
  {
    const py::gil_scoped_release others_may_run;
    predict_columns(predictor, pattern, shapes, out);
  }
  return py::make_tuple(energy, low, high, time, extrapolated);
}

BoundRow row_of(const Table& table, std::map<std::string, std::string> fields) {
  if (const auto dtypes = fields.find("dtypes"); dtypes != fields.end()) {
    const std::optional<Dtypes> parsed = dtypes_named(dtypes->second);
    if (parsed) dtypes->second = table_key_field(TableKey{.dtypes = *parsed}, "dtypes");
  }
  return {table, find_row(*table, fields)};
}

}  // namespace

void bind_table(py::module_& module) {
  py::class_<EnergyTable, std::shared_ptr<EnergyTable>>(module, "Table")
      .def_static("load",
                  [](const std::filesystem::path& json) {
                    return std::make_shared<EnergyTable>(read_table(json));
                  })
      .def_property_readonly("source", [](const EnergyTable& t) { return source_name(t.source); })
      .def_property_readonly("energy",
                             [](const EnergyTable& t) { return energy_kind_name(t.energy); })
      .def_readonly("notes", &EnergyTable::notes)
      .def("warning", &source_warning)
      .def("summary", &table_summary)
      .def("text", &table_text)
      .def("rows", [](const std::shared_ptr<EnergyTable>& t) { return rows_of(t); })
      .def("row",
           [](const std::shared_ptr<EnergyTable>& t,
              const std::map<std::string, std::string>& fields) { return row_of(t, fields); });
  py::class_<BoundRow>(module, "Row")
      .def("fields", &fields_of)
      .def("axes", &axes_of)
      .def("options", &options_of)
      .def("hull", &hull_of)
      .def_property_readonly("no_interval",
                             [](const BoundRow& r) { return r.row().energy.conformal.reason; })
      .def("predict_one", &predict_one)
      .def("predict_many", &predict_many);
}

}  // namespace ergon::python
