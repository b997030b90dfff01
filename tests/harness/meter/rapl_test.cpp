#include "harness/meter/rapl.h"

#include <gtest/gtest.h>

#include "tests/harness/meter/made_tree.h"

namespace ergon {

TEST(Rapl, ReadsListsOfCpus) {
  EXPECT_EQ(parse_cpu_list("0"), (std::vector<int>{0}));
  EXPECT_EQ(parse_cpu_list("0,28-30"), (std::vector<int>{0, 28, 29, 30}));
  for (const char* const wrong : {"", "a", "0-", "3-1", "0;1", "0-999999999", "-1"}) {
    EXPECT_TRUE(parse_cpu_list(wrong).empty()) << wrong;
  }
}

TEST(Rapl, FindsTheFirstCpuThatIsOnlineOfEachPackage) {
  MadeTree tree;
  tree.write("sys/devices/system/cpu/cpu0/online", 0);  // offline: it has no topology
  tree.write("sys/devices/system/cpu/cpufreq/boost", 1);
  for (const int cpu : {1, 2, 10, 11}) tree.place_cpu(cpu, cpu / 10, 0);
  const auto units = rapl_units(tree.root(), CpuVendor::intel);
  ASSERT_EQ(units.size(), 2u);
  EXPECT_EQ(units[0].cpu, 1);
  EXPECT_EQ(units[1].cpu, 10);
  EXPECT_EQ(units[1].name(), "package-1");
}

TEST(Rapl, TellsCpusFromProcCpuinfo) {
  MadeTree tree;
  tree.write_cpu("GenuineIntel", 6, 143, "fpu sgx_lc hypervisor");
  const CpuIdentity cpu = read_cpu_identity(tree.root());
  EXPECT_EQ(cpu.vendor, CpuVendor::intel);
  EXPECT_EQ(cpu.model, 143);
  EXPECT_TRUE(cpu.virtual_machine);
  EXPECT_FALSE(cpu.sgx);  // sgx_lc is another flag
}

TEST(Rapl, NotesThatSgxFiltersEnergy) {
  MadeTree tree;
  tree.write_cpu("GenuineIntel", 6, 143, "fpu sgx");
  EXPECT_EQ(rapl_note(read_cpu_identity(tree.root())),
            "this CPU has SGX: while SGX is in use, energy over short times is filtered");
}

TEST(Rapl, HasARowForEveryServerSinceSandyBridge) {
  for (const int model : {0x2D, 0x3E, 0x3F, 0x4F, 0x56, 0x55, 0x6A, 0x6C, 0x8F, 0xCF, 0x57, 0x85}) {
    const CpuIdentity cpu{CpuVendor::intel, 6, model, false, false};
    ASSERT_NE(rapl_model(cpu), nullptr) << model;
    EXPECT_TRUE(rapl_model(cpu)->counts(RaplDomain::package)) << model;
    EXPECT_TRUE(rapl_model(cpu)->counts(RaplDomain::dram)) << model;
  }
}

TEST(Rapl, CountsNoCoresOnAmd) {
  for (const int family : {0x17, 0x18, 0x19, 0x1A}) {
    const CpuIdentity cpu{CpuVendor::amd, family, 1, false, false};
    ASSERT_NE(rapl_model(cpu), nullptr) << family;
    EXPECT_FALSE(rapl_model(cpu)->counts(RaplDomain::core)) << family;
  }
}

}  // namespace ergon
