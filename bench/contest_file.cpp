#include "bench/contest_file.h"

#include <utility>

#include "bench/contest_target.h"
#include "harness/record/columns.h"
#include "harness/record/file.h"
#include "harness/record/hdf5.h"
#include "harness/record/provenance.h"

namespace ergon {
namespace {

using hdf5::TableWriter;

struct ContestRow {
  const Contest* contest;
  ContestResult result;
  ContestClass of;
  std::string name, key, verdict;
};

struct ContenderRow {
  std::int64_t contest;
  bool ceiling;
  const Contender* contender;
  std::string version;
};

struct SampleRow {
  std::int64_t contender;
  const Timing* sample;
};

// All rows, numbered.
struct Rows {
  std::vector<ContestRow> contests;
  std::vector<ContenderRow> contenders;
  std::vector<SampleRow> samples;

  explicit Rows(const Comparison& comparison) {
    for (const Contest& contest : comparison.contests) add(contest, comparison.random);
  }

 private:
  void add(const Contest& contest, bool random) {
    ContestRow row{&contest,
                   result_of(contest),
                   class_of(contest.condition()),
                   contest_name(contest.condition()),
                   problem_key(contest.condition().problem),
                   ""};
    if (random) row.of.target = kRandomTarget;
    row.verdict = verdict(row.result, row.of.target);
    const std::int64_t number = std::ssize(contests);
    contests.push_back(std::move(row));
    for (const Contender& contender : contest.contenders) add(number, contender, false);
    add(number, contest.ceiling, true);
  }

