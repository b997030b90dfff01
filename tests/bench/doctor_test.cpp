#include <gtest/gtest.h>

#include "tests/bench/program.h"
#include "tests/harness/meter/made_tree.h"

namespace ergon {

TEST(DoctorCommand, ShowsWhatContainsWhat) {
  MadeTree tree;
  tree.write_cpu("GenuineIntel", 6, 106, "");
  const std::string folder = "sys/class/powercap/intel-rapl:";
  const std::pair<const char*, const char*> zones[] = {{"0", "package-0"}, {"0:0", "dram"},
                                                       {"0:1", "core"},    {"1", "package-1"},
                                                       {"1:0", "dram"},    {"2", "psys"}};
  for (const auto& [zone, name] : zones) {
    tree.write(folder + zone + "/name", std::string(name) + "\n");
    tree.write(folder + zone + "/energy_uj", 1'000'000u);
  }
  const ProgramOutcome outcome = ergon("doctor --root " + tree.root().string());
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_NE(outcome.text.find("  powercap/psys\n"
                              "    powercap/package-0/dram\n"
                              "    powercap/package-1/dram\n"
                              "    powercap/packages  <- the energy of a record\n"
                              "      powercap/package-0\n"
                              "        powercap/package-0/core\n"
                              "      powercap/package-1\n"),
            std::string::npos)
      << outcome.text;
}

TEST(DoctorCommand, SaysOfEveryMeterWhyItIsNotHere) {
  MadeTree tree;
  const ProgramOutcome outcome = ergon("doctor --root " + tree.root().string());
  EXPECT_EQ(outcome.exit_code, 0);
  for (const char* meter : {"perf", "powercap", "msr", "hwmon", "cray_pm", "nvml", "external"}) {
    const std::size_t at = outcome.text.find("meter " + std::string(meter) + ": ");
    ASSERT_NE(at, std::string::npos) << meter;
    const std::string reason = "\n  not here: " + std::string(meter) + ": ";
    EXPECT_EQ(outcome.text.find(reason, at), outcome.text.find('\n', at)) << outcome.text;
  }
  EXPECT_NE(outcome.text.find("no meter measures here"), std::string::npos);
}

}  // namespace ergon
