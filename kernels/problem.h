#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/error.h"
#include "kernels/primitive.h"

namespace ergon {

// Equality of short names, most of which differ in their first letter: a dozen such looks are most
// of what counting the work of a problem costs. Equal constants are one by the linker.
[[nodiscard]] inline bool same_name(std::string_view a, std::string_view b) {
  return a.size() == b.size() && (a.empty() || a.front() == b.front()) &&
         (a.data() == b.data() || a == b);
}

// A primitive with a shape, dtypes and options.
struct Problem {
  const Primitive* primitive = nullptr;
  Dtypes dtypes;
  std::vector<std::int64_t> extents;  // one per axis of the primitive, each >= 1
  std::vector<std::uint8_t> choices;  // one per option: index into its values

  // Extent of a named axis, and chosen value of a named option; the name must exist.
  [[nodiscard]] std::int64_t extent(std::string_view axis) const {
    const std::span<const std::string_view> axes = primitive->axes;
    std::size_t i = 0;
    while (i < axes.size() && !same_name(axes[i], axis)) ++i;
    ERGON_ASSERT(i < axes.size());
    return extents[i];
  }
  [[nodiscard]] std::string_view choice(std::string_view option) const {
    const std::span<const Option> options = primitive->options;
    std::size_t i = 0;
    while (i < options.size() && !same_name(options[i].name, option)) ++i;
    ERGON_ASSERT(i < options.size());
    return options[i].values[choices[i]];
  }
};

// Canonical, portable identity: "k1:gemm/a=f32,accumulate=f32,b=f32,out=f32/bias=no,
// epilogue=none,transpose_b=no/k=768,m=128,n=768" (one line). Sorted names, every default written,
// decimal integers; a primitive without options leaves their part empty.
[[nodiscard]] std::string problem_key(const Problem&);

// A problem in f32 with the default options; extents in the order of the primitive's axes.
[[nodiscard]] Problem make_problem(const Primitive& primitive, std::vector<std::int64_t> extents);

// Chooses an option's value; the option and the value must exist.
void choose(Problem& problem, std::string_view option, std::string_view value);

// The inverse of problem_key; throws Error for a key of another version, an unknown primitive, axis
// or value. An invalid problem has a key as well: the record of its refusal needs one.
[[nodiscard]] Problem problem_from_key(std::string_view key);

}  // namespace ergon
