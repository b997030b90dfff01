#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/primitive.h"

namespace ergon {

// A primitive with a shape, dtypes and options.
struct Problem {
  const Primitive* primitive = nullptr;
  Dtypes dtypes;
  std::vector<std::int64_t> extents;  // one per axis of the primitive, each >= 1
  std::vector<std::uint8_t> choices;  // one per option: index into its values

  // Extent of a named axis, and chosen value of a named option; the name must exist.
  [[nodiscard]] std::int64_t extent(std::string_view axis) const;
  [[nodiscard]] std::string_view choice(std::string_view option) const;
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
