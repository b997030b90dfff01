#include "harness/config/shapes.h"

#include <gtest/gtest.h>

#include <fstream>

#include "harness/config/yaml.h"
#include "kernels/error.h"
#include "tests/temporary_folder.h"

namespace ergon {
namespace {

namespace fs = std::filesystem;

const fs::path kShapes = fs::path(ERGON_SOURCE_DIR) / "configs/shapes";

Yaml scalar(const std::string& text) { return parse_yaml("'" + text + "'", "test"); }

}  // namespace

// The products of published sizes: heads x head size is the hidden size that the layers have.
TEST(Shapes, HeadsTimesTheirSizeIsTheHiddenSize) {
  struct Model {
    const char* name;
    std::int64_t hidden;
  };
  for (const Model& model :
       {Model{"bert-base", 768}, Model{"bert-large", 1024}, Model{"gpt2-small", 768},
        Model{"gpt2-medium", 1024}, Model{"gpt2-large", 1280}, Model{"gpt2-xl", 1600},
        Model{"llama-2-7b", 4096}, Model{"llama-2-13b", 5120}, Model{"llama-3-8b", 4096}}) {
    Shapes shapes({kShapes});
    const std::string name = model.name;
    const Sweep::ZippedAxes gemm = shapes.find(scalar(name + "/gemm"), *primitive::named("gemm"));
    EXPECT_EQ(gemm.names, (std::vector<std::string>{"n", "k"})) << name;
    for (const auto& row : gemm.rows) {
      EXPECT_TRUE(row[0] == model.hidden || row[1] == model.hidden) << name;
    }
    const Sweep::ZippedAxes attention =
        shapes.find(scalar(name + "/attention"), *primitive::named("attention"));
    EXPECT_EQ(attention.rows.at(0).at(0) * attention.rows.at(0).at(2), model.hidden) << name;
  }
}

TEST(Shapes, EveryModelNamesItsSourceAndEveryListIsReadable) {
  for (const auto& entry : fs::directory_iterator(kShapes)) {
    const Yaml file = parse_yaml(read_text_file(entry.path(), "shapes"), entry.path().string());
    for (std::size_t i = 0; i < file.keys.size(); ++i) {
      const Yaml& model = file.items[i];
      ASSERT_NE(model.find("source"), nullptr) << file.keys[i].text;
      EXPECT_GT(model.find("source")->text.size(), 20u) << file.keys[i].text;
      for (const Yaml& key : model.keys) {
        if (key.text == "source") continue;
        const Primitive* primitive = primitive::named(key.text);
        ASSERT_NE(primitive, nullptr) << key.text;
        Shapes shapes({kShapes});
        EXPECT_FALSE(
            shapes.find(scalar(file.keys[i].text + "/" + key.text), *primitive).rows.empty());
      }
    }
  }
}

TEST(Shapes, TheFirstFolderCounts) {
  const TemporaryFolder temporary;
  const fs::path& folder = temporary.path();
  std::ofstream(folder / "mine.yaml") << "bert-base: {gemm: {'n,k': [[1, 2]]}}\n";
  Shapes shapes({folder, kShapes});
  const Primitive& gemm = *primitive::named("gemm");
  EXPECT_EQ(shapes.find(scalar("bert-base/gemm"), gemm).rows,
            (std::vector<std::vector<std::int64_t>>{{1, 2}}));
  EXPECT_EQ(shapes.find(scalar("gpt2-xl/gemm"), gemm).rows.size(), 5u);
}

TEST(Shapes, ListsOfSeveralKeysAreRefused) {
  const TemporaryFolder temporary;
  const fs::path& folder = temporary.path();
  std::ofstream(folder / "mine.yaml") << "mine: {gemm: {n: [1], k: [2]}}\n";
  Shapes shapes({folder});
  EXPECT_THROW((void)shapes.find(scalar("mine/gemm"), *primitive::named("gemm")), Error);
}

}  // namespace ergon
