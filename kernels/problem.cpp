#include "kernels/problem.h"

#include <algorithm>
#include <charconv>
#include <map>

#include <fmt/format.h>

#include "kernels/error.h"

namespace ergon {
namespace {

using Names = std::map<std::string, std::string, std::less<>>;  // sorted, as the key wants them

std::string join(const Names& names) {
  std::string line;
  for (const auto& [name, value] : names) {
    if (!line.empty()) line += ',';
    line += name + '=' + value;
  }
  return line;
}

[[noreturn]] void reject(std::string_view key, std::string_view why) {
  throw Error(fmt::format("problem key '{}': {}", key, why));
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

Names parse_names(std::string_view key, std::string_view part) {
  Names names;
  if (part.empty()) return names;
  for (const std::string_view pair : split(part, ',')) {
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos) reject(key, fmt::format("'{}' is no name=value", pair));
    names.emplace(pair.substr(0, equals), pair.substr(equals + 1));
  }
  return names;
}

// Removes and returns a name's value.
std::string take(std::string_view key, Names& names, std::string_view name) {
  const auto found = names.find(name);
  if (found == names.end()) reject(key, fmt::format("'{}' is missing", name));
  std::string value = std::move(found->second);
  names.erase(found);
  return value;
}

void expect_empty(std::string_view key, const Names& names, std::string_view primitive) {
  if (!names.empty()) {
    reject(key, fmt::format("{} knows no '{}'", primitive, names.begin()->first));
  }
}

Dtype take_dtype(std::string_view key, Names& names, std::string_view name) {
  const std::string value = take(key, names, name);
  const std::optional<Dtype> dtype = dtype_named(value);
  if (!dtype) reject(key, fmt::format("'{}' is no dtype", value));
  return *dtype;
}

std::int64_t take_extent(std::string_view key, Names& names, std::string_view name) {
  const std::string value = take(key, names, name);
  std::int64_t extent = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), extent);
  if (error != std::errc() || end != value.data() + value.size() || extent < 1) {
    reject(key, fmt::format("{}='{}' is no positive integer", name, value));
  }
  return extent;
}

std::uint8_t take_choice(std::string_view key, Names& names, const Option& option) {
  const std::string value = take(key, names, option.name);
  const auto found = std::ranges::find(option.values, value);
  if (found == option.values.end()) {
    reject(key, fmt::format("{}='{}' is none of {}", option.name, value,
                            fmt::join(option.values.begin(), option.values.end(), ", ")));
  }
  return static_cast<std::uint8_t>(found - option.values.begin());
}

}  // namespace

Problem make_problem(const Primitive& primitive, std::vector<std::int64_t> extents) {
  ERGON_ASSERT(extents.size() == primitive.axes.size());
  return {.primitive = &primitive,
          .dtypes = {},
          .extents = std::move(extents),
          .choices = std::vector<std::uint8_t>(primitive.options.size(), 0)};
}

void choose(Problem& problem, std::string_view option, std::string_view value) {
  const std::span<const Option> options = problem.primitive->options;
  const auto found = std::ranges::find(options, option, &Option::name);
  ERGON_ASSERT(found != options.end());
  const auto chosen = std::ranges::find(found->values, value);
  ERGON_ASSERT(chosen != found->values.end());
  problem.choices[static_cast<std::size_t>(found - options.begin())] =
      static_cast<std::uint8_t>(chosen - found->values.begin());
}

std::string problem_key(const Problem& problem) {
  const Primitive& primitive = *problem.primitive;
  ERGON_ASSERT(problem.extents.size() == primitive.axes.size());
  ERGON_ASSERT(problem.choices.size() == primitive.options.size());
  const Names dtypes = {{"a", std::string(dtype_name(problem.dtypes.a))},
                        {"accumulate", std::string(dtype_name(problem.dtypes.accumulate))},
                        {"b", std::string(dtype_name(problem.dtypes.b))},
                        {"out", std::string(dtype_name(problem.dtypes.out))}};
  Names options;
  for (const Option& option : primitive.options) {
    options.emplace(option.name, problem.choice(option.name));
  }
  Names axes;
  for (const std::string_view axis : primitive.axes) {
    axes.emplace(axis, std::to_string(problem.extent(axis)));
  }
  return fmt::format("k1:{}/{}/{}/{}", primitive.name, join(dtypes), join(options), join(axes));
}

Problem problem_from_key(std::string_view key) {
  if (!key.starts_with("k1:")) reject(key, "it does not begin with 'k1:'");
  const std::vector<std::string_view> parts = split(key.substr(3), '/');
  if (parts.size() != 4) reject(key, "expected k1:primitive/dtypes/options/axes");
  Problem problem;
  problem.primitive = primitive::named(parts[0]);
  if (problem.primitive == nullptr) reject(key, fmt::format("no primitive '{}'", parts[0]));
  Names dtypes = parse_names(key, parts[1]);
  problem.dtypes = {.a = take_dtype(key, dtypes, "a"),
                    .b = take_dtype(key, dtypes, "b"),
                    .accumulate = take_dtype(key, dtypes, "accumulate"),
                    .out = take_dtype(key, dtypes, "out")};
  expect_empty(key, dtypes, parts[0]);
  Names options = parse_names(key, parts[2]);
  for (const Option& option : problem.primitive->options) {
    problem.choices.push_back(take_choice(key, options, option));
  }
  expect_empty(key, options, parts[0]);
  Names axes = parse_names(key, parts[3]);
  for (const std::string_view axis : problem.primitive->axes) {
    problem.extents.push_back(take_extent(key, axes, axis));
  }
  expect_empty(key, axes, parts[0]);
  if (problem_key(problem) != key) reject(key, "names must be sorted and stand once");
  return problem;
}

}  // namespace ergon
