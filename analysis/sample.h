#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "analysis/energy_table.h"
#include "harness/record/results.h"

namespace ergon {

// One point as a fit sees it: a record, or the mean of several of the same point.
struct Sample {
  int key = 0;                       // index into SampleSet::keys
  const Problem* problem = nullptr;  // borrowed from the Results
  Work work{};
  int shape = 0;   // same primitive, work and extents that matter: same number; left out together
  Seconds time{};  // per launch, over the energy phase: the stretch that the joules belong to
  Seconds time_median{};  // per launch, of the time phase
  Joules energy{};        // per launch, of the primary channel
  Joules u_stat{};  // standard uncertainty (k = 1) of energy from its windows; NaN of one window
  int windows = 0;
  int records = 1;
};

// What a fit starts from: de-duplicated, of one source, all gross or all net.
struct SampleSet {
  EnergyKind energy = EnergyKind::gross;
  Source source = Source::measured;
  std::vector<TableKey> keys{};
  std::vector<Sample> samples{};
  std::map<std::string, std::vector<CacheLevel>> caches{};  // by device, from the provenance
  std::map<std::string, int> left_out{};                    // reason -> records
  std::vector<std::string> notes{};                         // of the primary channels
  std::vector<TableRun> runs{};
  std::vector<CampaignRun> campaigns{};  // what sentinels tell of the runs; by device, boundary, id
  std::string records_hash{};            // of the records as they were measured
};

// The records that are ok, checked and have a valid window of the primary channel, their energy and
// time divided by the scale of their run where its sentinels show one. `results` is
// borrowed for as long as the samples live. Throws Error where nothing was metered (with the
// reasons that the files give), where sources mix, and where net is asked for without idle.
[[nodiscard]] SampleSet make_samples(std::span<const Results> results, EnergyKind energy);

// Moves the samples of every key with fewer shapes to what is left out, by its name; probes stay.
void leave_out_small_keys(SampleSet&, int shapes_min);

// "uniform", "sparse:500": the field of TableKey.
[[nodiscard]] std::string fill_text(const Fill&);

}  // namespace ergon
