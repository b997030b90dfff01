#include "analysis/table_life.h"

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <tuple>

#include <fmt/format.h>

#include "harness/record/provenance.h"
#include "harness/sha256.h"
#include "kernels/error.h"

namespace ergon {

namespace {

void expect_alike(const EnergyTable& a, const EnergyTable& b) {
  if (a.energy != b.energy) {
    throw Error(fmt::format("tables: one is {}, the other {}: fit both alike",
                            energy_kind_name(a.energy), energy_kind_name(b.energy)));
  }
  if (a.source != b.source) {
    throw Error(fmt::format("tables: one is {}, the other {}: they never mix",
                            source_name(a.source), source_name(b.source)));
  }
}

// Puts rows behind those of `to`, with the device blocks that they rest on.
void append_rows(EnergyTable& to, const EnergyTable& from, const std::set<TableKey>& but) {
  std::map<int, int> moved;
  for (EnergyTable::Row row : from.rows) {
    if (but.contains(row.key)) continue;
    if (row.device >= 0) {
      const auto [at, fresh] = moved.try_emplace(row.device, static_cast<int>(to.devices.size()));
      if (fresh) to.devices.push_back(from.devices[static_cast<std::size_t>(row.device)]);
      row.device = at->second;
    }
    to.rows.push_back(std::move(row));
  }
}

// Appends the values of which `to` has none alike.
template <class Value, class Alike>
void append_unless(std::vector<Value>& to, const std::vector<Value>& from, Alike alike) {
  for (const Value& value : from) {
    if (std::ranges::any_of(to, [&](const Value& other) { return alike(value, other); })) continue;
    to.push_back(value);
  }
}

std::string runs(int count) { return fmt::format("{} run{}", count, count == 1 ? "" : "s"); }

// "Made CPU: 2 runs measured under driver 550.54; it is 560.28 now", for each version that changed.
void append_changes(const EnergyTable& table, const std::string& device, const Versions& now,
                    std::vector<std::string>& lines) {
  std::map<std::pair<std::string, std::string>, int> changed;  // name, then -> runs
  for (const TableRun& run : table.runs) {
    if (run.device != device) continue;
    for (const auto& [name, then] : run.versions) {
      const auto present = now.find(name);
      if (present != now.end() && present->second != then) ++changed[{name, then}];
    }
  }
  for (const auto& [version, count] : changed) {
    lines.push_back(fmt::format("{}: {} measured under {} {}; it is {} now", device, runs(count),
                                version.first, version.second, now.at(version.first)));
  }
}

// The hash of one primitive in "attention=<sha256>,gemm=<sha256>"; empty where it has none.
std::string hash_in(const std::string& kernels_hash, const std::string& primitive) {
  const std::size_t at = ("," + kernels_hash).find("," + primitive + "=");
  if (at == std::string::npos) return "";
  const std::size_t begin = at + primitive.size() + 1;
  return kernels_hash.substr(begin, kernels_hash.find(',', begin) - begin);
}

}  // namespace

EnergyTable update_table(const EnergyTable& kept, const EnergyTable& fresh) {
  expect_alike(kept, fresh);
  EnergyTable table = fresh;
  std::set<TableKey> refitted;
  for (const EnergyTable::Row& row : fresh.rows) refitted.insert(row.key);
  append_rows(table, kept, refitted);
  std::ranges::sort(table.rows, {}, &EnergyTable::Row::key);
  append_unless(table.notes, kept.notes, std::equal_to<>());
  append_unless(table.runs, kept.runs, [](const TableRun& a, const TableRun& b) {
    return a.id == b.id && a.device == b.device;
  });
  append_unless(table.campaigns, kept.campaigns, [](const CampaignRun& a, const CampaignRun& b) {
    return a.run == b.run && a.device == b.device && a.boundary == b.boundary;
  });
  std::ranges::sort(table.runs);
  std::ranges::sort(table.campaigns, {}, [](const CampaignRun& run) {
    return std::tie(run.device, run.boundary, run.run);
  });
  table.records = 0;
  for (const EnergyTable::Row& row : table.rows) table.records += row.energy.records;
  for (const DeviceBlock& block : table.devices) table.records += block.records;
  table.records_hash = sha256(kept.records_hash + fresh.records_hash);
  return table;
}

std::vector<std::string> stale_parts(const EnergyTable& table, const PresentMachine& present) {
  std::vector<std::string> lines;
  std::set<std::string> primitives, builds;
  for (const EnergyTable::Row& row : table.rows) {
    primitives.insert(row.key.kernel.substr(0, row.key.kernel.find('/')));
  }
  for (const TableRun& run : table.runs) {
    if (!run.build_hash.empty()) builds.insert(run.build_hash);
  }
  for (const std::string& primitive : primitives) {
    int stale = 0;
    for (const TableRun& run : table.runs) {
      const std::string then = hash_in(run.kernels_hash, primitive);
      stale += !then.empty() && then != kernel_hash(primitive);
    }
    if (stale == 0) continue;
    lines.push_back(
        fmt::format("{}: {} measured kernels whose sources have changed since; run them again and "
                    "fit with --update",
                    primitive, runs(stale)));
  }
  if (builds.size() > 1) {
    lines.push_back(fmt::format("the records come from {} builds", builds.size()));
  }
  for (const auto& [device, versions] : present.devices) {
    append_changes(table, device, versions, lines);
    int other = 0;
    for (const TableRun& run : table.runs) {
      other += run.device == device && !run.build_hash.empty() && !present.build_hash.empty() &&
               run.build_hash != present.build_hash;
    }
    if (other == 0) continue;
    lines.push_back(fmt::format("{}: {} measured by another build of ergon", device, runs(other)));
  }
  return lines;
}

}  // namespace ergon
