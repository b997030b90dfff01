#include "harness/run/prepared_point.h"

#include <algorithm>
#include <limits>
#include <new>

#include <fmt/format.h>

#include "harness/config/plan.h"
#include "harness/run/operands.h"
#include "kernels/check.h"
#include "kernels/error.h"

namespace ergon {
namespace {

// What the reference may cost a point: about 0.1 s of plain double-precision loops.
constexpr std::int64_t kCheckFlopsMax = 100'000'000;
// Cold points of small problems would need a bound launch for every few bytes of cache.
constexpr std::int64_t kOperandSetsMax = 16'384;

// The name of an operand that the kernel should only have read, but changed; empty: none.
std::string changed_input(const Problem& problem, const OperandBytes& before,
                          std::span<const Buffer> after, Device& device) {
  const Operands operands = problem.primitive->operands(problem);
  for (std::size_t i = 0; i + 1 < operands.size(); ++i) {
    std::vector<std::byte> bytes(before.bytes[i].size());
    device.download(bytes, after[i]);
    if (bytes != before.bytes[i]) return std::string(operands[i].name);
  }
  return "";
}

// Holds the first launch against the reference; false, with the record's reason, where wrong.
// Puts what was computed in the place of the output's bytes.
bool check_first_launch(Record& record, OperandBytes& operands, KernelLoad& load, Device& device) {
  load.launch(1);
  device.download(operands.bytes.back(), load.first_set().back());
  const Problem& problem = record.point.problem;
  const Check check = check_output(problem, operands.bytes, kCheckFlopsMax, record.point.fill.seed);
  record.error_max = check.error_max;
  record.tolerance = check.tolerance;
  record.checked = check.checked;
  record.check_status = check.complete ? CheckStatus::passed : CheckStatus::sampled;
  if (!check.passed) {
    record.reason = "wrong result: " + check.worst;
  } else {
    const std::string input = changed_input(problem, operands, load.first_set(), device);
    if (!input.empty()) record.reason = "wrong result: the launch wrote to its input " + input;
  }
  if (!record.reason.empty()) record.check_status = CheckStatus::wrong;
  return record.reason.empty();
}

std::unique_ptr<KernelLoad> prepare_point(Record& record, Device& device) {
  const Point& point = record.point;
  OperandBytes operands = fill_operands(point.problem, point.fill);
  record.zero_fraction = operands.zero_fraction;
  const std::int64_t sets =
      count_operand_sets(operands, point.cold, device.caches(), device.kind());
  if (sets > kOperandSetsMax) {
    record.run_status = RunStatus::refused;
    record.reason = fmt::format(
        "too small to be measured cold: {} operand sets would be needed, at most {} are made", sets,
        kOperandSetsMax);
    return nullptr;
  }
  record.operand_sets = static_cast<int>(sets);
  auto load = std::make_unique<KernelLoad>(point, operands, sets, device);
  return check_first_launch(record, operands, *load, device) ? std::move(load) : nullptr;
}

}  // namespace

std::unique_ptr<KernelLoad> try_point(Record& record, Device& device) {
  record.error_max = std::numeric_limits<double>::quiet_NaN();
  record.reason = refusal(record.point, device.threads_max());
  const DeviceKind kind = record.point.kernel->device;
  if (record.reason.empty() && kind != device.kind()) {
    record.reason = fmt::format("it runs on a {} device, and this run measures on {}",
                                device_kind_name(kind), device.name());
  }
  if (!record.reason.empty()) {
    record.run_status = RunStatus::refused;
    return nullptr;
  }
  try {
    return prepare_point(record, device);
  } catch (const std::exception&) {
    fail_record(record);
    return nullptr;
  }
}

void fail_record(Record& record) {
  record.run_status = RunStatus::failed;
  try {
    throw;
  } catch (const std::bad_alloc&) {
    record.reason = "out of memory; a smaller problem, or fewer operand sets, may fit";
  } catch (const std::exception& error) {
    record.reason = error.what();
  }
}

Seconds median_time(std::vector<Seconds> times) {
  const auto middle = times.begin() + std::ssize(times) / 2;
  std::nth_element(times.begin(), middle, times.end());
  return *middle;
}

}  // namespace ergon
