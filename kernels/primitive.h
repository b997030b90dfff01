#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "kernels/dtype.h"
#include "kernels/inline_vector.h"

namespace ergon {

struct Problem;
class Counted;

// What a problem must compute and move at the least, whoever computes it: each input read once,
// each output written once. Counting rules are in README.md, "Work".
struct Work {
  std::int64_t flops = 0;     // add, multiply, compare: 1 each; fused multiply-add: 2
  std::int64_t specials = 0;  // exp, erf, tanh, division, square root: 1 each, not in flops
  std::int64_t bytes_read = 0;
  std::int64_t bytes_written = 0;

  [[nodiscard]] std::int64_t bytes() const { return bytes_read + bytes_written; }
  bool operator==(const Work&) const = default;
};

enum class Role : std::uint8_t { input, weight, output };

// Enough for the axes of one operand, and for the operands of one primitive.
using OperandExtents = InlineVector<std::int64_t, 4>;

struct Operand {
  std::string_view name;
  Role role = Role::input;
  Dtype dtype = Dtype::f32;
  OperandExtents extents;  // row-major, packed
  std::int64_t below = 0;  // indices: each is one of 0 .. below - 1; 0 for numbers

  [[nodiscard]] std::int64_t elements() const {
    std::int64_t product = 1;
    for (const std::int64_t extent : extents) product *= extent;
    return product;
  }
};
using Operands = InlineVector<Operand, 6>;

// A choice that changes the mathematics or the layout: "mask" among {"none", "causal"}.
struct Option {
  std::string_view name;
  std::span<const std::string_view> values;  // the first is the default
};

// Computes one slice of the output; slow, and right by inspection. `operands` has one array per
// operand, decoded (the output's is not read). `magnitudes` receives, per element, the sum of the
// absolute values of the terms that were added: a kernel's error is relative to it, since a sum
// that cancels cannot be judged against its own small value.
template <class Number>
using Reference = void (*)(const Problem&, std::int64_t slice,
                           std::span<const Number* const> operands, std::span<Number> values,
                           std::span<double> magnitudes);

// One mathematical operation of the transformer, apart from any code that computes it.
struct Primitive {
  std::string_view name;                   // "gemm"
  std::string_view description;            // one line, with the formula
  std::span<const std::string_view> axes;  // {"m", "n", "k"}
  std::span<const Option> options;         // transpose_b, bias, epilogue
  bool probe;        // measures a device coefficient, not a part of a transformer
  int work_version;  // raised when a count below changes

  // The reason extents and options make no problem together (heads % kv_heads != 0); else empty.
  std::string (*invalid)(const Problem&);
  Work (*work)(const Problem&);
  // Inputs, weights, then exactly one output, the last.
  Operands (*operands)(const Problem&);

  // The output is `slices(problem)` equal contiguous slices that can be computed one at a time: a
  // row of a GEMM, a softmax row, one query's attention.
  std::int64_t (*slices)(const Problem&);
  // The same code over two types of number: in double precision, what kernels are checked against;
  // over one that counts (kernels/counted.h), what `work` is checked against.
  Reference<double> reference;
  Reference<Counted> counted;
  // Largest |kernel - value| / magnitude allowed, from the dtypes and the lengths of the sums.
  double (*tolerance)(const Problem&);
};

namespace primitive {
[[nodiscard]] std::span<const Primitive* const> all();
[[nodiscard]] const Primitive* named(std::string_view name);  // null where there is none
}  // namespace primitive

}  // namespace ergon
