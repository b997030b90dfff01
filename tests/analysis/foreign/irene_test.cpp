#include "analysis/foreign/irene.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "kernels/error.h"
#include "tests/temporary_folder.h"

namespace ergon::irene {

namespace {

constexpr std::string_view kHeader =
    "batch_size,seq_len,flops,mem_bytes,cpu,times_mean,gpu_energy_mean,energy_mean,level_name,"
    "model_name\n";

// A folder of IrEne's four files.
class Folder {
 public:
  Folder() {
    for (const char* name : {"ml1", "ml2", "module", "model"}) write(name, "");
  }
  void write(const std::string& name, const std::string& rows) {
    std::ofstream(path() / (name + "_level_features.csv")) << kHeader << rows;
  }
  [[nodiscard]] std::filesystem::path path() const { return temporary_.path(); }

 private:
  TemporaryFolder temporary_;
};

// 2 x 8 tokens of width 16: 8 x 256 FLOPs.
constexpr const char* kLayerNorm = "2.0,8.0,0.002048,0.00390625,9,2e-5,0.002,0.005,";

std::string refusal_of(const Folder& folder) {
  try {
    (void)read(folder.path());
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST(Irene, CountsAMeasurementOnceHoweverManyLayersRepeatIt) {
  Folder folder;
  folder.write("ml1", std::string(kLayerNorm) + "encoder.0.norm:LayerNorm,made\n" + kLayerNorm +
                          "encoder.1.norm:LayerNorm,made\n" + kLayerNorm +
                          "norm:LayerNorm,other\n");
  const Measurements measurements = read(folder.path());
  EXPECT_EQ(measurements.rows, 3);
  ASSERT_EQ(measurements.all.size(), 2u);
  const Measurement& norm = measurements.all[0];
  EXPECT_EQ(norm.copies, 2);
  EXPECT_EQ(norm.path, "encoder.0.norm");
  EXPECT_EQ(norm.type, "LayerNorm");
  EXPECT_EQ(norm.primitive, "layernorm");
  EXPECT_EQ(norm.extents[0].second, 16);
  EXPECT_EQ(norm.extents[1].second, 16);
  EXPECT_EQ(norm.energy.value, 0.005);  // wall joules, not the GPU's
  EXPECT_EQ(norm.time.value, 2e-5);
}

TEST(Irene, KeepsModulesAndModelsWithoutAShape) {
  Folder folder;
  folder.write("module", "2,8,1,2,9,0.1,1,2.5,encoder.layer.3:BertLayer,made\n");
  folder.write("model", "2,8,1,2,9,0.1,1,3.5,made-model,made\n");
  const Measurements measurements = read(folder.path());
  ASSERT_EQ(measurements.all.size(), 2u);
  EXPECT_EQ(measurements.all[0].level, Level::module);
  EXPECT_EQ(measurements.all[0].path, "encoder.layer.3");
  EXPECT_EQ(measurements.all[1].level, Level::model);
  EXPECT_EQ(measurements.all[1].energy.value, 3.5);
  EXPECT_TRUE(measurements.all[1].primitive.empty());
}

TEST(Irene, LeavesOutTheModelThatThePaperLeavesOutAndSaysSo) {
  Folder folder;
  folder.write("ml1", std::string(kLayerNorm) + "h.0.norm:LayerNorm,sshleifer/tiny-ctrl\n");
  const Measurements measurements = read(folder.path());
  EXPECT_TRUE(measurements.all.empty());
  EXPECT_EQ(measurements.left_out,
            std::vector<std::string>{"model sshleifer/tiny-ctrl: 1 rows, as in the paper"});
}

TEST(Irene, RefusesFilesThatAreNotIrenes) {
  Folder folder;
  folder.write("ml1", "2.0,8.0,0.002049,0.00390625,9,2e-5,0.002,0.005,a:LayerNorm,made\n");
  EXPECT_NE(refusal_of(folder).find("ml1_level_features.csv:2: no shape of a LayerNorm has 2049"),
            std::string::npos)
      << refusal_of(folder);
  folder.write("ml1", std::string(kLayerNorm) + "norm,made\n");
  EXPECT_NE(refusal_of(folder).find("level_name 'norm' is no path:Type"), std::string::npos);
  folder.write("ml1", "2,8,0.002048,0.004,9,2e-5,0.002,0,a:LayerNorm,made\n");
  EXPECT_NE(refusal_of(folder).find("energy_mean is not above zero"), std::string::npos);
  std::filesystem::remove(folder.path() / "model_level_features.csv");
  folder.write("ml1", "");
  EXPECT_NE(refusal_of(folder).find("model_level_features.csv: cannot be read"), std::string::npos);
}

// The published files: 17,259 primitive rows are 1,386 measurements.
TEST(Irene, ReadsThePublishedFiles) {
  const char* folder = std::getenv("ERGON_IRENE_DATA");
  if (folder == nullptr) GTEST_SKIP() << "ERGON_IRENE_DATA does not point at IrEne's files";
  const Measurements measurements = read(folder);
  const auto is_primitive = [](const Measurement& m) { return m.level == Level::primitive; };
  int rows = 0;
  for (const Measurement& m : measurements.all) rows += is_primitive(m) ? m.copies : 0;
  EXPECT_EQ(rows, 17259);
  EXPECT_EQ(std::ranges::count_if(measurements.all, is_primitive), 1386);
}

}  // namespace ergon::irene
