// consumer TABLE CONFIG: one prediction, a column of predictions, and a network by a table.

#include <cmath>
#include <cstdio>
#include <exception>
#include <fstream>
#include <iterator>
#include <vector>

#include "analysis/network/estimate.h"
#include "analysis/predict_columns.h"
#include "analysis/row_problem.h"
#include "analysis/table_file.h"

namespace {

bool agrees(double a, double b) { return std::abs(a - b) <= 1e-12 * std::abs(b); }

// A column of shapes costs what each of them costs by itself.
bool columns_agree(const ergon::EnergyTable::Row& row) {
  const ergon::Predictor predictor(row);
  std::vector<std::int64_t> m(1000);
  for (std::size_t i = 0; i < m.size(); ++i) m[i] = static_cast<std::int64_t>(16 + i);
  const std::int64_t n = 512, k = 256;
  const std::span<const std::int64_t> shapes[] = {m, {&n, 1}, {&k, 1}};
  std::vector<double> energy(m.size()), low(energy), high(energy), time(energy);
  const auto extrapolated = std::make_unique<bool[]>(m.size());
  ergon::predict_columns(predictor, ergon::row_pattern(row.key), shapes,
                         {energy, low, high, time, {extrapolated.get(), m.size()}});
  double sum = 0;
  for (std::size_t i = 0; i < m.size(); ++i) {
    const auto one = predictor(ergon::row_problem(row.key, {{"m", m[i]}, {"n", n}, {"k", k}}));
    if (!agrees(energy[i], one.energy.value) || !agrees(time[i], one.time.value)) return false;
    sum += energy[i];
  }
  std::printf("%zu shapes: %.6g J, %.6g s\n", m.size(), sum, time.front());
  return true;
}

// Names its layers' joules, or says what the table lacks.
void print_network(const ergon::EnergyTable& table, const char* file) {
  std::ifstream stream(file);
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  const ergon::Network network =
      ergon::build_network(ergon::parse_json_description(text, file), {.batch = 8});
  std::printf("%s: %zu nodes\n", network.name.c_str(), network.nodes.size());
  const ergon::PriceList prices(table, ergon::primitives_of(network), {});
  std::printf("%.6g J\n", ergon::estimate(network, prices).total().energy.value);
}

}  // namespace

int main(int, char** argv) {
  try {
    const ergon::EnergyTable table = ergon::read_table(argv[1]);
    const std::map<std::string, std::string> wanted = {{"kernel", "gemm/made"}};
    const ergon::EnergyTable::Row& row = ergon::find_row(table, wanted);
    const ergon::Problem problem =
        ergon::row_problem(row.key, {{"m", 256}, {"n", 512}, {"k", 256}});
    const ergon::Prediction gemm = ergon::Predictor(row)(problem);
    std::printf("%.6g J (%s), %.6g to %.6g J, %.6g s\n", gemm.energy.value,
                ergon::source_name(table.source).data(), gemm.low.value, gemm.high.value,
                gemm.time.value);
    if (!columns_agree(row)) return 1;
    print_network(table, argv[2]);
  } catch (const std::exception& error) {
    std::printf("%s\n", error.what());
    return 2;
  }
  return 0;
}