  void add(std::int64_t contest, const Contender& contender, bool ceiling) {
    const std::int64_t number = std::ssize(contenders);
    const Kernel& kernel = *contender.point.kernel;
    contenders.push_back(
        {contest, ceiling, &contender, kernel.version == nullptr ? "" : kernel.version()});
    for (const Timing& sample : contender.samples) samples.push_back({number, &sample});
  }
};

void write_run(hdf5::File& file, const Comparison& comparison) {
  TableWriter table(file, "/run", "where, when and with which build; one row", 1);
  const auto text = [&](const char* name, const char* description, const std::string& value) {
    table.column({name, "", description},
                 [&](std::int64_t) -> const std::string& { return value; });
  };
  text("command_line", "what was run", comparison.command_line);
  text("started_utc", "when, ISO 8601", comparison.started_utc);
  text("device", "CPU", comparison.device);
  text("build", "compiler, flags, revision, as JSON", comparison.build);
  text("kernels_hash", "kernel sources: primitive=SHA-256,...", kernels_hash());
  text("load_before", "/proc/loadavg before the first block", comparison.load_before);
  text("load_after", "/proc/loadavg after the last block", comparison.load_after);
  text("sweep", "the sweep's YAML", comparison.sweep_text);
  text("provenance", "CPU, software, environment, placement, as JSON", comparison.provenance);
  table.column({"blocks", "", "passes over all contests"},
               [&](std::int64_t) { return std::int64_t{comparison.blocks}; });
  table.column({"random", "", "shapes were drawn at random"},
               [&](std::int64_t) { return comparison.random; });
}

void write_ratio(TableWriter& table, const std::vector<ContestRow>& rows, const std::string& name,
                 const std::string& description, Ratio ContestResult::*ratio) {
  const auto column = [&](const char* suffix, const char* what, double Ratio::*end) {
    table.column({name + suffix, "", description + what},
                 [&](std::int64_t i) { return rows[i].result.*ratio.*end; });
  };
  column("", "; geometric mean over blocks", &Ratio::value);
  column("_low", ": lower end of the 95 % interval", &Ratio::low);
  column("_high", ": upper end of the 95 % interval", &Ratio::high);
}

std::string_view kernel_name(const Contender* contender) {
  return contender == nullptr ? std::string_view() : contender->point.kernel->name;
}

void write_contests(hdf5::File& file, const std::vector<ContestRow>& rows) {
  TableWriter table(file, "/contests", "one problem under one condition", std::ssize(rows));
  const auto condition = [&](std::int64_t i) -> const Point& {
    return rows[i].contest->condition();
  };
  table.column({"name", "", "problem and condition"},
               [&](std::int64_t i) -> const std::string& { return rows[i].name; });
  table.column({"problem", "", "problem key"},
               [&](std::int64_t i) -> const std::string& { return rows[i].key; });
  table.column({"primitive", "", "primitive"},
               [&](std::int64_t i) { return condition(i).problem.primitive->name; });
  table.column({"class", "", "contests judged alike"},
               [&](std::int64_t i) -> const std::string& { return rows[i].of.name; });
  table.column({"threads", "", "threads of a launch"},
               [&](std::int64_t i) { return condition(i).threads; });
  table.column({"weights_packed", "", "weights packed before the first launch"},
               [&](std::int64_t i) { return condition(i).weights_packed; });
  table.column({"cold", "", "operands from memory"},
               [&](std::int64_t i) { return condition(i).cold; });
  table.column({"ours", "", "our kernel, the fastest of ours"},
               [&](std::int64_t i) { return kernel_name(rows[i].result.ours); });
  table.column({"best_peer", "", "the fastest library; empty: none took part"},
               [&](std::int64_t i) { return kernel_name(rows[i].result.peer); });
  table.column({"ours_s", "s", "our time per launch, geometric mean over blocks"},
               [&](std::int64_t i) { return rows[i].result.ours_time; });
  table.column({"best_peer_s", "s", "the library's time per launch, geometric mean over blocks"},
               [&](std::int64_t i) { return rows[i].result.peer_time; });
  write_ratio(table, rows, "ratio", "time of the best library by ours", &ContestResult::ratio);
  write_ratio(table, rows, "of_ceiling", "our rate by the ceiling's", &ContestResult::of_ceiling);
  table.column(
      {"few_clean", "", "marked: too few samples without a context switch, the shortest counts"},
      [&](std::int64_t i) { return rows[i].result.few_clean; });
  table.column({"ratio_must", "", "least ratio asked for; 0: none"},
               [&](std::int64_t i) { return rows[i].of.target.ratio; });
  table.column({"of_ceiling_must", "", "least share of the ceiling asked for; 0: none"},
               [&](std::int64_t i) { return rows[i].of.target.of_ceiling; });
  table.column({"verdict", "", "pass or short by the upper ends; empty: not judged"},
               [&](std::int64_t i) -> const std::string& { return rows[i].verdict; });
}

void write_contenders(hdf5::File& file, const std::vector<ContenderRow>& rows) {
  TableWriter table(file, "/contenders", "a kernel in a contest", std::ssize(rows));
  const auto of = [&](std::int64_t i) -> const Contender& { return *rows[i].contender; };
  std::vector<std::string> kernels;
  for (const ContenderRow& row : rows) kernels.push_back(kernel_id(*row.contender->point.kernel));
  table.column({"contest", "", "row of /contests"},
               [&](std::int64_t i) { return rows[i].contest; });
  table.column({"kernel", "", "primitive/name"},
               [&](std::int64_t i) -> const std::string& { return kernels[i]; });
  table.column({"ceiling", "", "is the probe that the contest is held against"},
               [&](std::int64_t i) { return rows[i].ceiling; });
  table.column({"version", "", "of the library; empty for our own kernels"},
               [&](std::int64_t i) -> const std::string& { return rows[i].version; });
  table.column({"refusal", "", "why it did not take part; empty where it did"},
               [&](std::int64_t i) -> const std::string& { return of(i).refusal; });
  table.column({"correct", "", "its output agreed with the reference"},
               [&](std::int64_t i) { return of(i).check.passed; });
  table.column({"error_max", "", "largest error by the magnitude of the terms"},
               [&](std::int64_t i) { return of(i).check.error_max; });
  table.column({"tolerance", "", "largest error allowed"},
               [&](std::int64_t i) { return of(i).check.tolerance; });
  table.column({"launches", "", "launches of one sample"},
               [&](std::int64_t i) { return of(i).launches; });
  table.column({"clean", "", "samples without an involuntary context switch"},
               [&](std::int64_t i) { return count_clean(of(i)); });
}

void write_samples(hdf5::File& file, const std::vector<SampleRow>& rows) {
  TableWriter table(file, "/samples", "one timing, in the order taken", std::ssize(rows));
  table.column({"contender", "", "row of /contenders"},
               [&](std::int64_t i) { return rows[i].contender; });
  table.column({"block", "", "pass over all contests, from 0"},
               [&](std::int64_t i) { return rows[i].sample->block; });
  table.column({"time_s", "s", "time per launch"},
               [&](std::int64_t i) { return rows[i].sample->per_launch; });
  table.column({"switches", "", "involuntary context switches of the process meanwhile"},
               [&](std::int64_t i) { return rows[i].sample->switches; });
}

}  // namespace

void write_contest_file(const std::filesystem::path& hdf5, const Comparison& comparison) {
  const Rows rows(comparison);
  hdf5::File file;
  write_run(file, comparison);
  write_contests(file, rows.contests);
  write_contenders(file, rows.contenders);
  write_samples(file, rows.samples);
  replace_file(hdf5, file.image());
}

}  // namespace ergon
