#include "harness/record/facts.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "harness/sha256.h"
#include "tests/harness/record/scratch.h"

namespace ergon {
namespace {

using nlohmann::json;

void write_file(const std::filesystem::path& file, std::string_view text) {
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file) << text;
}

}  // namespace

TEST(Facts, ReadAMachineFromItsFiles) {
  const Scratch root;
  const std::filesystem::path cpus = root / "sys/devices/system/cpu";
  write_file(root / "proc/cpuinfo",
             "processor\t: 0\nvendor_id\t: GenuineIntel\nmodel\t\t: 143\n"
             "model name\t: A Processor\nmicrocode\t: 0x2b0004d0\nflags\t\t: fpu sgx avx512f\n");
  for (int cpu = 0; cpu < 4; ++cpu) {
    const auto folder = cpus / ("cpu" + std::to_string(cpu)) / "topology";
    write_file(folder / "physical_package_id", std::to_string(cpu / 2) + "\n");
    write_file(folder / "core_id", "0\n");
    const auto policy = cpus / "cpufreq" / ("policy" + std::to_string(cpu));
    write_file(policy / "scaling_governor", cpu == 3 ? "powersave\n" : "performance\n");
    write_file(policy / "scaling_max_freq", "3500000\n");
  }
  write_file(root / "sys/devices/system/node/node0/cpulist", "0-3\n");
  write_file(root / "sys/class/dmi/id/bios_version", "1.2.3\n");
  write_file(root / "etc/machine-id", "0123\n");
  write_file(root / "etc/os-release", "NAME=\"Linux\"\nPRETTY_NAME=\"A Linux 12\"\n");
  write_file(root / "proc/cmdline", "quiet node_token=abc isolcpus=2,3\n");
  write_file(root / "sys/class/powercap/intel-rapl:0/constraint_0_power_limit_uw", "350000000\n");

  const json facts = json::parse(machine_facts(root.folder()));
  const json& cpu = facts.at("cpu");
  EXPECT_EQ(cpu.at("vendor"), "GenuineIntel");
  EXPECT_EQ(cpu.at("model"), 143);
  EXPECT_EQ(cpu.at("microcode"), "0x2b0004d0");
  EXPECT_EQ(cpu.at("virtualised"), false);
  EXPECT_EQ(cpu.at("sgx"), true);
  EXPECT_EQ(cpu.at("sockets"), 2);
  EXPECT_EQ(cpu.at("cores"), 2);
  EXPECT_EQ(cpu.at("threads"), 4);
  EXPECT_EQ(cpu.at("scaling_governor"), json::parse(R"(["performance", "powersave"])"));
  EXPECT_EQ(cpu.at("scaling_max_freq"), json::parse("[3500000]"));
  EXPECT_EQ(cpu.at("numa").at("node0").at("cpus"), "0-3");
  EXPECT_EQ(cpu.at("power_limits").at("intel-rapl:0").at("constraint_0_power_limit_uw"), 350000000);
  EXPECT_EQ(facts.at("host").at("bios_version"), "1.2.3");
  EXPECT_EQ(facts.at("host").at("machine_id_sha256"), sha256("0123"));
  EXPECT_EQ(facts.at("host").at("distribution"), "A Linux 12");
  EXPECT_EQ(facts.at("host").at("cmdline"), "quiet isolcpus=2,3");
}

TEST(Facts, LeaveOutWhatTheMachineDoesNotHave) {
  const Scratch root;
  const json facts = json::parse(machine_facts(root.folder()));
  EXPECT_FALSE(facts.at("cpu").contains("vendor"));
  EXPECT_FALSE(facts.at("cpu").contains("scaling_governor"));
  EXPECT_FALSE(facts.at("host").contains("bios_version"));
  EXPECT_TRUE(facts.at("unreadable").empty());
}

TEST(Facts, GiveTheReasonForWhatCannotBeRead) {
  const Scratch root;
  // A folder in the place of a file fails to be read whoever asks, root included.
  std::filesystem::create_directories(root / "sys/class/dmi/id/bios_version");
  const json facts = json::parse(machine_facts(root.folder()));
  EXPECT_EQ(facts.at("unreadable").at("/sys/class/dmi/id/bios_version"), "Is a directory");
}

TEST(Facts, KeepWhatChangesMeasurementsAndNoSecrets) {
  const char* const environment[] = {"OMP_NUM_THREADS=4",
                                     "OMP_PLACES=",
                                     "HOME=/home/someone",
                                     "CUDA_API_TOKEN=abc",
                                     "SLURM_JOB_ID=17",
                                     "SLURM_JOB_USER=someone",
                                     "OPENBLAS_SECRET_THING=abc",
                                     "NVIDIA_ngc_api_key=abc",
                                     "LD_LIBRARY_PATH=/home/someone/lib",
                                     "LD_PRELOAD=libx.so"};
  const json facts = json::parse(environment_facts(environment));
  const json expected = {{"OMP_NUM_THREADS", "4"},
                         {"OMP_PLACES", ""},
                         {"SLURM_JOB_ID", "17"},
                         {"LD_LIBRARY_PATH_sha256", sha256("/home/someone/lib")},
                         {"LD_PRELOAD", "libx.so"}};
  EXPECT_EQ(facts, expected);
}

TEST(Facts, NameTheLibrariesOfThisProcess) {
  const json facts = json::parse(software_facts());
  const auto names = facts.at("libraries").get<std::vector<std::string>>();
  EXPECT_TRUE(std::ranges::any_of(names, [](auto& name) { return name.starts_with("libhdf5"); }));
  EXPECT_TRUE(std::ranges::find(names, "libc.so.6") != names.end());
}

TEST(Facts, SayWhereThisProcessMayRun) {
  const json facts = json::parse(placement_facts("/"));
  EXPECT_FALSE(facts.at("cpus").empty());
  EXPECT_EQ(facts.at("page_bytes"), sysconf(_SC_PAGESIZE));
}

}  // namespace ergon
