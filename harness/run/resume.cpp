#include "harness/run/resume.h"

#include <algorithm>

#include "harness/record/provenance.h"
#include "harness/record/run_facts.h"

namespace ergon {
namespace {

// How a record of `run` differs from one that would be made now; empty where it does not.
std::string difference_of(const RunInfo& run, const Record& record, const Protocol& protocol,
                          int ranks) {
  const std::string_view primitive = record.point.problem.primitive->name;
  if (run.protocol != protocol_key(protocol)) return "protocol " + run.protocol;
  if (kernel_hash_in(run.kernels_hash, primitive) != kernel_hash(primitive)) {
    return "another source of the " + std::string(primitive) + " kernels";
  }
  // A file before schema 1.2 that others were added to says 0.
  if (std::max(record.ranks, 1) != ranks) {
    return "run by " + std::to_string(std::max(record.ranks, 1)) + " ranks at once";
  }
  return "";
}

}  // namespace

std::string visit_id(const std::string& point_id, int replicate) {
  return replicate == 0 ? point_id : point_id + "/" + std::to_string(replicate);
}

DonePoints done_points(const Results& results, const Protocol& protocol, int ranks) {
  DonePoints done;
  for (const Record& record : results.records) {
    if (record.sentinel) continue;
    const RunInfo& run = results.runs[static_cast<std::size_t>(record.run)];
    const std::string difference = difference_of(run, record, protocol, ranks);
    (difference.empty() ? done.ids : done.stale)
        .insert(visit_id(point_id(record.point), record.replicate));
    if (!difference.empty()) done.difference = difference;
  }
  for (const std::string& id : done.ids) done.stale.erase(id);
  return done;
}

}  // namespace ergon
