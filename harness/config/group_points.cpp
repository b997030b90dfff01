#include "harness/config/group_points.h"

#include <algorithm>
#include <limits>

#include "kernels/error.h"

namespace ergon {
namespace {

template <typename Names>
std::size_t place_of(const Names& names, std::string_view name) {
  const auto found = std::find(std::begin(names), std::end(names), name);
  ERGON_ASSERT(found != std::end(names));
  return static_cast<std::size_t>(found - std::begin(names));
}

// Takes the fastest digit off a mixed-radix number.
std::size_t take_digit(std::int64_t& number, std::size_t radix) {
  const auto digit = static_cast<std::size_t>(number) % radix;
  number = static_cast<std::int64_t>(static_cast<std::size_t>(number) / radix);
  return digit;
}

}  // namespace

GroupPoints::GroupPoints(const Sweep::Group& group)
    : group_(group), primitive_(*primitive::named(group.kernels.at(0)->primitive)) {
  std::vector<std::string_view> option_names;
  for (const Option& option : primitive_.options) option_names.push_back(option.name);
  for (const Sweep::ZippedAxes& zipped : group.axes) {
    std::vector<std::size_t>& places = axis_places_.emplace_back();
    for (const std::string& name : zipped.names) places.push_back(place_of(primitive_.axes, name));
    multiply(zipped.rows.size());
  }
  for (const auto& [name, values] : group.options) {
    OptionAxis axis{place_of(option_names, name), {}};
    for (const std::string& value : values) {
      const std::size_t choice = place_of(primitive_.options[axis.option].values, value);
      axis.choices.push_back(static_cast<std::uint8_t>(choice));
    }
    multiply(axis.choices.size());
    options_.push_back(std::move(axis));
  }
  for (const std::size_t values :
       {group.kernels.size(), group.dtypes.size(), group.threads.size(), group.fills.size(),
        group.cold.size(), group.weights_packed.size()}) {
    multiply(values);
  }
}

void GroupPoints::multiply(std::size_t values) {
  if (__builtin_mul_overflow(count_, values, &count_)) {
    count_ = std::numeric_limits<std::int64_t>::max();
  }
}

Point GroupPoints::at(std::int64_t index) const {
  Point point;
  point.problem.primitive = &primitive_;
  point.weights_packed = group_.weights_packed[take_digit(index, group_.weights_packed.size())];
  point.cold = group_.cold[take_digit(index, group_.cold.size())];
  point.fill = group_.fills[take_digit(index, group_.fills.size())];
  point.threads = group_.threads[take_digit(index, group_.threads.size())];
  point.problem.choices.resize(primitive_.options.size());
  for (const OptionAxis& option : options_) {
    point.problem.choices[option.option] = option.choices[take_digit(index, option.choices.size())];
  }
  point.problem.extents.resize(primitive_.axes.size());
  for (std::size_t i = group_.axes.size(); i-- > 0;) {
    const auto& rows = group_.axes[i].rows;
    const std::vector<std::int64_t>& row = rows[take_digit(index, rows.size())];
    for (std::size_t j = 0; j < row.size(); ++j) {
      point.problem.extents[axis_places_[i][j]] = row[j];
    }
  }
  point.problem.dtypes = group_.dtypes[take_digit(index, group_.dtypes.size())];
  point.kernel = group_.kernels[take_digit(index, group_.kernels.size())];
  if (point.kernel->device != DeviceKind::cpu) point.threads = 0;
  return point;
}

}  // namespace ergon
