#include "tests/kernels/operands.h"

#include <cmath>
#include <random>
#include <span>

namespace ergon {
namespace {

// Integers take all of their range, but those that are summed with others; u8 is cut at 0, and so
// half of it zeros.
double largest(Dtype dtype) {
  switch (dtype) {
    case Dtype::u8:
      return 255;
    case Dtype::i8:
      return 127;
    case Dtype::i32:
      return 1 << 20;
    default:
      return 1;
  }
}

}  // namespace

std::vector<std::vector<std::byte>> make_operands(const Problem& problem, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<std::vector<std::byte>> all;
  for (const Operand& operand : problem.primitive->operands(problem)) {
    std::vector<double> values(static_cast<std::size_t>(operand.elements()), 0.0);
    if (operand.role != Role::output) {
      for (double& value : values) {
        const double unit = static_cast<double>(random() >> 11) * 0x1p-53;
        value = operand.below > 0 ? std::floor(unit * static_cast<double>(operand.below))
                                  : (2 * unit - 1) * largest(operand.dtype);
      }
    }
    all.emplace_back(dtype_bytes(operand.dtype, operand.elements()));
    encode(operand.dtype, values, all.back().data());
  }
  return all;
}

void fill_reference(const Problem& problem, std::vector<std::vector<std::byte>>& operands) {
  const Operands described = problem.primitive->operands(problem);
  std::vector<std::vector<double>> decoded;
  std::vector<const double*> arrays;
  for (std::size_t i = 0; i < described.size(); ++i) {
    decoded.emplace_back(static_cast<std::size_t>(described[i].elements()));
    decode(described[i].dtype, operands[i].data(), decoded.back());
    arrays.push_back(decoded.back().data());
  }
  const std::int64_t slices = problem.primitive->slices(problem);
  const std::size_t elements = decoded.back().size() / static_cast<std::size_t>(slices);
  std::vector<double> values(decoded.back().size());
  std::vector<double> magnitudes(elements);
  for (std::int64_t slice = 0; slice < slices; ++slice) {
    problem.primitive->reference(
        problem, slice, arrays,
        std::span(values).subspan(static_cast<std::size_t>(slice) * elements, elements),
        magnitudes);
  }
  encode(described.back().dtype, values, operands.back().data());
}

}  // namespace ergon
