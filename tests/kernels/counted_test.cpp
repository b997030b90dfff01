#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "kernels/counted.h"
#include "kernels/problem.h"
#include "tests/kernels/awkward_shapes.h"

namespace ergon {
namespace {

// Numbers whose value plays no part in the counts; indices that differ as long as they can.
double element_of(const Operand& operand, std::int64_t i) {
  if (operand.below > 0) return static_cast<double>(operand.below - 1 - i % operand.below);
  return static_cast<double>((i * 7 + 3) % 11) / 8 - 0.5;
}

// What the reference does to all of the problem.
Work counted_work(const Problem& problem) {
  const Primitive& primitive = *problem.primitive;
  const Operands operands = primitive.operands(problem);
  Tally tally;
  std::vector<std::vector<Counted>> numbers;
  std::vector<const Counted*> arrays;
  for (const Operand& operand : operands) {
    std::vector<Counted>& array = numbers.emplace_back();
    array.reserve(static_cast<std::size_t>(operand.elements()));
    for (std::int64_t i = 0; i < operand.elements(); ++i) {
      array.emplace_back(element_of(operand, i), tally);
    }
    arrays.push_back(array.data());
  }
  const std::int64_t slices = primitive.slices(problem);
  std::vector<Counted> values(static_cast<std::size_t>(operands.back().elements() / slices));
  std::vector<double> magnitudes(values.size());
  for (std::int64_t slice = 0; slice < slices; ++slice) {
    primitive.counted(problem, slice, arrays, values, magnitudes);
  }
  Work work = {.flops = tally.flops, .specials = tally.specials};
  for (std::size_t i = 0; i + 1 < operands.size(); ++i) {
    const auto read = std::count_if(numbers[i].begin(), numbers[i].end(),
                                    [](const Counted& number) { return number.was_read(); });
    work.bytes_read += static_cast<std::int64_t>(dtype_bytes(operands[i].dtype, read));
  }
  work.bytes_written =
      static_cast<std::int64_t>(dtype_bytes(operands.back().dtype, operands.back().elements()));
  return work;
}

// A row of the table that two tokens share is read once here, and twice by the rule.
bool shares_rows(const Problem& problem) {
  return problem.primitive->name == "embedding" &&
         problem.extent("tokens") > problem.extent("vocabulary");
}

// The choices of a problem's options, to see that each was counted.
std::string choices_of(const Problem& problem) {
  std::string text(problem.primitive->name);
  for (const std::uint8_t choice : problem.choices) text += "/" + std::to_string(choice);
  return text;
}

class WorkTest : public testing::TestWithParam<const Primitive*> {};

}  // namespace

// The counts of `work` are what the reference does, operation by operation, and the bytes those of
// the elements that it reads and writes.
TEST_P(WorkTest, IsWhatTheReferenceDoes) {
  constexpr std::int64_t kCostMax = 1'500'000;
  std::set<std::string> all, seen;
  for (const Problem& problem : awkward_problems(*GetParam())) {
    const Work work = problem.primitive->work(problem);
    all.insert(choices_of(problem));
    if (work.flops + work.specials > kCostMax) continue;
    seen.insert(choices_of(problem));
    const Work counted = counted_work(problem);
    const std::string key = problem_key(problem);
    EXPECT_EQ(work.flops, counted.flops) << key;
    EXPECT_EQ(work.specials, counted.specials) << key;
    EXPECT_EQ(work.bytes_written, counted.bytes_written) << key;
    // A probe's operands are made for it: fma has 32 numbers for any count of lanes.
    if (problem.primitive->probe || shares_rows(problem)) continue;
    EXPECT_EQ(work.bytes_read, counted.bytes_read) << key;
  }
  EXPECT_EQ(seen, all);
}

INSTANTIATE_TEST_SUITE_P(Registry, WorkTest,
                         testing::ValuesIn(primitive::all().begin(), primitive::all().end()),
                         [](const auto& each) { return std::string(each.param->name); });

TEST(Counted, CountsByTheRules) {
  Tally tally;
  const Counted x(4, tally);
  const Counted y = max(x * 2 + 1, Counted(3)) - x;  // four flops
  EXPECT_EQ(y.value(), 5);
  EXPECT_EQ(tally.flops, 4);
  EXPECT_EQ(tally.specials, 0);
  const Counted z = -(exp(x) + erf(x)) / sqrt(tanh(x));  // one flop, five specials
  EXPECT_EQ(tally.flops, 5);
  EXPECT_EQ(tally.specials, 5);
  EXPECT_LT(z.value(), 0);
}

TEST(Counted, CostsNothingAmongConstants) {
  Tally tally;
  const Counted scale = Counted(1) / 8 + 2;
  EXPECT_EQ(scale.value(), 2.125);
  const Counted one = known(1, Counted(7, tally));
  EXPECT_EQ(tally.flops, 0);
  EXPECT_EQ((one + one).value(), 2);
  EXPECT_EQ(tally.flops, 1);
}

TEST(Counted, KnowsWhetherItWasRead) {
  Tally tally;
  Counted numbers[3] = {{1, tally}, {2, tally}, {3, tally}};
  numbers[2] = numbers[0];
  EXPECT_TRUE(numbers[0].was_read());
  EXPECT_FALSE(numbers[1].was_read());
  EXPECT_FALSE(numbers[2].was_read());
  EXPECT_EQ(static_cast<std::int64_t>(numbers[1]), 2);
  EXPECT_TRUE(numbers[1].was_read());
}

}  // namespace ergon
