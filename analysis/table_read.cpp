#include <algorithm>
#include <fstream>
#include <iterator>
#include <limits>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "analysis/table_file.h"
#include "analysis/transposed.h"
#include "kernels/error.h"

namespace ergon {

namespace {

using Json = nlohmann::json;

// A value and where it stands ("table.json: rows[3].energy.form"), so that every complaint names
// its place.
class Node {
 public:
  Node(const Json& json, std::string path) : json_(json), path_(std::move(path)) {}

  [[noreturn]] void refuse(std::string_view problem) const {
    throw Error(fmt::format("{}: {}; fit the table again, or mend it by {}", path_, problem,
                            "analysis/energy_table.schema.json"));
  }

  [[nodiscard]] Node at(const std::string& key) const {
    if (!json_.is_object()) refuse("is not an object");
    const auto found = json_.find(key);
    if (found == json_.end()) refuse(fmt::format("lacks '{}'", key));
    return {*found, path_ + (path_.back() == ' ' ? "" : ".") + key};
  }

  // What a table of an older build has not.
  [[nodiscard]] std::optional<Node> optional(const std::string& key) const {
    return json_.contains(key) ? std::optional(at(key)) : std::nullopt;
  }

  // Unknown fields would be lost on writing: they are an error.
  void expect_keys(std::initializer_list<std::string_view> known) const {
    if (!json_.is_object()) refuse("is not an object");
    for (const auto& item : json_.items()) {
      if (std::ranges::find(known, item.key()) == known.end()) {
        refuse(fmt::format("has an unknown field '{}'", item.key()));
      }
    }
  }

  [[nodiscard]] std::vector<Node> items() const {
    if (!json_.is_array()) refuse("is not an array");
    std::vector<Node> nodes;
    for (std::size_t i = 0; i < json_.size(); ++i) {
      nodes.emplace_back(json_[i], fmt::format("{}[{}]", path_, i));
    }
    return nodes;
  }

  [[nodiscard]] std::vector<std::pair<std::string, Node>> fields() const {
    if (!json_.is_object()) refuse("is not an object");
    std::vector<std::pair<std::string, Node>> nodes;
    for (const auto& item : json_.items()) {
      nodes.emplace_back(item.key(), Node(item.value(), path_ + "." + item.key()));
    }
    return nodes;
  }

  [[nodiscard]] bool null() const { return json_.is_null(); }

  [[nodiscard]] double number() const {
    if (!json_.is_number()) refuse("is not a number");
    return json_.get<double>();
  }
  [[nodiscard]] double number_or_null() const { return null() ? kAbsent : number(); }

  [[nodiscard]] int integer() const {
    if (!json_.is_number_integer()) refuse("is not an integer");
    const auto value = json_.get<std::int64_t>();
    if (value < 0 || value > std::numeric_limits<int>::max()) refuse("is out of range");
    return static_cast<int>(value);
  }

  [[nodiscard]] bool boolean() const {
    if (!json_.is_boolean()) refuse("is neither true nor false");
    return json_.get<bool>();
  }

  [[nodiscard]] std::string text() const {
    if (!json_.is_string()) refuse("is not a string");
    return json_.get<std::string>();
  }

  [[nodiscard]] std::vector<std::string> texts() const {
    std::vector<std::string> values;
    for (const Node& item : items()) values.push_back(item.text());
    return values;
  }

  // rows x columns as one row-major vector; empty where null.
  [[nodiscard]] std::vector<double> matrix(std::size_t rows, std::size_t columns) const {
    std::vector<double> values;
    if (null()) return values;
    const std::vector<Node> lines = items();
    if (lines.size() != rows) refuse(fmt::format("has {} rows, not {}", lines.size(), rows));
    for (const Node& line : lines) {
      const std::vector<Node> numbers = line.items();
      if (numbers.size() != columns) line.refuse(fmt::format("has not {} numbers", columns));
      for (const Node& value : numbers) values.push_back(value.number());
    }
    return values;
  }

