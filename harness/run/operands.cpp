#include "harness/run/operands.h"

#include <sched.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <numbers>
#include <thread>

namespace ergon {
namespace {

// Elements are made in chunks of this many; even, so that two i4 of a byte stay together.
constexpr std::int64_t kChunk = 4096;

// SplitMix64's finaliser (Steele, Lea & Flood 2014): element i of stream s is hash(s + i * golden).
std::uint64_t hash(std::uint64_t x) {
  x ^= x >> 30;
  x *= 0xbf58476d1ce4e5b9;
  x ^= x >> 27;
  x *= 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

constexpr std::uint64_t kGolden = 0x9e3779b97f4a7c15;

// Independent numbers for one operand, by index.
class Stream {
 public:
  Stream(std::uint64_t seed, std::uint64_t operand) : key_(hash(seed + kGolden * (operand + 1))) {}
  // In [0, 1), 53 bits; `lane` tells apart the numbers that one element needs.
  double unit(std::int64_t element, std::uint64_t lane) const {
    const auto index = static_cast<std::uint64_t>(element) * 2 + lane;
    return static_cast<double>(hash(key_ + kGolden * (index + 1)) >> 11) * 0x1p-53;
  }

 private:
  std::uint64_t key_;
};

double value(const Fill& fill, const Stream& stream, std::int64_t i) {
  switch (fill.kind) {
    case Fill::Kind::uniform:
      return 2 * stream.unit(i, 0) - 1;
    case Fill::Kind::normal:  // Box & Muller 1958; 1 - u is never 0
      return std::sqrt(-2 * std::log(1 - stream.unit(i, 0))) *
             std::cos(2 * std::numbers::pi * stream.unit(i, 1));
    case Fill::Kind::zeros:
      return 0;
    case Fill::Kind::constant:
      return 1;
    case Fill::Kind::sparse:
      return stream.unit(i, 1) * 1000 < fill.zero_permille ? 0 : 2 * stream.unit(i, 0) - 1;
  }
  return 0;
}

// What a fill's 1 is in a dtype: of integers nearly the largest, so that they use their bits as
// numbers of a quantised network do; constants and zeros stay what they are. A normal deviation is
// a quarter of it. i32 stands for a bias, beside which sums of products must fit.
double unit_of(Dtype dtype, Fill::Kind kind) {
  if (kind == Fill::Kind::zeros || kind == Fill::Kind::constant) return 1;
  double largest = 1;
  if (dtype == Dtype::i4) largest = 7;
  if (dtype == Dtype::i8) largest = 127;
  if (dtype == Dtype::u8) largest = 255;
  if (dtype == Dtype::i32) largest = 1 << 15;
  return largest > 1 && kind == Fill::Kind::normal ? largest / 4 : largest;
}

// u8 takes magnitudes: half of it would be zeros else.
double stored(Dtype dtype, double number) { return dtype == Dtype::u8 ? std::abs(number) : number; }

// Fills every `step`-th chunk from `begin` on; the number of zeros among its elements as they are
// stored.
std::int64_t fill_chunks(const Operand& operand, const Fill& fill, const Stream& stream,
                         std::byte* to, std::int64_t begin, std::int64_t step) {
  std::int64_t zeros = 0;
  const double unit = unit_of(operand.dtype, fill.kind);
  std::vector<double> chunk;
  for (std::int64_t first = begin * kChunk; first < operand.elements(); first += step * kChunk) {
    chunk.resize(static_cast<std::size_t>(std::min(kChunk, operand.elements() - first)));
    for (std::size_t i = 0; i < chunk.size(); ++i) {
      const std::int64_t element = first + static_cast<std::int64_t>(i);
      chunk[i] = operand.below > 0
                     ? std::floor(stream.unit(element, 0) * static_cast<double>(operand.below))
                     : stored(operand.dtype, unit * value(fill, stream, element));
    }
    std::byte* const place = to + dtype_bytes(operand.dtype, first);
    encode(operand.dtype, chunk, place);
    decode(operand.dtype, place, chunk);
    zeros += std::count(chunk.begin(), chunk.end(), 0.0);
  }
  return zeros;
}

// Threads for so many elements: of a GPU's operands, which have tens of millions at 30 ns each, as
// many as there are CPUs for; where this thread is pinned, as it is while CPUs are measured, one.
std::int64_t count_fillers(std::int64_t elements) {
  constexpr std::int64_t kElementsEach = 1 << 20;
  cpu_set_t set;
  CPU_ZERO(&set);
  const int cpus = sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;
  return std::clamp<std::int64_t>(elements / kElementsEach, 1, cpus);
}

std::int64_t fill_operand(const Operand& operand, const Fill& fill, const Stream& stream,
                          std::byte* to) {
  const std::int64_t fillers = count_fillers(operand.elements());
  std::atomic<std::int64_t> zeros = 0;
  std::vector<std::jthread> others;
  const auto work = [&](std::int64_t filler) {
    zeros += fill_chunks(operand, fill, stream, to, filler, fillers);
  };
  for (std::int64_t filler = 1; filler < fillers; ++filler) others.emplace_back(work, filler);
  work(0);
  others.clear();  // joins
  return zeros;
}

}  // namespace

OperandBytes fill_operands(const Problem& problem, const Fill& fill) {
  OperandBytes filled;
  std::int64_t elements = 0, zeros = 0;
  for (const Operand& operand : problem.primitive->operands(problem)) {
    // All bits set is NaN in every floating type: an output that nobody wrote is seen.
    auto& bytes =
        filled.bytes.emplace_back(dtype_bytes(operand.dtype, operand.elements()), std::byte{0xff});
    if (operand.role == Role::output) continue;
    const Stream stream(fill.seed, filled.bytes.size() - 1);
    const std::int64_t operand_zeros = fill_operand(operand, fill, stream, bytes.data());
    if (operand.below > 0) continue;
    zeros += operand_zeros;
    elements += operand.elements();
  }
  if (elements > 0)
    filled.zero_fraction = static_cast<double>(zeros) / static_cast<double>(elements);
  return filled;
}

std::int64_t count_operand_sets(const OperandBytes& operands, bool cold,
                                std::span<const CacheLevel> caches, DeviceKind kind) {
  if (!cold) return 1;
  const std::size_t times = kind == DeviceKind::cuda ? 4 : 2;
  std::size_t bytes = 0;
  for (const auto& operand : operands.bytes) bytes += operand.size();
  const std::size_t cache =
      caches.empty() ? 0
                     : caches.back().bytes_each * static_cast<std::size_t>(caches.back().instances);
  const std::size_t sets = bytes == 0 ? 2 : (times * cache + bytes - 1) / bytes;
  return static_cast<std::int64_t>(std::max<std::size_t>(2, sets));
}

}  // namespace ergon
