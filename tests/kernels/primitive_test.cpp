#include "kernels/primitive.h"

#include <gtest/gtest.h>

#include "kernels/problem.h"
#include "tests/kernels/awkward_shapes.h"

namespace ergon {

TEST(Primitive, IsFoundByItsName) {
  for (const Primitive* primitive : primitive::all()) {
    EXPECT_EQ(primitive::named(primitive->name), primitive);
  }
  EXPECT_EQ(primitive::named("convolution"), nullptr);
}

// What every primitive must give for every problem; its numbers are its own test's.
TEST(Primitive, DescribesEveryAwkwardProblem) {
  for (const Primitive* primitive : primitive::all()) {
    const std::vector<Problem> problems = awkward_problems(*primitive);
    EXPECT_FALSE(problems.empty()) << primitive->name;
    for (const Problem& problem : problems) {
      const std::string key = problem_key(problem);
      ASSERT_EQ(primitive->invalid(problem), "") << key;
      EXPECT_EQ(problem_key(problem_from_key(key)), key);
      const Work work = primitive->work(problem);
      std::int64_t written = 0;
      const Operands operands = primitive->operands(problem);
      for (const Operand& operand : operands) {
        const auto bytes =
            static_cast<std::int64_t>(dtype_bytes(operand.dtype, operand.elements()));
        if (operand.role == Role::output) written += bytes;
      }
      EXPECT_EQ(operands.back().role, Role::output) << key;
      EXPECT_EQ(operands.back().elements() % primitive->slices(problem), 0) << key;
      EXPECT_GE(primitive->tolerance(problem), 0) << key;
      if (primitive->probe) continue;  // a probe moves what it is made to move
      EXPECT_GT(work.bytes_read, 0) << key;
      EXPECT_EQ(work.bytes_written, written) << key;
    }
  }
}

}  // namespace ergon
