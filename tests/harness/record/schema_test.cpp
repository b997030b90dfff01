#include <gtest/gtest.h>
#include <hdf5.h>

#include <vector>

#include "harness/record/concatenate.h"
#include "harness/record/results.h"
#include "kernels/error.h"
#include "tests/harness/record/random_results.h"
#include "tests/harness/record/scratch.h"

namespace ergon {
namespace {

// Changes a file as another program, or another ergon, would.
class OtherProgram {
 public:
  explicit OtherProgram(const std::filesystem::path& file)
      : file_(H5Fopen(file.c_str(), H5F_ACC_RDWR, H5P_DEFAULT)) {}
  ~OtherProgram() { H5Fclose(file_); }
  OtherProgram(const OtherProgram&) = delete;
  OtherProgram& operator=(const OtherProgram&) = delete;

  void set_schema(const char* name, std::int64_t value) const {
    // HDF5 1.10 cannot write to an attribute that it has opened in such a group.
    EXPECT_GE(H5Adelete_by_name(file_, "/schema", name, H5P_DEFAULT), 0) << name;
    const hid_t space = H5Screate(H5S_SCALAR);
    const hid_t attribute = H5Acreate_by_name(file_, "/schema", name, H5T_NATIVE_INT64, space,
                                              H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    EXPECT_GE(H5Awrite(attribute, H5T_NATIVE_INT64, &value), 0) << name;
    H5Sclose(space);
    H5Aclose(attribute);
  }
  void remove(const char* path) const { EXPECT_GE(H5Ldelete(file_, path, H5P_DEFAULT), 0) << path; }
  void add_column(const char* path, const std::vector<std::int64_t>& values) const {
    const hsize_t rows = values.size();
    const hid_t space = H5Screate_simple(1, &rows, nullptr);
    const hid_t column =
        H5Dcreate2(file_, path, H5T_NATIVE_INT64, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    EXPECT_GE(H5Dwrite(column, H5T_NATIVE_INT64, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), 0)
        << path;
    H5Dclose(column);
    H5Sclose(space);
  }

 private:
  hid_t file_;
};

std::string message_of(const std::filesystem::path& file) {
  try {
    (void)read_results(file);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST(Schema, OfANewerMinorVersionIsReadWithoutItsNewColumns) {
  const Scratch scratch;
  const Results results = random_results(1, {.records = 3});
  write_results(scratch / "a.h5", results);
  {
    const OtherProgram other(scratch / "a.h5");
    other.set_schema("minor", 7);
    other.add_column("/records/of_the_future", {1, 2, 3});
  }
  EXPECT_EQ(lines_of(read_results(scratch / "a.h5")), lines_of(results));
}

TEST(Schema, OfAnOlderMinorVersionIsReadWithDefaultsForWhatItLacks) {
  const Scratch scratch;
  Results results = random_results(1, {.records = 3});
  write_results(scratch / "a.h5", results);
  {
    const OtherProgram other(scratch / "a.h5");
    other.set_schema("minor", 0);
    other.remove("/channels/note");
    other.remove("/records/order");
  }
  for (RunInfo& run : results.runs) {
    for (Channel& channel : run.channels) channel.note = "";
  }
  for (Record& record : results.records) record.order = 0;
  EXPECT_EQ(lines_of(read_results(scratch / "a.h5")), lines_of(results));
}

TEST(Schema, OneDotZeroIsReadWithNothingBesideEnergy) {
  const Scratch scratch;
  Results results = random_results(1, {.records = 3});
  write_results(scratch / "a.h5", results);
  {
    const OtherProgram other(scratch / "a.h5");
    other.set_schema("minor", 0);
    for (const char* const path : {"/runs/counters_reason",
                                   "/runs/frequency_source",
                                   "/runs/frequency_reason",
                                   "/runs/scheduling_reason",
                                   "/runs/sampling_cpu_s",
                                   "/runs/sampling_elapsed_s",
                                   "/runs/slurm_energy_j",
                                   "/channels/reads",
                                   "/channels/read_s",
                                   "/channels/energy_j",
                                   "/channels/energy_span_s",
                                   "/windows/activity_s",
                                   "/windows/cycles",
                                   "/windows/instructions",
                                   "/windows/cache_misses",
                                   "/windows/counted_share",
                                   "/windows/frequency_hz",
                                   "/windows/steal_share",
                                   "/windows/preemptions",
                                   "/windows/migrations",
                                   "/energy/peak_w",
                                   "/energy/peak_bandwidth_hz",
                                   "/idle_energy/peak_w",
                                   "/idle_energy/peak_bandwidth_hz",
                                   "/beside",
                                   "/cross_checks"}) {
      other.remove(path);
    }
  }
  const auto forget_peaks = [](std::vector<ChannelEnergy>& energies) {
    for (ChannelEnergy& energy : energies) {
      energy.peak = Watts{kNotKnown};
      energy.peak_bandwidth = Hertz{kNotKnown};
    }
  };
  for (RunInfo& run : results.runs) {
    run.beside = {};
    run.sampling = {.channels = std::vector<ChannelTotals>(run.channels.size())};
    run.slurm_energy = Joules{kNotKnown};
  }
  for (IdleStretch& idle : results.idle) forget_peaks(idle.energy);
  for (Record& record : results.records) {
    for (Window& window : record.windows) {
      forget_peaks(window.energy);
      window.activity = {};
      window.states.clear();
      window.checks.clear();
    }
  }
  EXPECT_EQ(lines_of(read_results(scratch / "a.h5")), lines_of(results));
}

TEST(Schema, OneDotOneIsReadAsOfOneRank) {
  const Scratch scratch;
  Results results = random_results(1, {.records = 3});
  write_results(scratch / "a.h5", results);
  {
    const OtherProgram other(scratch / "a.h5");
    other.set_schema("minor", 1);
    for (const char* const path :
         {"/records/ranks", "/records/nodes", "/records/time_of_ranks_s", "/node_windows"}) {
      other.remove(path);
    }
  }
  for (Record& record : results.records) {
    record.ranks = record.nodes = 1;
    record.time_of_ranks = {kNotKnown};
    for (Window& window : record.windows) window.nodes.clear();
  }
  EXPECT_EQ(lines_of(read_results(scratch / "a.h5")), lines_of(results));
}

TEST(Schema, OlderFilesAreConcatenatedAsTheyAreRead) {
  const Scratch scratch;
  write_results(scratch / "a.h5", random_results(1, {.records = 3}));
  write_results(scratch / "b.h5", random_results(2, {.records = 2}));
  {
    const OtherProgram other(scratch / "a.h5");
    other.set_schema("minor", 1);
    for (const char* const path : {"/records/ranks", "/runs/slurm_energy_j", "/node_windows"}) {
      other.remove(path);
    }
  }
  const Results wanted = merge(read_results(scratch / "a.h5"), read_results(scratch / "b.h5"));
  concatenate(scratch / "all.h5", std::vector<ResultPart>{{scratch / "a.h5", {true, true, true}},
                                                          {scratch / "b.h5", {true, true}}});
  EXPECT_EQ(lines_of(read_results(scratch / "all.h5")), lines_of(wanted));
  EXPECT_FALSE(std::filesystem::exists(scratch / "all.h5.part0"));
}

TEST(Schema, OfAnOlderMinorVersionStillNeedsItsIndices) {
  const Scratch scratch;
  write_results(scratch / "a.h5", random_results(1, {.records = 3}));
  {
    const OtherProgram other(scratch / "a.h5");
    other.set_schema("minor", 0);
    other.remove("/energy/channel");
  }
  EXPECT_NE(message_of(scratch / "a.h5").find("no column /energy/channel"), std::string::npos);
}

TEST(Schema, OfAnotherMajorVersionIsRefused) {
  const Scratch scratch;
  const auto file = scratch / "a.h5";
  write_results(file, random_results(1));
  OtherProgram(file).set_schema("major", 2);
  EXPECT_EQ(message_of(file), file.string() +
                                  ": schema 2; this ergon reads schema 1; read it with the ergon "
                                  "that wrote it");
}

TEST(Schema, IsWhatTellsAFileOfOurs) {
  const Scratch scratch;
  const auto file = scratch / "a.h5";
  write_results(file, random_results(1));
  OtherProgram(file).remove("/schema");
  EXPECT_EQ(message_of(file), file.string() +
                                  ": HDF5, but not ergon's: it has no /schema; expected a result "
                                  "file of `ergon run`");
}

TEST(Schema, NamesTheColumnThatIsDamaged) {
  const Scratch scratch;
  const auto file = scratch / "a.h5";
  const struct {
    const char* path;
    std::vector<std::int64_t> values;
    const char* complaint;
  } cases[] = {{"/records/order", {1, 2}, "/records/order: has 2 rows"},
               {"/records/run", {0, 1, 99}, "/records/run: no row 99 in /runs"},
               {"/records/run_status", {1, 2, 3}, "/records/run_status: holds another type"},
               {"/windows/record", {-1}, "/windows/record: row 0 holds"}};
  for (const auto& [path, values, complaint] : cases) {
    write_results(file, random_results(1, {.records = 3}));
    OtherProgram(file).remove(path);
    EXPECT_NE(message_of(file).find(std::string("no column ") + path), std::string::npos)
        << message_of(file);
    OtherProgram(file).add_column(path, values);
    EXPECT_NE(message_of(file).find(complaint), std::string::npos) << message_of(file);
  }
}

}  // namespace ergon
