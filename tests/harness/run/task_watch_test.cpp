#include "harness/run/task_watch.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>

#include "tests/temporary_folder.h"

namespace ergon {
namespace {

class TaskWatchFiles : public testing::Test {
 protected:
  void write(int thread, int involuntary, int migrations) const {
    const std::filesystem::path task = folder / "self/task" / std::to_string(thread);
    std::filesystem::create_directories(task);
    // The value of a file that is open is read anew, so it must be the same file.
    std::ofstream(task / "status") << "Name:\tergon\nvoluntary_ctxt_switches:\t900\n"
                                   << "nonvoluntary_ctxt_switches:\t" << involuntary << "\n";
    std::ofstream(task / "sched") << "ergon (" << thread << ", #threads: 2)\n-----\n"
                                  << "se.nr_migrations          :        " << migrations
                                  << "\nnr_involuntary_switches  :       77\n";
  }
  TemporaryFolder temporary;
  const std::filesystem::path folder = temporary.path();
  TaskWatch watch{folder};
};

TEST_F(TaskWatchFiles, SumsOverThreadsSinceTheCallBefore) {
  write(11, 5, 1);
  write(12, 100, 7);
  watch.follow(std::vector<int>{11, 12});
  EXPECT_EQ(watch.reason(), "");
  write(11, 8, 1);
  write(12, 104, 9);
  TaskCounts counts = watch.take();
  EXPECT_EQ(counts.preemptions, 7);
  EXPECT_EQ(counts.migrations, 2);
  counts = watch.take();
  EXPECT_EQ(counts.preemptions, 0);
  EXPECT_EQ(counts.migrations, 0);
}

TEST_F(TaskWatchFiles, SaysWhichFileIsMissing) {
  write(11, 5, 1);
  std::filesystem::remove(folder / "self/task/11/sched");
  watch.follow(std::vector<int>{11});
  EXPECT_EQ(watch.reason(),
            "/proc/self/task/<thread>/sched tells no migrations: the kernel is built without "
            "CONFIG_SCHED_DEBUG, or a container hides it");
  const TaskCounts counts = watch.take();
  EXPECT_EQ(counts.preemptions, 0);
  EXPECT_TRUE(std::isnan(counts.migrations));
}

TEST_F(TaskWatchFiles, KnowsNothingOfAThreadThatIsNotThere) {
  watch.follow(std::vector<int>{99});
  EXPECT_TRUE(std::isnan(watch.take().preemptions));
  EXPECT_NE(watch.reason().find("status tells no involuntary"), std::string::npos);
}

}  // namespace
}  // namespace ergon
