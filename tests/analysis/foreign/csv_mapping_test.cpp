#include "analysis/foreign/csv_mapping.h"

#include <gtest/gtest.h>

#include "analysis/sample.h"
#include "kernels/error.h"

namespace ergon {

namespace {

constexpr const char* kMapping = R"(device: Made GPU
boundary: gpu
meter: theirs
run: campaign
energy: {column: energy, unit: mJ}
time: {column: time, unit: us}
operations:
  - where: {op: Linear}
    kernel: gemm/theirs
    axes: {m: tokens, n: 64, k: width}
    options: {transpose_b: "yes"}
  - where: {op: Softmax}
    kernel: softmax/theirs
    axes: {rows: tokens, columns: width}
)";

constexpr const char* kTable =
    "op,tokens,width,energy,time,campaign\n"
    "Linear,8,32,5,20,a\nSoftmax,4,16,2.5,10,a\nReLU,4,16,1,10,a\nLinear,8,32,5.2,21,b\n";

CsvMapping mapping_of(const std::string& text) {
  return read_csv_mapping(parse_yaml(text, "m.yaml"));
}

std::string refusal_of(const std::string& mapping, const std::string& table) {
  try {
    (void)import_csv(parse_csv(table, "t.csv"), mapping_of(mapping));
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  return text.replace(text.find(from), from.size(), to);
}

}  // namespace

TEST(CsvMapping, TurnsRowsIntoRecordsMarkedImported) {
  const CsvImport taken = import_csv(parse_csv(kTable, "t.csv"), mapping_of(kMapping));
  EXPECT_EQ(taken.left_out, 1);
  ASSERT_EQ(taken.results.records.size(), 3u);
  ASSERT_EQ(taken.results.runs.size(), 2u);
  EXPECT_EQ(taken.results.runs[0].channels[0].source, Source::imported);
  EXPECT_EQ(taken.results.runs[0].channels[0].domain, "gpu");
  const Record& linear = taken.results.records[0];
  EXPECT_EQ(linear.energy_status, EnergyStatus::imported);
  EXPECT_EQ(linear.check_status, CheckStatus::not_run);
  EXPECT_EQ(problem_key(linear.point.problem),
            "k1:gemm/a=f32,accumulate=f32,b=f32,out=f32/bias=no,epilogue=none,transpose_b=yes/"
            "k=32,m=8,n=64");
  EXPECT_EQ(kernel_id(*linear.point.kernel), "gemm/theirs");
  const Window& window = linear.windows[0];
  EXPECT_NEAR(window.energy[0].gross.value / window.launches, 5e-3, 1e-15);
  EXPECT_NEAR(1e-9 * static_cast<double>(window.end_ns - window.begin_ns) / window.launches, 20e-6,
              1e-18);
}

TEST(CsvMapping, GivesSamplesThatAFitTakes) {
  const CsvImport taken = import_csv(parse_csv(kTable, "t.csv"), mapping_of(kMapping));
  const SampleSet samples = make_samples({&taken.results, 1}, EnergyKind::gross);
  EXPECT_EQ(samples.source, Source::imported);
  ASSERT_EQ(samples.samples.size(), 2u);  // the GEMM of both campaigns is one point
  EXPECT_EQ(samples.samples[0].records, 2);
  EXPECT_NEAR(samples.samples[0].energy.value, 5.1e-3, 1e-15);
}

TEST(CsvMapping, RefusesWithThePlace) {
  EXPECT_EQ(refusal_of(replaced(kMapping, "gemm/theirs", "gemmm/theirs"), kTable).substr(0, 48),
            "m.yaml:9:13: kernel 'gemmm/theirs': expected pri");
  EXPECT_NE(refusal_of(replaced(kMapping, "k: width", "kk: width"), kTable).find("m.yaml:10:"),
            std::string::npos);
  EXPECT_NE(refusal_of(replaced(kMapping, "unit: mJ", "unit: joule"), kTable).find("m.yaml:5:"),
            std::string::npos);
  EXPECT_EQ(refusal_of(kMapping, replaced(kTable, "Linear,8,32,5,", "Linear,8,x,5,")),
            "t.csv:2: width 'x' is no number");
  EXPECT_NE(refusal_of(kMapping, replaced(kTable, "Linear,8,32,5,", "Linear,8,32,-5,"))
                .find("t.csv:2: -0.005 J in 2e-05 s: both must be above zero"),
            std::string::npos);
  EXPECT_EQ(refusal_of(kMapping, replaced(kTable, "op,", "kind,")).substr(0, 32),
            "t.csv: has no column 'op'; it ha");
}

}  // namespace ergon
