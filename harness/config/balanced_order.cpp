#include "harness/config/balanced_order.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "kernels/error.h"

namespace ergon {
namespace {

constexpr std::size_t kSizesMax = 3;
// Place of a point in its stratum, and where within its part of the time: 24 and 40 bits.
constexpr int kPlaceBits = 24, kWithinBits = 64 - kPlaceBits;

// SplitMix64 (Steele, Lea & Flood 2014). std::shuffle and the distributions of <random> differ
// between libraries; this order is part of what a seed means.
class Generator {
 public:
  explicit Generator(std::uint64_t seed) : state_(seed) {}

  // Uniform in 0 .. bound - 1: draws from the incomplete last range are thrown away.
  std::uint64_t below(std::uint64_t bound) {
    const std::uint64_t surplus = (0 - bound) % bound;  // 2^64 mod bound
    std::uint64_t drawn = next();
    while (drawn < surplus) drawn = next();
    return drawn % bound;
  }

  std::uint64_t next() {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }

 private:
  std::uint64_t state_;
};

// The product of the extents, which orders the problems of one primitive by size. Its products
// round the same way everywhere.
double size_of(const Point& point) {
  double size = 1;
  for (const std::int64_t extent : point.problem.extents) size *= static_cast<double>(extent);
  return size;
}

using Indices = std::vector<std::uint32_t>;

// The points of each kernel, kernels in the order in which they come.
std::vector<Indices> by_kernel(std::span<const Point> points) {
  std::unordered_map<const Kernel*, std::size_t> known;
  std::vector<Indices> kernels;
  for (std::uint32_t i = 0; i < points.size(); ++i) {
    const auto [found, fresh] = known.try_emplace(points[i].kernel, kernels.size());
    if (fresh) kernels.emplace_back();
    kernels[found->second].push_back(i);
  }
  return kernels;
}

// Fisher-Yates (Durstenfeld 1964).
void shuffle(std::span<std::uint32_t> indices, Generator& generator) {
  for (std::size_t i = indices.size(); i > 1; --i) {
    std::swap(indices[i - 1], indices[generator.below(i)]);
  }
}

struct Place {
  std::uint64_t time;  // of the whole: 2^64
  std::uint32_t point;
  auto operator<=>(const Place&) const = default;
};

void spread(std::span<std::uint32_t> stratum, Generator& generator, std::vector<Place>& places) {
  shuffle(stratum, generator);
  for (std::uint64_t i = 0; i < stratum.size(); ++i) {
    const std::uint64_t within = generator.next() >> kPlaceBits;
    places.push_back({((i << kWithinBits) | within) / stratum.size(), stratum[i]});
  }
}

}  // namespace

std::vector<std::uint32_t> balanced_order(std::span<const Point> points, std::uint64_t seed) {
  ERGON_ASSERT(points.size() <= std::size_t{1} << kPlaceBits);
  Generator generator(seed);
  std::vector<Place> places;
  places.reserve(points.size());
  for (Indices& kernel : by_kernel(points)) {
    std::stable_sort(kernel.begin(), kernel.end(), [points](std::uint32_t a, std::uint32_t b) {
      return size_of(points[a]) < size_of(points[b]);
    });
    const std::size_t sizes = std::clamp<std::size_t>(kernel.size() / 2, 1, kSizesMax);
    for (std::size_t i = 0; i < sizes; ++i) {
      const std::size_t begin = kernel.size() * i / sizes;
      const std::size_t end = kernel.size() * (i + 1) / sizes;
      spread(std::span(kernel).subspan(begin, end - begin), generator, places);
    }
  }
  std::sort(places.begin(), places.end());
  std::vector<std::uint32_t> order;
  order.reserve(points.size());
  for (const Place& place : places) order.push_back(place.point);
  return order;
}

}  // namespace ergon
