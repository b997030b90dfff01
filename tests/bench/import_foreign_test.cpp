#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "tests/analysis/foreign/irene_stand_in.h"
#include "tests/bench/program.h"
#include "tests/temporary_folder.h"

namespace ergon {

namespace {

bool holds(const ProgramOutcome& outcome, const std::string& text) {
  return outcome.text.find(text) != std::string::npos;
}

}  // namespace

TEST(ImportCommand, TurnsIrenesFilesIntoATableMarkedImported) {
  const TemporaryFolder folder;
  irene::write_stand_in(folder.path(), 1, 0.01);
  const std::string h5 = folder.path() / "irene.h5", table = folder.path() / "table.json";
  const ProgramOutcome imported =
      ergon("import irene " + folder.path().string() + " --device 'Made GPU' -o " + h5);
  EXPECT_EQ(imported.exit_code, 0) << imported.text;
  EXPECT_TRUE(holds(imported, "every joule marked imported")) << imported.text;
  const ProgramOutcome fitted = ergon("fit " + h5 + " -o " + table);
  EXPECT_EQ(fitted.exit_code, 0) << fitted.text;
  EXPECT_TRUE(holds(fitted, "every joule here is imported")) << fitted.text;
  EXPECT_TRUE(holds(fitted, "gemm/pytorch")) << fitted.text;
  const ProgramOutcome predicted =
      ergon("predict " + table + " --kernel layernorm/pytorch --shape rows=700,columns=768");
  EXPECT_EQ(predicted.exit_code, 0) << predicted.text;
  EXPECT_TRUE(holds(predicted, "(imported)")) << predicted.text;
}

TEST(ImportCommand, ReadsACsvThroughAMapping) {
  const TemporaryFolder folder;
  const std::string csv = folder.path() / "a.csv", yaml = folder.path() / "m.yaml";
  std::ofstream(csv) << "n,mJ,us\n1000,2,30\n2000,4,50\n";
  std::ofstream(yaml) << "device: Made GPU\nboundary: gpu\nmeter: theirs\n"
                         "energy: {column: mJ, unit: mJ}\ntime: {column: us, unit: us}\n"
                         "operations: [{kernel: gelu/theirs, axes: {elements: n}}]\n";
  const std::string h5 = folder.path() / "a.h5";
  const ProgramOutcome imported = ergon("import csv --mapping " + yaml + " " + csv + " -o " + h5);
  EXPECT_EQ(imported.exit_code, 0) << imported.text;
  EXPECT_TRUE(holds(imported, "2 records of 1 run written")) << imported.text;
  const ProgramOutcome missing = ergon("import csv --mapping /nowhere.yaml " + csv + " -o " + h5);
  EXPECT_EQ(missing.exit_code, 2) << missing.text;
}

}  // namespace ergon
