#include <fcntl.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstring>
#include <fstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "analysis/table_file.h"
#include "analysis/transposed.h"
#include "kernels/error.h"

namespace ergon {

namespace {

using Json = nlohmann::json;  // objects are std::map: keys come sorted

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

// A square or oblong matrix as an array of rows; null where it is empty.
Json matrix(const std::vector<double>& values, std::size_t columns) {
  if (values.empty()) return nullptr;
  Json rows = Json::array();
  for (std::size_t begin = 0; begin < values.size(); begin += columns) {
    Json row = Json::array();
    for (std::size_t i = begin; i < begin + columns; ++i) row.push_back(values[i]);
    rows.push_back(std::move(row));
  }
  return rows;
}

Json to_json(const Coefficient& coefficient) {
  return {
      {"at_bound", coefficient.at_bound}, {"carrier", coefficient.carrier},
      {"high", number(coefficient.high)}, {"interval_reason", coefficient.interval_reason},
      {"low", number(coefficient.low)},   {"note", coefficient.note},
      {"shared", coefficient.shared},     {"standard_error", number(coefficient.standard_error)},
      {"terms", coefficient.terms},       {"unit", coefficient.unit},
      {"value", coefficient.value}};
}

Json to_json(const Candidate& candidate) {
  return {{"chosen", candidate.chosen},
          {"coefficients", candidate.coefficients},
          {"corrected", candidate.corrected},
          {"error_larger", number(candidate.error_larger)},
          {"error_mean", number(candidate.error_mean)},
          {"error_median", number(candidate.error_median)},
          {"error_p95", number(candidate.error_p95)},
          {"form", candidate.form},
          {"reason", candidate.reason},
          {"standard_error", number(candidate.standard_error)},
          {"standard_error_larger", number(candidate.standard_error_larger)},
          {"version", candidate.version}};
}

Json to_json(const Correction& correction) {
  if (correction.empty()) return nullptr;
  return {{"bound", correction.bound},
          {"centres", matrix(transposed(correction.centres, correction.weights.size()),
                             static_cast<std::size_t>(correction.axes))},
          {"kind", "bumps"},
          {"length_octaves", correction.length},
          {"weights", correction.weights}};
}

Json to_json(const Machine& machine) {
  return {{"cache_bytes", machine.cache_bytes}, {"lanes", machine.lanes}};
}

Json to_json(const Law& law) {
  Json coefficients = Json::array(), candidates = Json::array();
  for (const Coefficient& coefficient : law.coefficients) {
    coefficients.push_back(to_json(coefficient));
  }
  for (const Candidate& candidate : law.candidates) candidates.push_back(to_json(candidate));
  return {{"candidates", candidates},
          {"coefficients", coefficients},
          {"condition_number", law.condition_number},
          {"condition_number_unmerged", law.condition_number_unmerged},
          {"conformal",
           {{"coverage", number(law.conformal.coverage)},
            {"level", law.conformal.level},
            {"radius", number(law.conformal.radius)},
            {"radius_extrapolated", number(law.conformal.radius_extrapolated)},
            {"reason", law.conformal.reason},
            {"shapes", law.conformal.shapes}}},
          {"correction", to_json(law.correction)},
          {"covariance", matrix(law.covariance, law.coefficients.size())},
          {"covariance_reason", law.covariance_reason},
          {"error_fit", number(law.error_fit)},
          {"form", {{"name", law.form->name}, {"version", law.form->version}}},
          {"records", law.records},
          {"shapes", law.shapes}};
}

Json to_json(const Range& range) { return Json::array({range.low, range.high}); }

Json to_json(const Hull& hull) {
  Json axes = Json::object(), options = Json::object();
  for (const Hull::Axis& axis : hull.axes) axes[axis.name] = to_json(axis.range);
  for (const Hull::Option& option : hull.options) options[option.name] = option.values;
  return {{"axes", axes},
          {"bytes", to_json(hull.bytes)},
          {"flops", to_json(hull.flops)},
          {"flops_per_byte", to_json(hull.intensity)},
          {"kind", "box"},
          {"options", options}};
}

Json to_json(const DeviceBlock& block) {
  Json entries = Json::array();
  for (const DeviceBlock::Entry& entry : block.entries) {
    entries.push_back({{"coefficient", to_json(entry.coefficient)},
                       {"dtypes", entry.dtypes},
                       {"fill", entry.fill},
                       {"kernel", entry.kernel},
                       {"level", entry.level}});
  }
  return {{"boundary", block.boundary},
          {"condition_number", block.condition_number},
          {"covariance", matrix(block.covariance, block.entries.size())},
          {"covariance_reason", block.covariance_reason},
          {"device", block.device},
          {"entries", entries},
          {"error_fit", number(block.error_fit)},
          {"left_out", block.left_out},
          {"records", block.records},
          {"source", source_name(block.source)},
          {"static_entry", block.static_entry < 0 ? Json(nullptr) : Json(block.static_entry)},
          {"threads", block.threads}};
}

Json to_json(const TableKey& key) {
  return {{"boundary", key.boundary},
          {"cold", key.cold},
          {"device", key.device},
          {"dtypes",
           {{"a", dtype_name(key.dtypes.a)},
            {"accumulate", dtype_name(key.dtypes.accumulate)},
            {"b", dtype_name(key.dtypes.b)},
            {"out", dtype_name(key.dtypes.out)}}},
          {"fill", key.fill},
          {"kernel", key.kernel},
          {"source", source_name(key.source)},
          {"threads", key.threads},
          {"weights", key.weights_packed ? "packed" : "plain"}};
}

Json to_json(const EnergyTable& table, const EnergyTable::Row& row) {
  const std::size_t entries =
      row.device < 0 ? 1 : table.devices[static_cast<std::size_t>(row.device)].entries.size();
  Json json = {{"cross_covariance", matrix(row.cross_covariance, entries)},
               {"device", row.device < 0 ? Json(nullptr) : Json(row.device)},
               {"energy", to_json(row.energy)},
               {"hull", to_json(row.hull)},
               {"key", to_json(row.key)},
               {"machine", to_json(row.machine)},
               {"time", to_json(row.time)}};
  if (row.regimes.empty()) return json;
  json["regimes"] = Json::array();
  for (const Regime& regime : row.regimes) {
    json["regimes"].push_back(
        {{"name", regime.name},
         {"reason", regime.reason},
         {"records", regime.records < 0 ? Json(nullptr) : Json(regime.records)},
         {"where", regime.where}});
  }
  return json;
}

Json to_json(const Shift& shift) {
  return {{"applied", shift.applied},
          {"high", number(shift.high)},
          {"low", number(shift.low)},
          {"reason", shift.reason},
          {"value", number(shift.value)}};
}

Json to_json(const CampaignRun::Quantity& quantity) {
  return {{"drift", to_json(quantity.drift)}, {"scale", to_json(quantity.scale)}};
}

Json to_json(const CampaignRun& run) {
  return {{"boundary", run.boundary},
          {"device", run.device},
          {"energy", to_json(run.energy)},
          {"run", run.run},
          {"runs", run.runs},
          {"sentinels", run.sentinels},
          {"time", to_json(run.time)},
          {"visits", run.visits}};
}

Json to_json(const TableRun& run) {
  Json json = {{"build_hash", run.build_hash},
               {"device", run.device},
               {"id", run.id},
               {"kernels_hash", run.kernels_hash},
               {"protocol", run.protocol},
               {"started_utc", run.started_utc},
               {"sweep", run.sweep}};
  if (!run.versions.empty()) json["versions"] = run.versions;
  return json;
}

// nlohmann's own text is not always the shortest that reads back the same.
void write_number(double value, std::string& out) {
  char text[32];
  // "-0" would come back as an integer without its sign.
  const auto end = std::to_chars(text, text + sizeof text, value == 0 ? 0 : value).ptr;
  out.append(text, end);
}

bool one_line(const Json& value) {
  return std::ranges::none_of(value, [](const Json& item) { return item.is_structured(); });
}

void write_value(const Json& value, int depth, std::string& out) {
  if (value.is_number_float()) return write_number(value.get<double>(), out);
  if (!value.is_structured() || value.empty()) {
    out += value.dump(-1, ' ', false, Json::error_handler_t::replace);
    return;
  }
  const bool flat = value.is_array() && one_line(value);
  const std::string gap =
      flat ? " " : "\n" + std::string(2 * static_cast<std::size_t>(depth) + 2, ' ');
  out += value.is_array() ? "[" : "{";
  for (auto item = value.begin(); item != value.end(); ++item) {
    if (item != value.begin()) out += ",";
    if (item != value.begin() || !flat) out += gap;
    if (value.is_object()) out += Json(item.key()).dump() + ": ";
    write_value(*item, depth + 1, out);
  }
  if (!flat) out += "\n" + std::string(2 * static_cast<std::size_t>(depth), ' ');
  out += value.is_array() ? "]" : "}";
}

// Whether the file may be replaced: an energy table of any version.
bool is_table(const std::filesystem::path& file) {
  std::ifstream opened(file, std::ios::binary);
  const Json json = Json::parse(opened, nullptr, false);
  return json.is_object() && json.contains("schema") && json["schema"].is_object() &&
         json["schema"].value("id", "") == kTableSchema;
}

void write_all(const std::filesystem::path& file, std::string_view text) {
  const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  int error = descriptor < 0 ? errno : 0;
  while (error == 0 && !text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno != EINTR) error = errno;
    if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
  }
  if (error == 0 && ::fsync(descriptor) != 0) error = errno;
  if (descriptor >= 0) ::close(descriptor);
  if (error != 0) {
    std::error_code ignored;
    std::filesystem::remove(file, ignored);
    throw Error(fmt::format("{}: cannot write the table: {}; nothing was changed", file.string(),
                            std::strerror(error)));
  }
}

}  // namespace

