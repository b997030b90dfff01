#include <gtest/gtest.h>

#include <cerrno>

#include "harness/record/record.h"
#include "tests/harness/meter/made_tree.h"

namespace ergon {
namespace {

// A chip as sysfs has it: a folder of hwmon whose `device` links to where it sits.
std::string add_chip(const MadeTree& tree, int number, const std::string& name,
                     const std::string& device) {
  const std::string folder = "sys/class/hwmon/hwmon" + std::to_string(number) + "/";
  tree.write(folder + "name", name + "\n");
  if (!device.empty()) {
    std::filesystem::create_directories(tree.root() / "sys/devices" / device);
    tree.link(folder + "device", tree.root() / "sys/devices" / device);
  }
  return folder;
}

void write_rail(const MadeTree& tree, const std::string& folder, int rail, const std::string& label,
                int millivolts, int milliamperes) {
  const std::string number = std::to_string(rail);
  tree.write(folder + "in" + number + "_label", label + "\n");
  tree.write(folder + "in" + number + "_input", std::to_string(millivolts) + "\n");
  tree.write(folder + "curr" + number + "_input", std::to_string(milliamperes) + "\n");
}

// Xavier NX: the module's supply and two rails behind it, and the driver's sums of shunts.
std::string add_xavier(const MadeTree& tree, int number) {
  const std::string folder = add_chip(tree, number, "ina3221", "7-0040");
  tree.write(folder + "update_interval", 7);
  write_rail(tree, folder, 1, "VDD_IN", 5000, 1000);
  write_rail(tree, folder, 2, "VDD_CPU_GPU_CV", 5000, 400);
  write_rail(tree, folder, 3, "VDD_SOC", 5000, 200);
  for (int shunt = 4; shunt <= 6; ++shunt) {
    tree.write(folder + "in" + std::to_string(shunt) + "_input", 900);
  }
  write_rail(tree, folder, 7, "sum of shunt voltages", 2700, 1);
  tree.write(folder + "curr4_input", 1600);
  return folder;
}

std::string add_grace(const MadeTree& tree, int number, const std::string& info) {
  const std::string device = "ACPI000D:0" + std::to_string(number);
  const std::string folder = add_chip(tree, number, "power_meter", device);
  tree.write(folder + "power1_average", 500'000'000);
  tree.write(folder + "power1_average_interval", 50);
  if (!info.empty()) tree.write("sys/devices/" + device + "/power1_oem_info", info + "\n");
  return folder;
}

// amd_energy on two sockets of two cores, as the driver numbers them.
std::string add_epyc(const MadeTree& tree, int number) {
  const std::string folder = add_chip(tree, number, "amd_energy", "amd_energy.0");
  for (int core = 0; core < 4; ++core) {
    tree.place_cpu(core, core / 2, 0);
    tree.write(folder + "energy" + std::to_string(core + 1) + "_label",
               "Ecore00" + std::to_string(core) + "\n");
    tree.write(folder + "energy" + std::to_string(core + 1) + "_input", 1'000'000);
  }
  for (int socket = 0; socket < 2; ++socket) {
    tree.write(folder + "energy" + std::to_string(socket + 5) + "_label",
               "Esocket" + std::to_string(socket) + "\n");
    tree.write(folder + "energy" + std::to_string(socket + 5) + "_input", 9'000'000);
  }
  return folder;
}

std::string reason(const MadeTree& tree) {
  std::string why_not;
  EXPECT_EQ(tree.open("hwmon", why_not), nullptr);
  return why_not;
}

}  // namespace

TEST(Hwmon, FindsChipsByNameWhateverTheirNumber) {
  for (const int number : {0, 9}) {
    MadeTree tree;
    add_chip(tree, 4, "coretemp", "coretemp.0");
    add_xavier(tree, number);
    EXPECT_EQ(channel_names(*tree.open("hwmon")),
              "hwmon/ina3221/7-0040/VDD_IN hwmon/ina3221/7-0040/VDD_CPU_GPU_CV "
              "hwmon/ina3221/7-0040/VDD_SOC");
  }
}

TEST(Hwmon, MultipliesVoltsAndAmperesOfEachRailAndLeavesSumsOut) {
  MadeTree tree;
  add_xavier(tree, 0);
  const auto meter = tree.open("hwmon");
  const auto readings = read_all(*meter);
  ASSERT_EQ(readings.size(), 3u);
  const Channel& channel = meter->channels()[1];
  EXPECT_EQ(channel.measure, Measure::power);
  EXPECT_DOUBLE_EQ(static_cast<double>(readings[1].raw) * channel.scale, 2.0);
  EXPECT_DOUBLE_EQ(channel.update_period.value, 0.007);
}

TEST(Hwmon, CountsEveryRailWithinTheModulesSupply) {
  MadeTree tree;
  add_xavier(tree, 0);
  const std::string other = add_chip(tree, 1, "ina3221", "7-0041");
  write_rail(tree, other, 1, "VDD_4V0_WIFI", 4000, 100);
  const auto meter = tree.open("hwmon");
  EXPECT_EQ(channel_of(*meter, "hwmon/ina3221/7-0040/VDD_IN").within, "");
  EXPECT_EQ(channel_of(*meter, "hwmon/ina3221/7-0040/VDD_IN").domain, "board");
  EXPECT_EQ(channel_of(*meter, "hwmon/ina3221/7-0040/VDD_SOC").within,
            "hwmon/ina3221/7-0040/VDD_IN");
  EXPECT_EQ(channel_of(*meter, "hwmon/ina3221/7-0041/VDD_4V0_WIFI").within,
            "hwmon/ina3221/7-0040/VDD_IN");
}

TEST(Hwmon, ReadsAChipOnceThatTwoFoldersShow) {
  MadeTree tree;
  add_xavier(tree, 0);
  tree.link("sys/bus/i2c/drivers/ina3221/7-0040/hwmon/hwmon0",
            tree.root() / "sys/class/hwmon/hwmon0");
  EXPECT_EQ(tree.open("hwmon")->channels().size(), 3u);
}

TEST(Hwmon, FindsTheMonitorsOfAJetsonWithoutTheClassFolder) {
  MadeTree tree;
  const std::string folder = "sys/bus/i2c/drivers/ina3221/1-0040/hwmon/hwmon3/";
  tree.write(folder + "name", "ina3221\n");
  write_rail(tree, folder, 1, "VDD_GPU_SOC", 5000, 1000);
  EXPECT_EQ(channel_names(*tree.open("hwmon")), "hwmon/ina3221/VDD_GPU_SOC");
}

TEST(Hwmon, ReadsTheMilliwattsOfOlderJetsons) {
  MadeTree tree;
  const std::string folder = "sys/bus/i2c/drivers/ina3221x/1-0041/iio:device1/";
  tree.write(folder + "rail_name_0", "VDD_IN\n");
  tree.write(folder + "in_power0_input", 7650);
  tree.write(folder + "rail_name_1", "VDD_SYS_GPU\n");
  tree.write(folder + "in_power1_input", 150);
  const auto meter = tree.open("hwmon");
  const auto readings = read_all(*meter);
  EXPECT_EQ(meter->channels()[0].name, "hwmon/ina3221x/1-0041/VDD_IN");
  EXPECT_DOUBLE_EQ(static_cast<double>(readings[0].raw) * meter->channels()[0].scale, 7.65);
  EXPECT_EQ(meter->channels()[1].within, "hwmon/ina3221x/1-0041/VDD_IN");
}

TEST(Hwmon, TakesThePowerFileOfChipsThatHaveOne) {
  MadeTree tree;
  const std::string folder = add_chip(tree, 0, "ina226", "3-0045");
  write_rail(tree, folder, 1, "VDD_CORE", 1000, 999);
  tree.write(folder + "power1_input", 2'500'000);
  tree.write(folder + "update_interval", 36);
  const auto meter = tree.open("hwmon");
  EXPECT_EQ(channel_names(*meter), "hwmon/ina226/3-0045/VDD_CORE");
  EXPECT_EQ(read_all(*meter)[0].raw, 2'500'000u);
  EXPECT_DOUBLE_EQ(meter->channels()[0].update_period.value, 0.036);
}

TEST(Hwmon, FailsWhereACurrentFlowsBack) {
  MadeTree tree;
  const std::string folder = add_xavier(tree, 0);
  const auto meter = tree.open("hwmon");
  EnergyTally tally(*meter, "hwmon/ina3221/7-0040/VDD_SOC");
  EXPECT_EQ(tally.read(), 0u);
  tree.write(folder + "curr3_input", "-8\n");
  EXPECT_EQ(tally.read(), kReadFailed);
}

TEST(Hwmon, PutsTheCpuOfGraceWithinGraceWithinTheModule) {
  MadeTree tree;
  add_grace(tree, 0, "Module Power Socket 0");
  add_grace(tree, 1, "Grace Power Socket 0");
  add_grace(tree, 2, "CPU Power Socket 0");
  add_grace(tree, 3, "SysIO Power Socket 0");
  add_grace(tree, 4, "Module Power Socket 1");
  add_grace(tree, 5, "CPU Power Socket 1");
  const auto meter = tree.open("hwmon");
  EXPECT_EQ(channel_of(*meter, "hwmon/module-0").within, "");
  EXPECT_EQ(channel_of(*meter, "hwmon/grace-0").within, "hwmon/module-0");
  EXPECT_EQ(channel_of(*meter, "hwmon/core-0").within, "hwmon/grace-0");
  EXPECT_EQ(channel_of(*meter, "hwmon/sysio-0").within, "hwmon/grace-0");
  EXPECT_EQ(channel_of(*meter, "hwmon/core-1").within, "hwmon/module-1");
  EXPECT_DOUBLE_EQ(channel_of(*meter, "hwmon/module-0").update_period.value, 0.05);
}

TEST(Hwmon, DoesNotTakeAPowerMeterForTheNodeUnasked) {
  MadeTree tree;
  add_grace(tree, 0, "");
  const auto meter = tree.open("hwmon");
  EXPECT_EQ(channel_names(*meter), "hwmon/power_meter/ACPI000D:00/power1");
  EXPECT_EQ(meter->channels()[0].domain, "supply");
}

TEST(Hwmon, PutsCoresOfAmdWithinTheirSockets) {
  MadeTree tree;
  add_epyc(tree, 2);
  const auto meter = tree.open("hwmon");
  EXPECT_EQ(channel_names(*meter),
            "hwmon/package-0 hwmon/package-1 hwmon/package-0/core-0 hwmon/package-0/core-1 "
            "hwmon/package-1/core-2 hwmon/package-1/core-3");
  EXPECT_EQ(channel_of(*meter, "hwmon/package-1/core-3").within, "hwmon/package-1");
  EXPECT_EQ(meter->channels()[0].wrap, 0u);
}

TEST(Hwmon, LeavesOutCoresOfAnUnknownSocket) {
  MadeTree tree;
  add_epyc(tree, 2);
  tree.remove("sys/devices/system/cpu/cpu3");
  EXPECT_EQ(tree.open("hwmon")->channels().size(), 5u);
}

// No file tells the range of hwmon's energy: the driver extends it to 64 bits, and starts again at
// zero only when it is loaded anew.
TEST(Hwmon, NeverTakesAReloadedDriverForEnergy) {
  MadeTree tree;
  const std::string folder = add_epyc(tree, 2);
  const auto meter = tree.open("hwmon");
  for (std::uint64_t phase = 1; phase <= 10'000; ++phase) {
    EnergyTally tally(*meter, "hwmon/package-0");
    tree.write(folder + "energy5_input", phase * 6'553'600);
    ASSERT_EQ(tally.read(), 0u);
    tree.write(folder + "energy5_input", phase);
    ASSERT_EQ(tally.read(), kBackwardCounter) << phase;
    ASSERT_EQ(tally.joules(), 0) << phase;
    tree.write(folder + "energy5_input", phase + 2'000'000);
    ASSERT_EQ(tally.read(), 0u);
    ASSERT_DOUBLE_EQ(tally.joules(), 2) << phase;
  }
}

TEST(Hwmon, PrefersTheAverageOfAnAmdGpu) {
  MadeTree tree;
  const std::string folder = add_chip(tree, 1, "amdgpu", "0000:c1:00.0");
  tree.write(folder + "power1_input", 90'000'000);
  EXPECT_EQ(read_all(*tree.open("hwmon"))[0].raw, 90'000'000u);
  tree.write(folder + "power1_average", 80'000'000);
  const auto meter = tree.open("hwmon");
  EXPECT_EQ(channel_names(*meter), "hwmon/amdgpu/0000:c1:00.0/power1");
  EXPECT_EQ(read_all(*meter)[0].raw, 80'000'000u);
}

TEST(Hwmon, TakesEnergyOfARailBeforeItsPower) {
  MadeTree tree;
  const std::string folder = add_chip(tree, 0, "scpi_sensors", "scpi:sensors");
  tree.write(folder + "energy1_label", "A72\n");
  tree.write(folder + "energy1_input", 5'000'000);
  tree.write(folder + "power1_label", "A72\n");
  tree.write(folder + "power1_input", 1'000'000);
  tree.write(folder + "power2_label", "SYS\n");
  tree.write(folder + "power2_input", 3'000'000);
  const auto meter = tree.open("hwmon");
  EXPECT_EQ(channel_names(*meter),
            "hwmon/scpi_sensors/scpi:sensors/A72 hwmon/scpi_sensors/scpi:sensors/SYS");
  EXPECT_EQ(meter->channels()[0].measure, Measure::energy);
}

TEST(Hwmon, TellsLikeChipsApartWhereNothingElseDoes) {
  MadeTree tree;
  for (const int number : {0, 1}) {
    const std::string folder = add_chip(tree, number, "ina219", "");
    tree.write(folder + "power1_input", 1'000'000);
  }
  const auto meter = tree.open("hwmon");
  EXPECT_EQ(channel_names(*meter), "hwmon/ina219/in1 hwmon/ina219/in1#2");
  EXPECT_EQ(meter->channels()[1].note,
            "its driver does not tell how often it updates; nothing tells it from its like but "
            "their order");
}

TEST(Hwmon, FailsAReadingOfGarbageOrACutNumber) {
  MadeTree tree;
  const std::string folder = add_epyc(tree, 0);
  const auto meter = tree.open("hwmon");
  EnergyTally tally(*meter, "hwmon/package-0");
  for (const char* const text :
       {"", "garbage\n", "90000", "9000 J\n", "-5\n", "\n", "99999999999999999999999\n"}) {
    tree.write(folder + "energy5_input", text);
    EXPECT_EQ(tally.read(), kReadFailed) << text;
    EXPECT_EQ(tally.joules(), 0);
  }
}

TEST(Hwmon, FailsReadingsOfADriverThatVanished) {
  MadeTree tree;
  ShortLivedProcess driver;
  const std::string folder = add_chip(tree, 0, "amd_energy", "amd_energy.0");
  tree.write(folder + "energy1_label", "Esocket0\n");
  tree.link(folder + "energy1_input", driver.number_file());
  const auto meter = tree.open("hwmon");
  EnergyTally tally(*meter, "hwmon/package-0");
  EXPECT_EQ(tally.read(), 0u);
  driver.end();
  EXPECT_EQ(tally.read(), kReadFailed);
  EXPECT_EQ(tally.last().error, ESRCH);
}

TEST(Hwmon, TellsHowToGetPermission) {
  MadeTree tree;
  const std::string folder = add_chip(tree, 0, "amd_energy", "amd_energy.0");
  tree.write(folder + "energy1_label", "Esocket0\n");
  tree.write(folder + "energy1_input", 1);
  tree.forbid(folder + "energy1_input");
  WithoutRights nobody;
  EXPECT_EQ(reason(tree),
            "hwmon: hwmon/package-0: /sys/class/hwmon/hwmon0/energy1_input: Permission denied; "
            "make it readable until the next boot: sudo chmod a+r "
            "/sys/class/hwmon/hwmon0/energy1_input");
}

TEST(Hwmon, KeepsWhatCanBeReadAndNotesTheRest) {
  MadeTree tree;
  const std::string folder = add_xavier(tree, 0);
  tree.write(folder + "curr2_input", "");  // a rail that is switched off
  const auto meter = tree.open("hwmon");
  EXPECT_EQ(meter->channels().size(), 2u);
  EXPECT_EQ(meter->channels()[0].note,
            "left out: hwmon/ina3221/7-0040/VDD_CPU_GPU_CV: "
            "/sys/class/hwmon/hwmon0/in2_input: Invalid argument");
}

TEST(Hwmon, TellsWhatItFoundInstead) {
  MadeTree tree;
  EXPECT_EQ(reason(tree), "hwmon: /sys/class/hwmon has no sensor: this machine offers none");
  add_chip(tree, 0, "coretemp", "coretemp.0");
  add_chip(tree, 1, "coretemp", "coretemp.1");
  add_chip(tree, 2, "nvme", "nvme0");
  EXPECT_EQ(reason(tree),
            "hwmon: no sensor that measures power or energy among coretemp, nvme; load the board's "
            "driver, as amd_energy, ina3221 or acpi_power_meter (on Grace with the kernel "
            "parameter acpi_power_meter.force_cap_on=y)");
}

}  // namespace ergon