  [[nodiscard]] Dtype dtype() const {
    const std::optional<Dtype> found = dtype_named(text());
    if (!found) refuse(fmt::format("'{}' is no dtype", text()));
    return *found;
  }

  [[nodiscard]] Source source() const {
    const std::optional<Source> found = source_named(text());
    if (!found) refuse(fmt::format("'{}' is no source of energy", text()));
    return *found;
  }

 private:
  const Json& json_;
  std::string path_;
};

Coefficient read_coefficient(const Node& node) {
  node.expect_keys({"at_bound", "carrier", "high", "interval_reason", "low", "note", "shared",
                    "standard_error", "terms", "unit", "value"});
  return {.terms = node.at("terms").texts(),
          .carrier = node.at("carrier").text(),
          .unit = node.at("unit").text(),
          .value = node.at("value").number(),
          .standard_error = node.at("standard_error").number_or_null(),
          .low = node.at("low").number_or_null(),
          .high = node.at("high").number_or_null(),
          .interval_reason = node.at("interval_reason").text(),
          .at_bound = node.at("at_bound").boolean(),
          .shared = node.at("shared").boolean(),
          .note = node.at("note").text()};
}

Candidate read_candidate(const Node& node) {
  node.expect_keys({"chosen", "coefficients", "corrected", "error_larger", "error_mean",
                    "error_median", "error_p95", "form", "reason", "standard_error",
                    "standard_error_larger", "version"});
  return {.form = node.at("form").text(),
          .version = node.at("version").integer(),
          .corrected = node.at("corrected").boolean(),
          .coefficients = node.at("coefficients").integer(),
          .error_mean = node.at("error_mean").number_or_null(),
          .error_median = node.at("error_median").number_or_null(),
          .error_p95 = node.at("error_p95").number_or_null(),
          .standard_error = node.at("standard_error").number_or_null(),
          .error_larger = node.at("error_larger").number_or_null(),
          .standard_error_larger = node.at("standard_error_larger").number_or_null(),
          .chosen = node.at("chosen").boolean(),
          .reason = node.at("reason").text()};
}

const ModelForm* read_form(const Node& node, Target target) {
  node.expect_keys({"name", "version"});
  const std::string name = node.at("name").text();
  const int version = node.at("version").integer();
  const ModelForm* form = model_form::named(name, version);
  if (form != nullptr && form->target == target) return form;
  std::vector<std::string> known;
  for (const ModelForm* each : model_form::all()) {
    if (each->target == target) known.push_back(fmt::format("{} {}", each->name, each->version));
  }
  node.refuse(fmt::format("form '{} {}' is not among this build's: {}", name, version,
                          fmt::join(known, ", ")));
}

double above_zero(const Node& node) {
  const double value = node.number();
  if (!(value > 0)) node.refuse("is not above zero");
  return value;
}

Correction read_correction(const Node& node) {
  if (node.null()) return {};
  node.expect_keys({"bound", "centres", "kind", "length_octaves", "weights"});
  if (node.at("kind").text() != "bumps") node.at("kind").refuse("is not 'bumps'");
  Correction correction{.length = above_zero(node.at("length_octaves")),
                        .bound = node.at("bound").number()};
  for (const Node& weight : node.at("weights").items()) {
    correction.weights.push_back(weight.number());
  }
  const std::vector<Node> centres = node.at("centres").items();
  if (centres.empty()) node.at("centres").refuse("is empty; without a correction it is null");
  if (centres.size() > kCentresMax) {
    node.at("centres").refuse(fmt::format("has more than {} centres", kCentresMax));
  }
  const std::size_t axes = centres.front().items().size();
  correction.axes = static_cast<int>(axes);
  correction.centres = transposed(node.at("centres").matrix(correction.weights.size(), axes), axes);
  return correction;
}

Machine read_machine(const Node& node) {
  node.expect_keys({"cache_bytes", "lanes"});
  Machine machine{.lanes = node.at("lanes").integer()};
  const std::vector<Node> bytes = node.at("cache_bytes").items();
  if (bytes.size() != machine.cache_bytes.size()) {
    node.at("cache_bytes").refuse("has not three numbers");
  }
  for (std::size_t i = 0; i < bytes.size(); ++i) machine.cache_bytes[i] = bytes[i].number();
  return machine;
}

Law read_law(const Node& node, Target target) {
  node.expect_keys({"candidates", "coefficients", "condition_number", "condition_number_unmerged",
                    "conformal", "correction", "covariance", "covariance_reason", "error_fit",
                    "form", "records", "shapes"});
  Law law{.form = read_form(node.at("form"), target),
          .covariance_reason = node.at("covariance_reason").text(),
          .condition_number = node.at("condition_number").number(),
          .condition_number_unmerged = node.at("condition_number_unmerged").number(),
          .error_fit = node.at("error_fit").number_or_null(),
          .records = node.at("records").integer(),
          .shapes = node.at("shapes").integer()};
  for (const Node& item : node.at("coefficients").items()) {
    law.coefficients.push_back(read_coefficient(item));
    const std::string& carrier = law.coefficients.back().carrier;
    const auto terms = law.form->terms;
    const auto term = std::ranges::find(terms, carrier, &Term::name);
    if (term == terms.end() || term->unit != law.coefficients.back().unit) {
      item.refuse(fmt::format("'{}' in {} is no term of form '{}'", carrier,
                              law.coefficients.back().unit, law.form->name));
    }
  }
  for (const Node& item : node.at("candidates").items()) {
    law.candidates.push_back(read_candidate(item));
  }
  const std::size_t p = law.coefficients.size();
  law.covariance = node.at("covariance").matrix(p, p);
  const Node conformal = node.at("conformal");
  conformal.expect_keys({"coverage", "level", "radius", "radius_extrapolated", "reason", "shapes"});
  law.conformal = {.level = conformal.at("level").number(),
                   .radius = conformal.at("radius").number_or_null(),
                   .radius_extrapolated = conformal.at("radius_extrapolated").number_or_null(),
                   .coverage = conformal.at("coverage").number_or_null(),
                   .shapes = conformal.at("shapes").integer(),
                   .reason = conformal.at("reason").text()};
  law.correction = read_correction(node.at("correction"));
  return law;
}

Range read_range(const Node& node) {
  const std::vector<Node> items = node.items();
  if (items.size() != 2 || items[0].number() > items[1].number()) node.refuse("is not [low, high]");
  return {items[0].number(), items[1].number()};
}

Hull read_hull(const Node& node) {
  node.expect_keys({"axes", "bytes", "flops", "flops_per_byte", "kind", "options"});
  if (node.at("kind").text() != "box") node.at("kind").refuse("is not 'box'");
  Hull hull{.flops = read_range(node.at("flops")),
            .bytes = read_range(node.at("bytes")),
            .intensity = read_range(node.at("flops_per_byte"))};
  for (const auto& [name, axis] : node.at("axes").fields()) {
    hull.axes.push_back({name, read_range(axis)});
  }
  for (const auto& [name, option] : node.at("options").fields()) {
    hull.options.push_back({name, option.texts()});
  }
  return hull;
}

DeviceBlock read_device(const Node& node) {
  node.expect_keys({"boundary", "condition_number", "covariance", "covariance_reason", "device",
                    "entries", "error_fit", "left_out", "records", "source", "static_entry",
                    "threads"});
  DeviceBlock block{.device = node.at("device").text(),
                    .boundary = node.at("boundary").text(),
                    .source = node.at("source").source(),
                    .threads = node.at("threads").integer(),
                    .covariance_reason = node.at("covariance_reason").text(),
                    .condition_number = node.at("condition_number").number(),
                    .error_fit = node.at("error_fit").number_or_null(),
                    .records = node.at("records").integer(),
                    .left_out = node.at("left_out").texts()};
  for (const Node& item : node.at("entries").items()) {
    item.expect_keys({"coefficient", "dtypes", "fill", "kernel", "level"});
    block.entries.push_back({.coefficient = read_coefficient(item.at("coefficient")),
                             .kernel = item.at("kernel").text(),
                             .dtypes = item.at("dtypes").text(),
                             .fill = item.at("fill").text(),
                             .level = item.at("level").text()});
  }
  block.covariance = node.at("covariance").matrix(block.entries.size(), block.entries.size());
  const Node entry = node.at("static_entry");
  if (!entry.null()) block.static_entry = entry.integer();
  if (block.static_entry >= static_cast<int>(block.entries.size())) entry.refuse("is no entry");
  return block;
}

TableKey read_key(const Node& node) {
  node.expect_keys(
      {"boundary", "cold", "device", "dtypes", "fill", "kernel", "source", "threads", "weights"});
  const Node dtypes = node.at("dtypes");
  dtypes.expect_keys({"a", "accumulate", "b", "out"});
  const std::string weights = node.at("weights").text();
  if (weights != "plain" && weights != "packed") {
    node.at("weights").refuse("is neither 'plain' nor 'packed'");
  }
  return {.device = node.at("device").text(),
          .boundary = node.at("boundary").text(),
          .source = node.at("source").source(),
          .kernel = node.at("kernel").text(),
          .dtypes = {.a = dtypes.at("a").dtype(),
                     .b = dtypes.at("b").dtype(),
                     .accumulate = dtypes.at("accumulate").dtype(),
                     .out = dtypes.at("out").dtype()},
          .threads = node.at("threads").integer(),
          .fill = node.at("fill").text(),
          .cold = node.at("cold").boolean(),
          .weights_packed = weights == "packed"};
}

std::vector<Regime> read_regimes(const Node& node) {
  std::vector<Regime> regimes;
  for (const Node& item : node.items()) {
    item.expect_keys({"name", "reason", "records", "where"});
    const Node records = item.at("records");
    regimes.push_back({.name = item.at("name").text(),
                       .where = item.at("where").text(),
                       .records = records.null() ? -1 : records.integer(),
                       .reason = item.at("reason").text()});
  }
  return regimes;
}

EnergyTable::Row read_row(const Node& node, const EnergyTable& table) {
  node.expect_keys(
      {"cross_covariance", "device", "energy", "hull", "key", "machine", "regimes", "time"});
  EnergyTable::Row row{.key = read_key(node.at("key")),
                       .energy = read_law(node.at("energy"), Target::energy),
                       .time = read_law(node.at("time"), Target::time),
                       .hull = read_hull(node.at("hull")),
                       .machine = read_machine(node.at("machine"))};
  for (const Law* law : {&row.energy, &row.time}) {
    if (law->correction.empty()) continue;
    if (law->correction.axes != static_cast<int>(row.hull.axes.size())) {
      node.refuse("has a correction of other axes than its hull");
    }
  }
  if (const auto regimes = node.optional("regimes")) row.regimes = read_regimes(*regimes);
  if (row.key.source != table.source) {
    node.at("key").refuse("is of another source than the table: sources never mix");
  }
  if (node.at("device").null()) return row;
  row.device = node.at("device").integer();
  if (row.device >= static_cast<int>(table.devices.size())) {
    node.at("device").refuse("is not among the devices");
  }
  row.cross_covariance =
      node.at("cross_covariance")
          .matrix(row.energy.coefficients.size(),
                  table.devices[static_cast<std::size_t>(row.device)].entries.size());
  return row;
}

TableRun read_run(const Node& node) {
  node.expect_keys({"build_hash", "device", "id", "kernels_hash", "protocol", "started_utc",
                    "sweep", "versions"});
  TableRun run{.id = node.at("id").text(),
               .sweep = node.at("sweep").text(),
               .device = node.at("device").text(),
               .started_utc = node.at("started_utc").text(),
               .protocol = node.at("protocol").text(),
               .build_hash = node.at("build_hash").text(),
               .kernels_hash = node.at("kernels_hash").text()};
  if (const auto versions = node.optional("versions")) {
    for (const auto& [name, version] : versions->fields()) run.versions[name] = version.text();
  }
  return run;
}

Shift read_shift(const Node& node) {
  node.expect_keys({"applied", "high", "low", "reason", "value"});
  return {.value = node.at("value").number_or_null(),
          .low = node.at("low").number_or_null(),
          .high = node.at("high").number_or_null(),
          .applied = node.at("applied").boolean(),
          .reason = node.at("reason").text()};
}

CampaignRun::Quantity read_quantity(const Node& node) {
  node.expect_keys({"drift", "scale"});
  return {.scale = read_shift(node.at("scale")), .drift = read_shift(node.at("drift"))};
}

CampaignRun read_campaign_run(const Node& node) {
  node.expect_keys({"boundary", "device", "energy", "run", "runs", "sentinels", "time", "visits"});
  return {.run = node.at("run").text(),
          .device = node.at("device").text(),
          .boundary = node.at("boundary").text(),
          .sentinels = node.at("sentinels").integer(),
          .visits = node.at("visits").integer(),
          .runs = node.at("runs").integer(),
          .energy = read_quantity(node.at("energy")),
          .time = read_quantity(node.at("time"))};
}

void check_schema(const Json& json, std::string_view name) {
  if (!json.is_object() || !json.contains("schema") || !json["schema"].is_object() ||
      json["schema"].value("id", Json()) != kTableSchema) {
    throw Error(
        fmt::format("{}: is no energy table: schema id '{}' is missing; `ergon fit` makes "
                    "one",
                    name, kTableSchema));
  }
  const Json version = json["schema"].value("version", Json());
  if (version != kTableVersion) {
    throw Error(
        fmt::format("{}: energy table of version {}; this build reads version {}: fit the "
                    "table again",
                    name, version.dump(), kTableVersion));
  }
}

}  // namespace

EnergyTable parse_table(std::string_view text, std::string_view name) {
  Json json;
  try {
    json = Json::parse(text);
  } catch (const Json::parse_error& error) {
    throw Error(fmt::format("{}: is no JSON: {}", name, error.what()));
  }
  check_schema(json, name);
  const Node root(json, fmt::format("{}: ", name));
  root.expect_keys(
      {"campaigns", "devices", "energy", "notes", "records", "rows", "runs", "schema", "source"});
  EnergyTable table{.source = root.at("source").source(),
                    .notes = root.at("notes").texts(),
                    .records = root.at("records").at("count").integer(),
                    .records_hash = root.at("records").at("sha256").text()};
  const std::string energy = root.at("energy").text();
  if (energy != "gross" && energy != "net") root.at("energy").refuse("is neither gross nor net");
  table.energy = energy == "net" ? EnergyKind::net : EnergyKind::gross;
  for (const Node& node : root.at("devices").items()) table.devices.push_back(read_device(node));
  for (const Node& node : root.at("rows").items()) table.rows.push_back(read_row(node, table));
  for (const Node& node : root.at("runs").items()) table.runs.push_back(read_run(node));
  if (const auto campaigns = root.optional("campaigns")) {
    for (const Node& node : campaigns->items()) {
      table.campaigns.push_back(read_campaign_run(node));
    }
  }
  return table;
}

EnergyTable read_table(const std::filesystem::path& json) {
  std::ifstream file(json, std::ios::binary);
  if (!file) throw Error(fmt::format("{}: cannot be opened; `ergon fit` makes one", json.string()));
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  return parse_table(text, json.string());
}

}  // namespace ergon
