#include "harness/record/point_columns.h"

#include <algorithm>

#include "harness/sha256.h"
#include "kernels/error.h"

namespace ergon::hdf5 {
namespace {

constexpr std::int64_t kMissing = -1;

std::vector<const Primitive*> primitives_of(std::span<const Record> records) {
  std::vector<const Primitive*> primitives;
  for (const Record& record : records) {
    const Primitive* primitive = record.point.problem.primitive;
    if (std::ranges::find(primitives, primitive) == primitives.end()) {
      primitives.push_back(primitive);
    }
  }
  return primitives;
}

// Names over all primitives, each once, in the order they come.
template <class NamesOf>
std::vector<std::string_view> names_over(std::span<const Primitive* const> primitives,
                                         const NamesOf& names_of) {
  std::vector<std::string_view> names;
  for (const Primitive* primitive : primitives) {
    for (const std::string_view name : names_of(*primitive)) {
      if (std::ranges::find(names, name) == names.end()) names.push_back(name);
    }
  }
  return names;
}

std::vector<std::string_view> axes_of(const Primitive& primitive) {
  return {primitive.axes.begin(), primitive.axes.end()};
}

std::vector<std::string_view> options_of(const Primitive& primitive) {
  std::vector<std::string_view> names;
  for (const Option& option : primitive.options) names.push_back(option.name);
  return names;
}

// Place of an axis in the extents of a problem; -1 where its primitive has no such axis.
std::ptrdiff_t axis_place(const Primitive& primitive, std::string_view axis) {
  const auto found = std::ranges::find(primitive.axes, axis);
  return found == primitive.axes.end() ? -1 : found - primitive.axes.begin();
}

std::ptrdiff_t option_place(const Primitive& primitive, std::string_view option) {
  const auto found = std::ranges::find(primitive.options, option, &Option::name);
  return found == primitive.options.end() ? -1 : found - primitive.options.begin();
}

// The columns of fields, in both directions.
template <class Table, class Records>
void condition_columns(Table& table, Records& records) {
  table.column(
      {"dtype_a", "", "element type of the first input"}, [&](std::int64_t i) -> auto& {
        return records[i].point.problem.dtypes.a;
      });
  table.column(
      {"dtype_b", "", "element type of the other inputs"}, [&](std::int64_t i) -> auto& {
        return records[i].point.problem.dtypes.b;
      });
  table.column(
      {"dtype_accumulate", "", "type that sums are made in"}, [&](std::int64_t i) -> auto& {
        return records[i].point.problem.dtypes.accumulate;
      });
  table.column(
      {"dtype_out", "", "element type of the output"}, [&](std::int64_t i) -> auto& {
        return records[i].point.problem.dtypes.out;
      });
  table.column(
      {"threads", "", "threads of a launch; 0 on a GPU"}, [&](std::int64_t i) -> auto& {
        return records[i].point.threads;
      });
  table.column(
      {"fill", "", "what the inputs hold"}, [&](std::int64_t i) -> auto& {
        return records[i].point.fill.kind;
      });
  table.column(
      {"fill_zero_permille", "", "share of zeros that a sparse fill asks for"},
      [&](std::int64_t i) -> auto& { return records[i].point.fill.zero_permille; });
  table.column(
      {"fill_seed", "", "seed of the inputs"}, [&](std::int64_t i) -> auto& {
        return records[i].point.fill.seed;
      });
  table.column(
      {"cold", "", "operands come from memory, not from cache"}, [&](std::int64_t i) -> auto& {
        return records[i].point.cold;
      });
}

void write_axes(TableWriter& table, std::span<const Record> records) {
  const std::vector<const Primitive*> primitives = primitives_of(records);
  for (const std::string_view axis : names_over(primitives, axes_of)) {
    table.column({std::string(axis), "", "extent of this axis", kMissing}, [&](std::int64_t i) {
      const Problem& problem = records[i].point.problem;
      const std::ptrdiff_t place = axis_place(*problem.primitive, axis);
      return place < 0 ? kMissing : problem.extents[place];
    });
  }
  for (const std::string_view option : names_over(primitives, options_of)) {
    table.column({std::string(option), "", "value of this option; empty where there is none"},
                 [&](std::int64_t i) {
                   const Problem& problem = records[i].point.problem;
                   const std::ptrdiff_t place = option_place(*problem.primitive, option);
                   if (place < 0) return std::string_view();
                   return problem.primitive->options[place].values[problem.choices[place]];
                 });
  }
}

void write_work(TableWriter& table, std::span<const Record> records) {
  std::vector<Work> works;
  works.reserve(records.size());
  for (const Record& record : records) {
    const Problem& problem = record.point.problem;
    const bool valid = problem.primitive->invalid(problem).empty();
    works.push_back(valid ? problem.primitive->work(problem)
                          : Work{kMissing, kMissing, kMissing, kMissing});
  }
  const auto column = [&](const char* name, const char* unit, const char* description,
                          std::int64_t Work::*count) {
    table.column({name, unit, description, kMissing},
                 [&](std::int64_t i) { return works[i].*count; });
  };
  column("flops", "flop", "adds, multiplies, compares; a fused multiply-add is 2", &Work::flops);
  column("specials", "", "exp, erf, tanh, divisions, square roots", &Work::specials);
  column("bytes_read", "B", "each input once, weights once per launch", &Work::bytes_read);
  column("bytes_written", "B", "each output once", &Work::bytes_written);
  table.column({"work_version", "", "version of the counting rules of the primitive"},
               [&](std::int64_t i) { return records[i].point.problem.primitive->work_version; });
}

void read_primitives(TableReader& table, std::span<Record> records) {
  const Primitive* last = nullptr;
  table.each<std::string>("primitive", [&](std::int64_t i, std::string_view name) {
    if (last == nullptr || last->name != name) last = primitive::named(name);
    if (last == nullptr) return false;
    Problem& problem = records[i].point.problem;
    problem.primitive = last;
    problem.extents.assign(last->axes.size(), kMissing);
    problem.choices.assign(last->options.size(), 0);
    return true;
  });
}

void read_axes(TableReader& table, std::span<Record> records) {
  const std::vector<const Primitive*> primitives = primitives_of(records);
  for (const std::string_view axis : names_over(primitives, axes_of)) {
    table.each<std::int64_t>(axis, [&](std::int64_t i, std::int64_t extent) {
      Problem& problem = records[i].point.problem;
      const std::ptrdiff_t place = axis_place(*problem.primitive, axis);
      if (place >= 0) problem.extents[place] = extent;
      return place < 0 || extent >= 1;
    });
  }
  for (const std::string_view name : names_over(primitives, options_of)) {
    table.each<std::string>(name, [&](std::int64_t i, std::string_view value) {
      Problem& problem = records[i].point.problem;
      const std::ptrdiff_t place = option_place(*problem.primitive, name);
      if (place < 0) return true;
      const auto values = problem.primitive->options[place].values;
      const auto found = std::ranges::find(values, value);
      problem.choices[place] = static_cast<std::uint8_t>(found - values.begin());
      return found != values.end();
    });
  }
}

}  // namespace

void write_point_columns(TableWriter& table, std::span<const Record> records) {
  std::vector<std::string> keys;
  keys.reserve(records.size());
  for (const Record& record : records) keys.push_back(point_key(record.point));
  table.column({"point_id", "", "SHA-256 of point_key"},
               [&](std::int64_t i) { return sha256(keys[i]); });
  table.column(
      {"point_key", "", "every measured condition, canonical"}, [&](std::int64_t i) -> auto& {
        return keys[i];
      });
  table.column({"primitive", "", "mathematical operation"},
               [&](std::int64_t i) { return records[i].point.problem.primitive->name; });
  table.column({"kernel", "", "implementation of the primitive"},
               [&](std::int64_t i) { return records[i].point.kernel->name; });
  write_axes(table, records);
  condition_columns(table, records);
  table.column({"weights", "", "plain, or packed before the launches"}, [&](std::int64_t i) {
    return records[i].point.weights_packed ? Weights::packed : Weights::plain;
  });
  write_work(table, records);
}

void read_point_columns(TableReader& table, KernelFinder& kernels, std::span<Record> records) {
  read_primitives(table, records);
  read_axes(table, records);
  condition_columns(table, records);
  table.each<Weights>("weights", [&](std::int64_t i, std::string_view name) {
    records[i].point.weights_packed = name == name_of(Weights::packed);
    return records[i].point.weights_packed || name == name_of(Weights::plain);
  });
  std::string id;
  table.each<std::string>("kernel", [&](std::int64_t i, std::string_view name) {
    Point& point = records[i].point;
    id.assign(point.problem.primitive->name).append("/").append(name);
    point.kernel = kernels.find(id, point.threads == 0 ? DeviceKind::cuda : DeviceKind::cpu);
    return true;
  });
}

}  // namespace ergon::hdf5
