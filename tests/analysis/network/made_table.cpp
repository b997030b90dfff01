#include "tests/analysis/network/made_table.h"

#include <string>

#include "analysis/network/description_file.h"
#include "kernels/error.h"

namespace ergon {
namespace {

const ModelForm* form_named(std::string_view name) {
  for (const ModelForm* form : model_form::all()) {
    if (form->name == name) return form;
  }
  ERGON_ASSERT(false);
  return nullptr;
}

Law made_law(std::string_view form, const MadeLaw& law, double scale) {
  Law made{.form = form_named(form)};
  const double values[] = {law.launch_j, law.joules_per_flop, law.joules_per_byte};
  for (std::size_t t = 0; t < made.form->terms.size(); ++t) {
    const Term& term = made.form->terms[t];
    made.coefficients.push_back({.terms = {std::string(term.name)},
                                 .carrier = std::string(term.name),
                                 .unit = std::string(term.unit),
                                 .value = scale * values[t] / term.scale});
  }
  made.conformal.radius = law.radius;
  if (law.radius != law.radius) made.conformal.reason = "n too small: 4 shapes";
  return made;
}

}  // namespace

EnergyTable::Row made_row(std::string_view primitive, const MadeLaw& law, std::string_view kernel) {
  constexpr double kAll = 1e18;
  const Primitive& of = *primitive::named(primitive);
  EnergyTable::Row row{.key = {.device = "Made CPU",
                               .boundary = "package",
                               .kernel = std::string(primitive) + "/" + std::string(kernel),
                               .fill = "uniform"},
                       .energy = made_law("affine", law, 1),
                       .time = made_law("time_linear", law, 0.01),
                       .hull = {.flops = {0, kAll}, .bytes = {0, kAll}, .intensity = {0, kAll}}};
  for (const std::string_view axis : of.axes) {
    row.hull.axes.push_back({.name = std::string(axis), .range = {1, 1e9}});
  }
  for (const Option& option : of.options) {
    row.hull.options.push_back(
        {.name = std::string(option.name), .values = {option.values.begin(), option.values.end()}});
  }
  return row;
}

EnergyTable made_table(const std::vector<std::string_view>& primitives, const MadeLaw& law) {
  EnergyTable table;
  for (const std::string_view primitive : primitives)
    table.rows.push_back(made_row(primitive, law));
  return table;
}

EnergyTable bert_table(const MadeLaw& law) {
  return made_table({"gemm", "batched_gemm", "attention", "softmax", "scale_mask", "layernorm",
                     "gelu", "embedding", "residual_add", "split_heads", "merge_heads", "tanh"},
                    law);
}

NetworkDescription network_named(std::string_view name) {
  return read_description(std::string(ERGON_SOURCE_DIR) + "/configs/networks/" + std::string(name) +
                          ".yaml");
}

}  // namespace ergon
