#include "tests/bench/made_contest.h"

#include <array>

namespace ergon {

Contest made_contest() {
  Point point;
  point.problem = make_problem(*primitive::named("gemm"), {128, 64, 64});
  std::vector<Point> points;
  for (const char* id : {"gemm/reference", "gemm/openblas"}) {
    point.kernel = kernel::named(id);
    points.push_back(point);
  }
  Contest contest = make_contests(points).front();
  for (Contender& contender : contest.contenders) contender.check.passed = true;
  contest.ceiling.check.passed = true;
  return contest;
}

void add_block(Contender& contender, int block, std::span<const double> seconds) {
  for (const double time : seconds) contender.samples.push_back({block, Seconds{time}, 0});
}

void fill_contest(Contest& contest, double ratio, double of_ceiling) {
  const auto flops = [](const Contender& contender) {
    const Problem& problem = contender.point.problem;
    return static_cast<double>(problem.primitive->work(problem).flops);
  };
  const double ours = 1e-3;
  const double ceiling =
      of_ceiling * ours * flops(contest.ceiling) / flops(contest.contenders.front());
  for (int block = 0; block < 5; ++block) {
    const double noise = block % 2 == 0 ? 1.01 : 1 / 1.01;
    add_block(contest.contenders[0], block, std::array{ours, ours});
    add_block(contest.contenders[1], block, std::array{noise * ratio * ours, noise * ratio * ours});
    add_block(contest.ceiling, block, std::array{ceiling, ceiling});
  }
}

}  // namespace ergon
