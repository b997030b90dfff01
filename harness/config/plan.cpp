#include "harness/config/plan.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>

#include "harness/config/balanced_order.h"
#include "harness/config/group_points.h"
#include "kernels/error.h"

namespace ergon {
namespace {

bool same_point(const Point& a, const Point& b) {
  return a.kernel == b.kernel && a.problem.extents == b.problem.extents &&
         a.problem.choices == b.problem.choices && a.problem.dtypes == b.problem.dtypes &&
         a.threads == b.threads && a.fill == b.fill && a.cold == b.cold &&
         a.weights_packed == b.weights_packed;
}

// FNV-1a over words; equal points have equal hashes within one process.
std::uint64_t hash_of(const Point& point) {
  std::uint64_t hash = 0xcbf29ce484222325;
  const auto mix = [&](std::uint64_t word) {
    hash = (hash ^ word) * 0x100000001b3;
    hash ^= hash >> 32;
  };
  mix(reinterpret_cast<std::uintptr_t>(point.kernel));
  for (const std::int64_t extent : point.problem.extents) mix(static_cast<std::uint64_t>(extent));
  for (const std::uint8_t choice : point.problem.choices) mix(choice);
  const Dtypes& dtypes = point.problem.dtypes;
  for (const Dtype dtype : {dtypes.a, dtypes.b, dtypes.accumulate, dtypes.out}) {
    mix(static_cast<std::uint64_t>(dtype));
  }
  mix(static_cast<std::uint64_t>(point.threads));
  mix(static_cast<std::uint64_t>(point.fill.kind));
  mix(static_cast<std::uint64_t>(point.fill.zero_permille));
  mix(point.fill.seed);
  mix(static_cast<std::uint64_t>(point.cold) * 2 + point.weights_packed);
  return hash;
}

// Keeps the first of equal points. Hashes sorted with their index take 16 bytes a point, a set of
// keys would take 200.
void drop_duplicates(std::vector<Point>& points) {
  std::vector<std::pair<std::uint64_t, std::uint32_t>> hashes(points.size());
  for (std::uint32_t i = 0; i < points.size(); ++i) hashes[i] = {hash_of(points[i]), i};
  std::sort(hashes.begin(), hashes.end());
  for (std::size_t i = 0; i < hashes.size(); ++i) {
    Point& first = points[hashes[i].second];
    if (first.kernel == nullptr) continue;
    for (std::size_t j = i + 1; j < hashes.size() && hashes[j].first == hashes[i].first; ++j) {
      Point& other = points[hashes[j].second];
      if (other.kernel != nullptr && same_point(first, other)) other.kernel = nullptr;
    }
  }
  std::erase_if(points, [](const Point& point) { return point.kernel == nullptr; });
}

std::vector<Point> in_order(std::vector<Point> points, const std::vector<std::uint32_t>& order) {
  std::vector<Point> ordered;
  ordered.reserve(points.size());
  for (const std::uint32_t index : order) ordered.push_back(std::move(points[index]));
  return ordered;
}

std::string memory_refusal(const Point& point) {
  double bytes = 0;
  for (const Operand& operand : point.problem.primitive->operands(point.problem)) {
    bytes += static_cast<double>(dtype_bytes(operand.dtype, operand.elements()));
  }
  if (point.cold) bytes *= 2;  // operands rotate through two sets at least
  const double memory =
      static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGESIZE));
  if (bytes <= memory) return "";
  return fmt::format("its operands take {:.3g} GB, this machine has {:.3g} GB of memory",
                     bytes / 1e9, memory / 1e9);
}

}  // namespace

Shard shard_named(std::string_view text) {
  Shard shard;
  const char* const end = text.data() + text.size();
  const auto index = std::from_chars(text.data(), end, shard.index);
  const bool slash = index.ec == std::errc() && index.ptr != end && *index.ptr == '/';
  const auto count = slash ? std::from_chars(index.ptr + 1, end, shard.count) : index;
  if (!slash || count.ec != std::errc() || count.ptr != end || shard.index < 0 ||
      shard.index >= shard.count) {
    throw Error(
        fmt::format("shard '{}': expected index/count with the index from 0, such as 0/4 "
                    "for the first of four",
                    text));
  }
  return shard;
}

Plan Plan::shard(Shard part) const {
  ERGON_ASSERT(part.index >= 0 && part.index < part.count);
  Plan shard;
  shard.seed = seed;
  shard.replicates = replicates;
  for (auto i = static_cast<std::size_t>(part.index); i < points.size();
       i += static_cast<std::size_t>(part.count)) {
    shard.points.push_back(points[i]);
  }
  return shard;
}

std::vector<Visit> Plan::visits() const {
  std::vector<Visit> visits;
  visits.reserve(points.size() * static_cast<std::size_t>(replicates));
  for (std::uint32_t i = 0; i < points.size(); ++i) visits.push_back({i, 0});
  for (int replicate = 1; replicate < replicates; ++replicate) {
    const std::uint64_t order_seed = seed + static_cast<std::uint64_t>(replicate);
    for (const std::uint32_t i : balanced_order(points, order_seed)) {
      visits.push_back({i, replicate});
    }
  }
  return visits;
}

std::int64_t count_points(const Sweep::Group& group) { return GroupPoints(group).count(); }

std::int64_t count_points(const Sweep& sweep) {
  std::int64_t total = 0;
  for (const Sweep::Group& group : sweep.groups) {
    if (__builtin_add_overflow(total, count_points(group), &total)) {
      total = std::numeric_limits<std::int64_t>::max();
    }
  }
  if (total > kPointsMax) {
    throw Error(
        fmt::format("sweep {}: has {} points; expected at most {}; take fewer values of an "
                    "axis, or split the sweep",
                    sweep.name, points_text(total), points_text(kPointsMax)));
  }
  return total;
}

std::string points_text(std::int64_t points) {
  if (points == std::numeric_limits<std::int64_t>::max()) return "more than 9.2e18";
  const std::string digits = fmt::format("{}", points);
  std::string grouped;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) grouped += ',';
    grouped += digits[i];
  }
  return grouped;
}

Plan make_plan(const Sweep& sweep) {
  Plan plan;
  plan.points.reserve(static_cast<std::size_t>(count_points(sweep)));
  for (const Sweep::Group& group : sweep.groups) {
    const GroupPoints points(group);
    for (std::int64_t i = 0; i < points.count(); ++i) plan.points.push_back(points.at(i));
  }
  drop_duplicates(plan.points);
  const std::vector<std::uint32_t> order = balanced_order(plan.points, sweep.seed);
  plan.points = in_order(std::move(plan.points), order);
  plan.seed = sweep.seed;
  plan.replicates = sweep.protocol.replicates;
  return plan;
}

std::string refusal(const Point& point, int threads_max) {
  const Primitive& primitive = *point.problem.primitive;
  if (std::string why = primitive.invalid(point.problem); !why.empty()) return why;
  if (std::string why = point.kernel->refuses(point.problem, point.weights_packed); !why.empty()) {
    return why;
  }
  if (std::string why = kernel_unavailable(*point.kernel); !why.empty()) return why;
  if (point.kernel->device == DeviceKind::cpu && point.threads > threads_max) {
    return fmt::format("it asks for {} threads, this process may use {} CPUs", point.threads,
                       threads_max);
  }
  return memory_refusal(point);
}

}  // namespace ergon
