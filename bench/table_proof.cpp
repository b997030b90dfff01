#include "bench/table_proof.h"

#include <cmath>

#include "analysis/fit_table.h"
#include "analysis/predict.h"
#include "bench/made_machine.h"

namespace ergon {

namespace {

double joules_of(const Record& record) {
  const Window& window = record.windows[0];
  return window.energy[0].gross.value / window.launches;
}

double joules_per_flop(const Results& results) {
  double x1 = 0, x2 = 0;
  for (const Record& record : results.records) {
    const Problem& problem = record.point.problem;
    const double x =
        static_cast<double>(problem.primitive->work(problem).flops) / joules_of(record);
    x1 += x;
    x2 += x * x;
  }
  return x1 / x2;
}

}  // namespace

TableProof prove_table(std::uint64_t seed, int points, int fresh) {
  const MadeMachine machine(seed);
  const ShapeBox box;
  SplitMix random(1000 + seed);
  std::vector<Problem> known, inside;
  for (int i = 0; i < points; ++i) known.push_back(draw_inside(box, random));
  for (int i = 0; i < fresh; ++i) inside.push_back(draw_inside(box, random));
  const Results train = simulate_records(machine, known, random);
  const Results test = simulate_records(machine, inside, random);
  const EnergyTable table = fit_table(make_samples({&train, 1}, EnergyKind::gross));
  const Predictor predictor(table.rows.at(0));
  const double per_flop = joules_per_flop(train);
  TableProof proof;
  double within = 0;
  for (const Record& record : test.records) {
    const Problem& problem = record.point.problem;
    const Prediction prediction = predictor(problem);
    const double joules = joules_of(record);
    if (prediction.extrapolated) {
      proof.flagged_inside += 1.0 / fresh;
      continue;
    }
    ++within;
    proof.error_inside += std::abs(prediction.energy.value / joules - 1);
    const auto flops = static_cast<double>(problem.primitive->work(problem).flops);
    proof.error_flops += std::abs(per_flop * flops / joules - 1);
    proof.coverage += prediction.low.value <= joules && joules <= prediction.high.value;
  }
  proof.error_inside /= within;
  proof.error_flops /= within;
  proof.coverage /= within;
  for (int i = 0; i < fresh; ++i) {
    proof.flagged_outside += predictor(draw_outside(box, random)).extrapolated ? 1.0 / fresh : 0;
  }
  return proof;
}

}  // namespace ergon
