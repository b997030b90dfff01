#include <pybind11/stl.h>

#include <memory>

#include "analysis/network/report.h"
#include "analysis/python/binding/module.h"
#include "kernels/error.h"

namespace ergon::python {
namespace {

namespace py = pybind11;

// A description under a workload, and its tree.
struct BoundNetwork {
  NetworkDescription description;
  Workload workload;
  Network network;
};

template <class Enum>
Enum named(const std::string& word, const std::map<std::string, Enum>& names,
           const std::string& what) {
  const auto found = names.find(word);
  if (found != names.end()) return found->second;
  std::string known;
  for (const auto& [name, value] : names) known += (known.empty() ? "" : ", ") + name;
  throw Error("network: " + what + " '" + word + "': expected one of " + known);
}

Workload workload_of(const py::dict& asked) {
  const std::string dtypes = asked["dtypes"].cast<std::string>();
  const std::optional<Dtypes> parsed = dtypes_named(dtypes);
  if (!parsed) {
    throw Error("network: dtypes '" + dtypes + "': expected f32, or a,b,accumulate,out");
  }
  Workload workload{
      .batch = asked["batch"].cast<std::int64_t>(),
      .sequence = asked["sequence"].cast<std::int64_t>(),
      .past = asked["past"].cast<std::int64_t>(),
      .steps = asked["steps"].cast<std::int64_t>(),
      .dtypes = *parsed,
      .attention = named<AttentionForm>(
          asked["attention"].cast<std::string>(),
          {{"composed", AttentionForm::composed}, {"fused", AttentionForm::fused}}, "attention"),
      .elementwise = named<Elementwise>(
          asked["elementwise"].cast<std::string>(),
          {{"eager", Elementwise::eager}, {"fused", Elementwise::fused}}, "elementwise")};
  for (const auto& phase : asked["phases"].cast<std::vector<std::string>>()) {
    workload.phases.push_back(named<Phase>(
        phase, {{"encode", Phase::encode}, {"prefill", Phase::prefill}, {"decode", Phase::decode}},
        "phase"));
  }
  for (const std::int64_t count : {workload.batch, workload.sequence, workload.steps}) {
    if (count < 1) throw Error("network: batch, sequence and steps are 1 or more");
  }
  return workload;
}

BoundNetwork network_of(const std::string& json, const std::string& file,
                        const std::vector<std::string>& settings, const py::dict& asked) {
  NetworkDescription description = parse_json_description(json, file);
  if (!settings.empty()) override_fields(description, settings);
  const Workload workload = workload_of(asked);
  return {description, workload, build_network(description, workload)};
}

struct Question {
  const EnergyTable& table;
  std::map<std::string, std::string> fields;
  std::vector<std::string> kernels;
  std::string proxy, table_name;
};

// What `ergon predict --network` prints for people, and as JSON.
std::pair<std::string, std::string> reports_of(const BoundNetwork& bound, Question question) {
  const PriceList prices(question.table, primitives_of(bound.network),
                         {.fields = std::move(question.fields),
                          .kernels = std::move(question.kernels),
                          .dtypes = bound.workload.dtypes,
                          .proxy = question.proxy});
  const NetworkEstimate estimated = estimate(bound.network, prices);
  const NetworkReport report{.description = bound.description,
                             .workload = bound.workload,
                             .network = bound.network,
                             .estimate = estimated,
                             .table = question.table,
                             .prices = prices,
                             .table_name = question.table_name};
  return {report_text(report, {}), report_json(report, {})};
}

}  // namespace

void bind_network(py::module_& module) {
  py::class_<BoundNetwork>(module, "Network")
      .def(py::init(&network_of))
      .def_property_readonly("name", [](const BoundNetwork& n) { return n.network.name; })
      .def("fields",
           [](const BoundNetwork& n) {
             std::map<std::string, std::string> fields;
             for (const DescriptionField& field : description_fields()) {
               fields[std::string(field.name)] = field.text(completed(n.description));
             }
             return fields;
           })
      .def("counts",
           [](const BoundNetwork& n) {
             const NetworkCounts counts = counts_of(n.network);
             return std::map<std::string, std::int64_t>{{"operations", counts.operations},
                                                        {"parameters", counts.parameters},
                                                        {"flops", counts.flops},
                                                        {"specials", counts.specials},
                                                        {"bytes", counts.bytes}};
           })
      .def("estimate", [](const BoundNetwork& n, const EnergyTable& table,
                          const std::map<std::string, std::string>& fields,
                          const std::vector<std::string>& kernels, const std::string& proxy,
                          const std::string& table_name) {
        return reports_of(n, {table, fields, kernels, proxy, table_name});
      });
}

}  // namespace ergon::python