std::string table_text(const EnergyTable& table) {
  Json devices = Json::array(), rows = Json::array(), runs = Json::array();
  for (const DeviceBlock& block : table.devices) devices.push_back(to_json(block));
  for (const EnergyTable::Row& row : table.rows) rows.push_back(to_json(table, row));
  for (const TableRun& run : table.runs) runs.push_back(to_json(run));
  Json json = {{"devices", devices},
               {"energy", energy_kind_name(table.energy)},
               {"notes", table.notes},
               {"records", {{"count", table.records}, {"sha256", table.records_hash}}},
               {"rows", rows},
               {"runs", runs},
               {"schema", {{"id", kTableSchema}, {"version", kTableVersion}}},
               {"source", source_name(table.source)}};
  if (!table.campaigns.empty()) json["campaigns"] = Json::array();
  for (const CampaignRun& run : table.campaigns) json["campaigns"].push_back(to_json(run));
  std::string text;
  write_value(json, 0, text);
  return text + "\n";
}

void write_table(const std::filesystem::path& json, const EnergyTable& table) {
  std::error_code ignored;
  if (std::filesystem::exists(json, ignored) && !is_table(json)) {
    throw Error(
        fmt::format("{}: exists and is no energy table; it was not overwritten: name "
                    "another file",
                    json.string()));
  }
  std::filesystem::path beside = json;
  beside += fmt::format(".tmp{}", ::getpid());
  write_all(beside, table_text(table));
  std::error_code error;
  std::filesystem::rename(beside, json, error);
  if (error) {
    std::filesystem::remove(beside, ignored);
    throw Error(
        fmt::format("{}: cannot put the table in place: {}", json.string(), error.message()));
  }
}

}  // namespace ergon
