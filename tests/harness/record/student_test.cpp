#include "harness/record/student.h"

#include <gtest/gtest.h>

namespace ergon {

TEST(Student, GivesTheQuantilesOfItsTable) {  // any table of t, to four digits
  EXPECT_NEAR(student_t_975(1), 12.706, 1e-3);
  EXPECT_NEAR(student_t_975(4), 2.776, 1e-3);
  EXPECT_NEAR(student_t_975(30), 2.042, 1e-3);
  EXPECT_NEAR(student_t_975(31), 2.0395, 1e-4);
  EXPECT_NEAR(student_t_975(60), 2.0003, 1e-4);
  EXPECT_NEAR(student_t_975(1000), 1.9623, 1e-4);
}

TEST(Student, InterpolatesFractionalFreedom) {  // computed with the incomplete beta function
  EXPECT_NEAR(student_t_975(1.5), 6.017, 0.2);
  EXPECT_NEAR(student_t_975(4.5), 2.6589, 0.003);
  EXPECT_NEAR(student_t_975(12.3), 2.1729, 0.001);
}

}  // namespace ergon
