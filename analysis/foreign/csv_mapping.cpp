#include "analysis/foreign/csv_mapping.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "harness/config/dtypes.h"
#include "harness/config/yaml_values.h"
#include "kernels/error.h"

namespace ergon {

namespace {

const Yaml& required(const Yaml& node, std::string_view key) {
  const Yaml* found = node.find(key);
  if (found == nullptr) node.fail(fmt::format("lacks '{}'", key));
  return *found;
}

using Units = std::map<std::string, double>;
const Units kJoules = {{"J", 1}, {"mJ", 1e-3}, {"uJ", 1e-6}, {"kJ", 1e3}, {"Wh", 3600}};
const Units kSeconds = {{"s", 1}, {"ms", 1e-3}, {"us", 1e-6}, {"ns", 1e-9}};

CsvMapping::Scaled read_scaled(const Yaml& node, std::string_view what, const Units& units) {
  const std::string known[] = {"column", "unit"};
  expect_map(node, what, known);
  std::vector<std::string> names;
  for (const auto& [name, scale] : units) names.push_back(name);
  const std::string& unit = read_choice(required(node, "unit"), "unit", names);
  return {read_word(required(node, "column"), "column", "the name of a column"), units.at(unit)};
}

CsvMapping::Extent read_extent(const Yaml& node, std::string_view axis) {
  const std::string& text =
      read_word(node, fmt::format("axis {}", axis), "the name of a column, or a number");
  CsvMapping::Extent extent;
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, extent.value);
  const bool number = error == std::errc() && stopped == end;
  if (number && extent.value < 1) node.fail("an extent is 1 or more");
  if (!number) extent.column = text;
  return extent;
}

std::map<std::string, std::string> read_texts(const Yaml* node, std::string_view what) {
  std::map<std::string, std::string> texts;
  if (node == nullptr) return texts;
  if (node->kind != Yaml::Kind::map) node->fail(fmt::format("{}: expected a map", what));
  for (std::size_t i = 0; i < node->keys.size(); ++i) {
    texts[node->keys[i].text] = node->items[i].text;
  }
  return texts;
}

void check_options(const Yaml& node, const CsvMapping::Operation& operation) {
  for (const auto& [name, value] : operation.options) {
    const auto options = operation.primitive->options;
    const auto option = std::ranges::find(options, name, &Option::name);
    if (option == options.end()) {
      node.fail(fmt::format("{} has no option '{}'", operation.primitive->name, name));
    }
    if (std::ranges::find(option->values, value) == option->values.end()) {
      node.fail(fmt::format("option {} '{}': expected one of {}", name, value,
                            fmt::join(option->values, ", ")));
    }
  }
}

CsvMapping::Operation read_operation(const Yaml& node) {
  const std::string known[] = {"where", "kernel", "dtypes", "axes", "options"};
  expect_map(node, "operation", known);
  const Yaml& kernel = required(node, "kernel");
  CsvMapping::Operation operation{.where = read_texts(node.find("where"), "where"),
                                  .kernel = read_word(kernel, "kernel", "primitive/name"),
                                  .options = read_texts(node.find("options"), "options")};
  const std::size_t slash = operation.kernel.find('/');
  operation.primitive = primitive::named(operation.kernel.substr(0, slash));
  if (slash == std::string::npos || slash + 1 == operation.kernel.size() ||
      operation.primitive == nullptr) {
    std::vector<std::string_view> names;
    for (const Primitive* primitive : primitive::all()) names.push_back(primitive->name);
    kernel.fail(fmt::format("kernel '{}': expected primitive/name; primitives: {}",
                            operation.kernel, fmt::join(names, ", ")));
  }
  if (const Yaml* dtypes = node.find("dtypes")) operation.dtypes = read_dtypes(*dtypes);
  const Yaml& axes = required(node, "axes");
  const std::vector<std::string> names(operation.primitive->axes.begin(),
                                       operation.primitive->axes.end());
  expect_map(axes, "axes", names);
  for (const std::string& axis : names) {
    operation.axes.push_back(read_extent(required(axes, axis), axis));
  }
  check_options(node, operation);
  return operation;
}

// Columns of one operation, found once.
struct Places {
  std::vector<std::pair<std::size_t, std::string>> where{};
  std::vector<std::size_t> axes{};
};

Places places_of(const Csv& csv, const CsvMapping::Operation& operation) {
  Places places;
  for (const auto& [column, text] : operation.where)
    places.where.emplace_back(csv.at(column), text);
  for (const CsvMapping::Extent& extent : operation.axes) {
    places.axes.push_back(extent.column.empty() ? 0 : csv.at(extent.column));
  }
  return places;
}

Problem problem_of(const Csv& csv, const Csv::Row& row, const CsvMapping::Operation& operation,
                   const Places& places) {
  std::vector<std::int64_t> extents;
  for (std::size_t a = 0; a < operation.axes.size(); ++a) {
    const CsvMapping::Extent& extent = operation.axes[a];
    extents.push_back(extent.column.empty() ? extent.value : csv.integer(row, places.axes[a]));
  }
  Problem problem = make_problem(*operation.primitive, std::move(extents));
  problem.dtypes = operation.dtypes;
  for (const auto& [option, value] : operation.options) choose(problem, option, value);
  return problem;
}

}  // namespace

