#include "harness/config/sentinels.h"

#include <algorithm>
#include <limits>

namespace ergon {
namespace {

// A probe that only waits writes a word to say so.
constexpr double kBytesMin = 64;

struct Candidate {
  double intensity;  // operations per byte
  const Point* point;
};

// In the order of their intensity; of the same intensity, in the plan's.
std::vector<Candidate> candidates(const Plan& plan) {
  std::vector<Candidate> found;
  for (const Point& point : plan.points) {
    const Primitive& primitive = *point.problem.primitive;
    if (!primitive.invalid(point.problem).empty()) continue;
    const Work work = primitive.work(point.problem);
    const auto operations = static_cast<double>(work.flops + work.specials);
    const auto bytes = static_cast<double>(work.bytes_read + work.bytes_written);
    if (operations <= 0 && bytes < kBytesMin) continue;
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    found.push_back({bytes > 0 ? operations / bytes : kInfinity, &point});
  }
  std::stable_sort(found.begin(), found.end(), [](const Candidate& a, const Candidate& b) {
    return a.intensity < b.intensity;
  });
  return found;
}

// The candidate nearest to `middle` that runs and is not taken yet; null where there is none.
const Point* nearest(const std::vector<Candidate>& from, std::ptrdiff_t middle,
                     const std::vector<const Point*>& taken,
                     const std::function<bool(const Point&)>& runs) {
  const auto count = std::ssize(from);
  for (std::ptrdiff_t step = 0; step < 2 * count; ++step) {
    const std::ptrdiff_t place = middle + (step % 2 == 0 ? step / 2 : -(step / 2) - 1);
    if (place < 0 || place >= count) continue;
    const Point* const point = from[static_cast<std::size_t>(place)].point;
    if (std::find(taken.begin(), taken.end(), point) != taken.end()) continue;
    if (runs(*point)) return point;
  }
  return nullptr;
}

}  // namespace

std::vector<const Point*> choose_sentinels(const Plan& plan, int count,
                                           const std::function<bool(const Point&)>& runs) {
  count = std::min(count, static_cast<int>(plan.points.size()) / kPointsPerSentinel);
  std::vector<const Point*> sentinels;
  if (count <= 0) return sentinels;
  const std::vector<Candidate> from = candidates(plan);
  for (int i = 0; i < count; ++i) {
    const std::ptrdiff_t middle = std::ssize(from) * (2 * i + 1) / (2 * count);
    if (const Point* point = nearest(from, middle, sentinels, runs)) sentinels.push_back(point);
  }
  return sentinels;
}

}  // namespace ergon
