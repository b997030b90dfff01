#include "tests/kernels/cuda/probe_run.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include <fmt/format.h>

#include "kernels/error.h"

namespace ergon {
namespace {

constexpr std::byte kUnwritten{0xa5};

// Steele, Lea & Flood 2014, splitmix64.
std::uint32_t random_word(std::uint64_t place) {
  std::uint64_t z = (place + 1) * 0x9e3779b97f4a7c15U;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
  return static_cast<std::uint32_t>(z ^ (z >> 31));
}

float small_integer(std::uint32_t random) { return static_cast<float>(random % 17U) - 8; }

std::uint16_t bits_of(Dtype dtype, double value) {
  std::uint16_t bits = 0;
  encode(dtype, {&value, 1}, reinterpret_cast<std::byte*>(&bits));
  return bits;
}

std::uint32_t two_of(Dtype dtype, std::uint32_t random) {
  return bits_of(dtype, small_integer(random)) |
         static_cast<std::uint32_t>(bits_of(dtype, small_integer(random >> 16))) << 16;
}

// Where formats of 16 bits and tf32 round: bits that end in nothing, a half, and beside it.
std::uint32_t boundary(std::uint32_t random) {
  constexpr std::uint32_t kLow[] = {0x0000, 0x0001, 0x0fff, 0x1000, 0x1001, 0x2000, 0x2fff,
                                    0x3000, 0x3001, 0x7fff, 0x8000, 0x8001, 0xffff};
  return (random & 0xffff0000U) | kLow[(random & 0xffffU) % std::size(kLow)];
}

float spread(std::uint32_t random) {
  const float magnitude = std::exp2(static_cast<float>(random >> 1) * 0x1p-31F * 40 - 20);
  return (random & 1U) != 0 ? -magnitude : magnitude;
}

std::uint32_t input_word(ProbeInput input, std::uint32_t random) {
  switch (input) {
    case ProbeInput::bits:
      return random;
    case ProbeInput::f16_integers:
      return two_of(Dtype::f16, random);
    case ProbeInput::bf16_integers:
      return two_of(Dtype::bf16, random);
    case ProbeInput::f32_integers:
      return std::bit_cast<std::uint32_t>(small_integer(random));
    case ProbeInput::f32_boundaries:
      return boundary(random);
    case ProbeInput::f32_spread:
      return std::bit_cast<std::uint32_t>(spread(random));
    case ProbeInput::f32_small:
      return std::bit_cast<std::uint32_t>(static_cast<float>(random) * 0x1p-32F * 60 - 30);
  }
  ERGON_ASSERT(!"an input without words");
}

// Floats in the order of their values, one integer apart where they are neighbours.
std::int64_t ordered(std::uint32_t bits) {
  const auto magnitude = static_cast<std::int64_t>(bits & 0x7fffffffU);
  return (bits & 0x80000000U) != 0 ? -magnitude : magnitude;
}

std::int64_t ulps_between(std::uint32_t a, std::uint32_t b) {
  const bool nan_a = std::isnan(std::bit_cast<float>(a));
  const bool nan_b = std::isnan(std::bit_cast<float>(b));
  if (nan_a || nan_b) return nan_a && nan_b ? 0 : std::numeric_limits<std::int64_t>::max();
  return std::abs(ordered(a) - ordered(b));
}

}  // namespace

std::vector<std::uint32_t> probe_input(const Probe& probe) {
  std::vector<std::uint32_t> words(static_cast<std::size_t>(probe.words));
  for (std::size_t i = 0; i < words.size(); ++i) words[i] = input_word(probe.input, random_word(i));
  return words;
}

std::vector<std::uint32_t> run_probe(const Probe& probe, CudaDevice& device) {
  const std::vector<std::uint32_t> input = probe_input(probe);
  const std::size_t bytes = input.size() * sizeof(std::uint32_t);
  const Buffer in = device.allocate(bytes, 1), out = device.allocate(bytes, 1);
  device.upload(in, std::as_bytes(std::span(input)));
  device.upload(out, std::vector<std::byte>(bytes, kUnwritten));
  probe.bind(device, reinterpret_cast<const std::uint32_t*>(in.get()),
             reinterpret_cast<std::uint32_t*>(out.get()))();
  if (const std::string error = device.synchronize(); !error.empty()) throw Error(error);
  std::vector<std::uint32_t> written(input.size());
  device.download(std::as_writable_bytes(std::span(written)), out);
  return written;
}

std::string digest_of(const std::vector<std::uint32_t>& words) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const std::byte byte : std::as_bytes(std::span(words))) {
    hash = (hash ^ static_cast<std::uint64_t>(byte)) * 0x100000001b3U;
  }
  return fmt::format("{:016x}", hash);
}

ProbeDifference compare_probe(const Probe& probe, const std::vector<std::uint32_t>& got,
                              const std::vector<std::uint32_t>& expected) {
  ERGON_ASSERT(got.size() == expected.size());
  ProbeDifference difference;
  for (std::size_t i = 0; i < got.size(); ++i) {
    if (got[i] == expected[i]) continue;
    std::int64_t ulps = 0;
    if (probe.ulps > 0) ulps = ulps_between(got[i], expected[i]);
    difference.ulps_max = std::max(difference.ulps_max, ulps);
    if (probe.ulps > 0 && ulps <= probe.ulps) continue;
    if (difference.words_beyond++ > 0) continue;
    difference.first = fmt::format("word {}: {:#010x} for {:#010x}", i, got[i], expected[i]);
  }
  return difference;
}

}  // namespace ergon
