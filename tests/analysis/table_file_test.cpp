#include "analysis/table_file.h"

#include <cstdlib>
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "analysis/fit_table.h"
#include "kernels/error.h"
#include "tests/analysis/network/made_table.h"
#include "tests/analysis/schema.h"
#include "tests/analysis/synthetic.h"
#include "tests/temporary_folder.h"

namespace ergon {

namespace {

const std::filesystem::path kRoot = ERGON_SOURCE_DIR;

std::string contents(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

EnergyTable small_table() {
  SyntheticFile file(4, Source::simulated);
  file.add_probes(0.01);
  file.add("avx2", make_problem("copy", {{"elements", 4500}}), kCopyL1Truth);
  add_gemms(file, kGemmTruth, {.energy = 0.01, .slowdown_max = 0.1});
  for (std::int64_t elements = 1 << 10; elements <= 1 << 14; elements *= 4) {
    file.add("avx512", make_problem("gelu", {{"elements", elements}}), kCopyL2Truth,
             {.energy = 0.01, .slowdown_max = 0.1});
  }
  file.results.runs[0].channels[0].note = "a made power model: 20 W + 8 pJ/flop + 50 pJ/byte";
  return fit_table(make_samples({&file.results, 1}, EnergyKind::gross));
}

std::string refusal_of(const std::string& text) {
  try {
    (void)parse_table(text, "t.json");
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

class TableFile : public testing::Test {
 protected:
  TemporaryFolder temporary_;
  std::filesystem::path folder_ = temporary_.path();
};

}  // namespace

TEST_F(TableFile, IsByteIdenticalWhenReadAndWrittenAgain) {
  const std::filesystem::path file = folder_ / "table.json";
  write_table(file, small_table());
  const std::string first = contents(file);
  write_table(file, read_table(file));
  EXPECT_TRUE(contents(file) == first);
  EXPECT_EQ(first.find("nan"), std::string::npos);
}

TEST_F(TableFile, LooksLikeTheGoldenTable) {
  const std::filesystem::path golden = kRoot / "tests/analysis/golden/table.json";
  const std::string text = table_text(small_table());
  if (std::getenv("ERGON_UPDATE_GOLDEN") != nullptr) std::ofstream(golden) << text;
  const auto made = nlohmann::json::parse(text);
  const auto kept = nlohmann::json::parse(contents(golden));
  // The last digits of a fit differ between compilers; everything else is the same to the byte.
  const auto flat_made = made.flatten(), flat_kept = kept.flatten();
  ASSERT_EQ(flat_made.size(), flat_kept.size());
  for (const auto& [path, value] : flat_kept.items()) {
    ASSERT_TRUE(flat_made.contains(path)) << path;
    if (!value.is_number() || !flat_made[path].is_number()) {
      EXPECT_EQ(flat_made[path], value) << path;
      continue;
    }
    const double expected = value.get<double>();
    EXPECT_NEAR(flat_made[path].get<double>(), expected, 1e-6 * std::abs(expected) + 1e-12) << path;
  }
  EXPECT_TRUE(table_text(parse_table(contents(golden), "golden")) == contents(golden));
}

// What tests/consumer and the tests of the Python package ask, whose answers follow from its laws.
TEST_F(TableFile, TheTableThatConsumersAskIsTheMadeOne) {
  EnergyTable table = bert_table();
  table.source = Source::simulated;
  table.notes = {"a made law: 2 uJ a launch + 10 pJ/flop + 50 pJ/byte, at 100 W"};
  for (EnergyTable::Row& row : table.rows) row.key.source = Source::simulated;
  const std::filesystem::path golden = kRoot / "tests/analysis/golden/bert_table.json";
  if (std::getenv("ERGON_UPDATE_GOLDEN") != nullptr) std::ofstream(golden) << table_text(table);
  EXPECT_TRUE(table_text(table) == contents(golden));
}

TEST_F(TableFile, RefusesAnotherSchemaOrVersion) {
  const std::string text = table_text(small_table());
  EXPECT_EQ(refusal_of(replaced(text, "\"version\": 2\n  },\n  \"source\"",
                                "\"version\": 3\n  },\n  \"source\"")),
            "t.json: energy table of version 3; this build reads version 2: fit the table again");
  EXPECT_EQ(refusal_of("{\"a\": 1}"),
            "t.json: is no energy table: schema id 'ergon.energy_table' is missing; `ergon fit` "
            "makes one");
  EXPECT_TRUE(refusal_of("\x89HDF").starts_with("t.json: is no JSON: "));
}

TEST_F(TableFile, NamesThePlaceOfWhatIsWrong) {
  const std::string text = table_text(small_table());
  const std::string advice =
      "; fit the table again, or mend it by analysis/energy_table.schema.json";
  EXPECT_EQ(refusal_of(replaced(text, "\"threads\": 1", "\"threads\": \"1\"")),
            "t.json: devices[0].threads: is not an integer" + advice);
  EXPECT_EQ(refusal_of(replaced(text, "\"kind\": \"box\"", "\"kind\": \"ball\"")),
            "t.json: rows[0].hull.kind: is not 'box'" + advice);
  EXPECT_EQ(refusal_of(replaced(text, "\"cold\": false", "\"warm\": true")),
            "t.json: rows[0].key: has an unknown field 'warm'" + advice);
  EXPECT_NE(refusal_of(replaced(text, "\"name\": \"static_flops_bytes\"", "\"name\": \"magic\""))
                .find("form 'magic 1' is not among this build's: static_flops_bytes 1, "),
            std::string::npos);
}

TEST_F(TableFile, OverwritesATableAndNothingElse) {
  const std::filesystem::path file = folder_ / "results.h5";
  std::ofstream(file) << "precious";
  EXPECT_THROW(write_table(file, small_table()), Error);
  EXPECT_EQ(contents(file), "precious");
  EXPECT_THROW(write_table(folder_ / "nowhere" / "table.json", small_table()), Error);
}

TEST_F(TableFile, KeepsWhatItWasGiven) {
  const EnergyTable table = parse_table(table_text(small_table()), "t.json");
  EXPECT_EQ(table.source, Source::simulated);
  ASSERT_EQ(table.notes.size(), 1u);
  ASSERT_EQ(table.devices.size(), 1u);
  EXPECT_EQ(table.devices[0].left_out,
            std::vector<std::string>{"copy/avx2 over 35.16 KiB: just above L1 (32 KiB)"});
  ASSERT_EQ(table.rows.size(), 2u);
  EXPECT_EQ(table.rows[0].key.kernel, "gelu/avx512");
  EXPECT_TRUE(std::isnan(table.rows[0].energy.conformal.radius));
  EXPECT_EQ(table.rows[1].energy.form->name, "static_flops_bytes");
}

TEST_F(TableFile, KeepsWhatSentinelsVersionsAndRegimesSay) {
  EnergyTable table = small_table();
  table.runs[0].versions = {{"driver", "550.54"}, {"kernel", "6.1"}};
  table.campaigns[0].sentinels = 2;
  table.campaigns[0].energy.scale = {1.04, 1.02, 1.06, true, "significant"};
  table.rows[0].regimes = {{"memory-bound", "bytes beyond the cache", -1, "no caches"},
                           {"small-M", "m of 8 or less", 3, ""}};
  const std::string text = table_text(table);
  const EnergyTable read = parse_table(text, "t.json");
  EXPECT_EQ(read.runs, table.runs);
  ASSERT_EQ(read.campaigns.size(), 1u);
  EXPECT_EQ(read.campaigns[0].run, "run-4");
  EXPECT_EQ(read.campaigns[0].sentinels, 2);
  EXPECT_EQ(read.campaigns[0].energy.scale.high, 1.06);
  EXPECT_TRUE(read.campaigns[0].energy.scale.applied);
  EXPECT_TRUE(std::isnan(read.campaigns[0].time.drift.value));
  EXPECT_EQ(read.campaigns[0].time.drift.reason, "no sentinels");
  ASSERT_EQ(read.rows[0].regimes.size(), 2u);
  EXPECT_EQ(read.rows[0].regimes[0].records, -1);
  EXPECT_EQ(read.rows[0].regimes[0].reason, "no caches");
  EXPECT_EQ(read.rows[0].regimes[1].records, 3);
  const std::string schema = contents(kRoot / "analysis/energy_table.schema.json");
  EXPECT_EQ(schema_complaint(schema, text).value_or(""), "");
}

// Tables of builds that did not know these.
TEST_F(TableFile, ReadsATableWithoutCampaignsAndRegimes) {
  auto json = nlohmann::json::parse(table_text(small_table()));
  json.erase("campaigns");
  for (auto& row : json["rows"]) row.erase("regimes");
  const EnergyTable table = parse_table(json.dump(), "t.json");
  EXPECT_TRUE(table.campaigns.empty());
  EXPECT_TRUE(table.rows.at(0).regimes.empty());
  EXPECT_EQ(nlohmann::json::parse(table_text(table)), json);
}

TEST_F(TableFile, KeepsItsPublishedSchema) {
  const std::string schema = contents(kRoot / "analysis/energy_table.schema.json");
  const std::string text = table_text(small_table());
  const std::optional<std::string> complaint = schema_complaint(schema, text);
  if (!complaint) GTEST_SKIP() << "no JSON Schema validator (apt-get install libvalijson-dev)";
  EXPECT_EQ(*complaint, "");
  const auto table = nlohmann::json::parse(text);
  for (const std::string path : {"/rows/0/key/threads", "/rows/0/energy/coefficients/0/unit",
                                 "/energy", "/schema/version", "/records/sha256"}) {
    auto broken = table;
    broken[nlohmann::json::json_pointer(path)] = "other";
    EXPECT_NE(schema_complaint(schema, broken.dump()), "") << path;
  }
  auto extra = table;
  extra["rows"][0]["more"] = 1;
  EXPECT_NE(schema_complaint(schema, extra.dump()), "");
  auto less = table;
  less["rows"][0].erase("hull");
  EXPECT_NE(schema_complaint(schema, less.dump()), "");
}

}  // namespace ergon
