#pragma once

namespace ergon {

// 97.5 % quantile of Student's t: half of a 95 % interval, in standard errors. `freedom` >= 1; may
// be fractional, as Welch and Satterthwaite's is.
[[nodiscard]] double student_t_975(double freedom);

}  // namespace ergon
