#include "analysis/row_problem.h"

#include <fmt/format.h>

#include "kernels/error.h"

namespace ergon {

namespace {

std::uint8_t choice_of(const Option& option, const std::string& value) {
  for (std::size_t i = 0; i < option.values.size(); ++i) {
    if (option.values[i] == value) return static_cast<std::uint8_t>(i);
  }
  throw Error(fmt::format("predict: option {}={}: expected one of {}", option.name, value,
                          fmt::join(option.values, ", ")));
}

[[noreturn]] void refuse_name(const Primitive& primitive, std::string_view what,
                              const std::string& name, const std::string& known) {
  throw Error(fmt::format("predict: {} has no {} '{}'; known: {}", primitive.name, what, name,
                          known.empty() ? "none" : known));
}

}  // namespace

const Primitive& row_primitive(const TableKey& key) {
  const Primitive* primitive = primitive::named(key.kernel.substr(0, key.kernel.find('/')));
  if (primitive != nullptr) return *primitive;
  throw Error(
      fmt::format("predict: '{}' is of a primitive that this build does not know", key.kernel));
}

Problem row_pattern(const TableKey& key, NamedChoices choices) {
  const Primitive& primitive = row_primitive(key);
  Problem problem{.primitive = &primitive,
                  .dtypes = key.dtypes,
                  .extents = std::vector<std::int64_t>(primitive.axes.size(), 1),
                  .choices = {}};
  std::string known;
  for (const Option& option : primitive.options) {
    const auto given = choices.extract(std::string(option.name));
    problem.choices.push_back(given.empty() ? std::uint8_t{0} : choice_of(option, given.mapped()));
    known += fmt::format("{}{}", known.empty() ? "" : ", ", option.name);
  }
  if (!choices.empty()) refuse_name(primitive, "option", choices.begin()->first, known);
  return problem;
}

Problem row_problem(const TableKey& key, NamedExtents extents, NamedChoices choices) {
  Problem problem = row_pattern(key, std::move(choices));
  const Primitive& primitive = *problem.primitive;
  const std::string axes = fmt::format("{}", fmt::join(primitive.axes, ", "));
  for (std::size_t a = 0; a < primitive.axes.size(); ++a) {
    const auto given = extents.extract(std::string(primitive.axes[a]));
    if (given.empty()) {
      throw Error(fmt::format("predict: the shape lacks {}; {} has axes {}", primitive.axes[a],
                              primitive.name, axes));
    }
    if (given.mapped() < 1) {
      throw Error(fmt::format("predict: {}={}: expected an integer of 1 or more", given.key(),
                              given.mapped()));
    }
    problem.extents[a] = given.mapped();
  }
  if (!extents.empty()) refuse_name(primitive, "axis", extents.begin()->first, axes);
  if (const std::string why = primitive.invalid(problem); !why.empty()) {
    throw Error(fmt::format("predict: {} is no problem: {}", problem_key(problem), why));
  }
  return problem;
}

}  // namespace ergon