CsvMapping read_csv_mapping(const Yaml& root) {
  const std::string known[] = {"device", "boundary", "meter", "note",
                               "run",    "energy",   "time",  "operations"};
  expect_map(root, "mapping", known);
  const auto word = [&](std::string_view key, std::string_view expected) {
    return read_word(required(root, key), key, expected);
  };
  CsvMapping mapping{
      .origin = {.device = word("device", "the machine's name"),
                 .boundary = word("boundary", "what the meter covered: gpu, package, node, wall"),
                 .meter = word("meter", "a name for their meter")},
      .energy = read_scaled(required(root, "energy"), "energy", kJoules),
      .time = read_scaled(required(root, "time"), "time", kSeconds)};
  if (const Yaml* note = root.find("note")) mapping.origin.note = note->text;
  if (const Yaml* run = root.find("run")) mapping.run = read_word(*run, "run", "a column's name");
  for (const Yaml* operation : one_or_more(required(root, "operations"), "operations")) {
    mapping.operations.push_back(read_operation(*operation));
  }
  return mapping;
}

CsvImport import_csv(const Csv& csv, const CsvMapping& mapping) {
  const std::size_t energy = csv.at(mapping.energy.column), time = csv.at(mapping.time.column);
  const std::size_t run = mapping.run.empty() ? 0 : csv.at(mapping.run);
  std::vector<Places> places;
  for (const CsvMapping::Operation& operation : mapping.operations) {
    places.push_back(places_of(csv, operation));
  }
  ForeignResults results(mapping.origin);
  CsvImport taken;
  for (const Csv::Row& row : csv.rows) {
    const auto match = std::ranges::find_if(places, [&](const Places& one) {
      return std::ranges::all_of(
          one.where, [&](const auto& where) { return row.fields[where.first] == where.second; });
    });
    if (match == places.end()) {
      ++taken.left_out;
      continue;
    }
    const CsvMapping::Operation& operation =
        mapping.operations[static_cast<std::size_t>(match - places.begin())];
    results.add({.run = mapping.run.empty() ? csv.name : row.fields[run],
                 .kernel = operation.kernel,
                 .problem = problem_of(csv, row, operation, *match),
                 .energy = Joules{mapping.energy.scale * csv.number(row, energy)},
                 .time = Seconds{mapping.time.scale * csv.number(row, time)}},
                csv.place(row));
  }
  taken.results = results.finish();
  if (taken.results.records.empty()) {
    throw Error(fmt::format("{}: no row matches an operation of the mapping", csv.name));
  }
  return taken;
}

}  // namespace ergon
