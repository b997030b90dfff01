#include "analysis/compare/table_side.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include <fmt/format.h>

#include "analysis/compare/facts.h"
#include "analysis/predict.h"
#include "analysis/statistics.h"
#include "kernels/error.h"

namespace ergon {
namespace {

constexpr int kProblemsMost = 24, kAttempts = 20'000;
constexpr double kNormal90 = 1.645;  // half of a normal's 90 % interval, in standard deviations

// A row, and the table that it is of.
struct TableRowRef {
  const EnergyTable::Row* row = nullptr;
  std::size_t table = 0;
};
using RowGroups = std::map<std::string, std::vector<TableRowRef>>;

std::string primitive_name(const TableKey& key) {
  return key.kernel.substr(0, key.kernel.find('/'));
}

// Rows whose predictions can be held against each other; kernel and threads may differ.
RowGroups group_rows(const std::vector<EnergyTable>& tables) {
  RowGroups groups;
  for (std::size_t t = 0; t < tables.size(); ++t) {
    for (const EnergyTable::Row& row : tables[t].rows) {
      const TableKey& key = row.key;
      groups[fmt::format("{} {} {} {} {}", primitive_name(key), table_key_field(key, "dtypes"),
                         key.fill, key.cold, key.weights_packed)]
          .push_back({&row, t});
    }
  }
  return groups;
}

int shapes_fewest(const std::vector<TableRowRef>& rows) {
  int fewest = kProblemsMost;
  for (const TableRowRef& ref : rows) fewest = std::min(fewest, ref.row->energy.shapes);
  return fewest;
}

// One draw within the box that all rows have in common; none where they have none.
bool draw(Problem& problem, const std::vector<TableRowRef>& rows, SplitMix& random) {
  const Primitive& primitive = *problem.primitive;
  for (std::size_t a = 0; a < primitive.axes.size(); ++a) {
    double low = 1, high = 1e18;
    for (const TableRowRef& ref : rows) {
      for (const Hull::Axis& axis : ref.row->hull.axes) {
        if (axis.name != primitive.axes[a]) continue;
        low = std::max(low, axis.range.low);
        high = std::min(high, axis.range.high);
      }
    }
    if (low > high) return false;
    const double log = std::log(low) + random.uniform() * (std::log(high) - std::log(low));
    problem.extents[a] = std::llround(std::exp(log));
  }
  for (std::size_t o = 0; o < primitive.options.size(); ++o) {
    problem.choices[o] =
        static_cast<std::uint8_t>(random.below(primitive.options[o].values.size()));
  }
  return true;
}

std::vector<Problem> draw_problems(const std::vector<TableRowRef>& rows) {
  const Primitive* const primitive = primitive::named(primitive_name(rows.front().row->key));
  std::vector<Problem> problems;
  if (primitive == nullptr) return problems;
  std::vector<Predictor> predictors;
  for (const TableRowRef& ref : rows) predictors.emplace_back(*ref.row);
  const auto wanted = static_cast<std::size_t>(shapes_fewest(rows));
  SplitMix random(1);
  std::set<std::string> known;
  for (int i = 0; i < kAttempts && problems.size() < wanted; ++i) {
    Problem problem =
        make_problem(*primitive, std::vector<std::int64_t>(primitive->axes.size(), 1));
    problem.dtypes = rows.front().row->key.dtypes;
    if (!draw(problem, rows, random)) break;
    if (!primitive->invalid(problem).empty()) continue;
    const bool outside = std::ranges::any_of(
        predictors, [&](const Predictor& ask) { return ask(problem).extrapolated; });
    if (!outside && known.insert(shape_text(problem)).second)
      problems.push_back(std::move(problem));
  }
  return problems;
}

LogValue log_value(double value, double variance, double freedom) {
  if (!std::isfinite(variance)) return {.value = std::log(value)};
  return {.value = std::log(value), .variance = variance, .freedom = freedom};
}

PointValue point_of(const EnergyTable& table, const EnergyTable::Row& row, const Problem& problem) {
  const TableKey& key = row.key;
  PointValue point{.problem = problem, .kernel = key.kernel, .shape = shape_text(problem)};
  for (const char* field : {"kernel", "dtypes", "threads", "fill", "cold", "weights"}) {
    point.conditions[field] = table_key_field(key, field);
  }
  point.of_energy = {{"boundary", key.boundary},
                     {"source", std::string(source_name(key.source))},
                     {"energy", std::string(energy_kind_name(table.energy))}};
  const bool here = key.source == Source::measured || key.source == Source::estimated;
  point.timed = here ? "here" : std::string(source_name(key.source));
  const Prediction prediction = Predictor(row)(problem);
  if (!(prediction.energy.value > 0)) point.energy_reason = "predicted as no joules";
  if (std::isnan(row.energy.conformal.radius)) {
    point.energy_reason = "no interval: " + row.energy.conformal.reason;
  }
  const double u_energy = row.energy.conformal.radius / kNormal90;
  const double u_time = row.time.conformal.radius / kNormal90;
  const double freedom = std::max(1, row.energy.conformal.shapes - 1);
  const double energy = prediction.energy.value, time = prediction.time.value;
  const double both = u_energy * u_energy + u_time * u_time;
  point.values = {log_value(energy, u_energy * u_energy, freedom),
                  log_value(time, u_time * u_time, freedom),
                  log_value(energy / time, both, freedom), log_value(energy * time, both, freedom)};
  point.visits = 1;
  return point;
}

SideData side_of(const EnergyTable& table, const std::string& name) {
  SideData side{.name = name,
                .is_table = true,
                .source = std::string(source_name(table.source)),
                .energy = table.energy};
  std::set<std::string> devices;
  for (const EnergyTable::Row& row : table.rows) devices.insert(row.key.device);
  side.devices.assign(devices.begin(), devices.end());
  side.notes = table.notes;
  for (const TableRun& run : table.runs) {
    add_facts(side.facts, run);
    if (run.started_utc.empty()) continue;
    if (side.first_utc.empty() || run.started_utc < side.first_utc)
      side.first_utc = run.started_utc;
    side.last_utc = std::max(side.last_utc, run.started_utc);
  }
  return side;
}

}  // namespace

std::vector<SideData> sides_of_tables(const std::vector<EnergyTable>& tables,
                                      const std::vector<std::string>& names, double gain_default) {
  ERGON_ASSERT(tables.size() == names.size());
  std::vector<SideData> sides;
  for (std::size_t t = 0; t < tables.size(); ++t) sides.push_back(side_of(tables[t], names[t]));
  for (const auto& [key, rows] : group_rows(tables)) {
    const std::vector<Problem> problems = draw_problems(rows);
    if (problems.empty()) {
      for (const TableRowRef& ref : rows) {
        ++sides[ref.table].left_out[fmt::format(
            "row of {}: its data overlaps with that of no other", ref.row->key.kernel)];
      }
    }
    for (const TableRowRef& ref : rows) {
      SideData& side = sides[ref.table];
      for (const Problem& problem : problems) {
        PointValue point = point_of(tables[ref.table], *ref.row, problem);
        const std::string records = tables[ref.table].records_hash;
        const std::string sensor = fmt::format("{}, {}, records {}", ref.row->key.device,
                                               ref.row->key.boundary, records.substr(0, 12));
        point.runs["records " + records] = 1;
        point.gains[sensor] = 1;
        side.gains[sensor] = gain_default;
        if (std::ranges::find(side.gains_assumed, sensor) == side.gains_assumed.end()) {
          side.gains_assumed.push_back(sensor);
        }
        side.points.push_back(std::move(point));
      }
    }
  }
  return sides;
}

}  // namespace ergon
