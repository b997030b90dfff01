#include "analysis/physical_basis.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace ergon {

namespace {

// Output tiles of one group of threads in BLAS libraries: small ones for thin products, 128 x 128
// for large. Rows x columns.
struct Tile {
  std::string_view padded, waves;
  double rows, columns;
};
constexpr Tile kTiles[] = {{"flop_tile_32x32", "flop_wave_32x32", 32, 32},
                           {"flop_tile_64x64", "flop_wave_64x64", 64, 64},
                           {"flop_tile_128x64", "flop_wave_128x64", 128, 64},
                           {"flop_tile_128x128", "flop_wave_128x128", 128, 128}};
constexpr std::size_t kTileCount = std::size(kTiles);

// Where each group of terms begins.
constexpr std::size_t kLaunch = 0, kFlop = 1, kSpecial = 2, kByte = 3, kK = 4, kRow = 5,
                      kOutput = 6, kPadded = 7, kWaves = kPadded + kTileCount,
                      kLevels = kWaves + kTileCount, kLadder = kLevels + 3;

// Thresholds from 1 KiB to 64 GiB, a factor of sqrt 2 apart: 2^10, 2^10.5, ... 2^36.
constexpr std::size_t kRungs = 53;
constexpr std::size_t kTerms = kLadder + kRungs;

constexpr double rung_bytes(std::size_t rung) {
  const double whole = static_cast<double>(std::uint64_t{1} << (10 + rung / 2));
  return rung % 2 == 0 ? whole : 1.4142135623730951 * whole;
}

// "byte_over_2^10.5"
struct RungName {
  std::array<char, 20> text{};
  std::size_t length = 0;
  constexpr void put(std::string_view part) {
    for (const char c : part) text[length++] = c;
  }
};
constexpr std::array<RungName, kRungs> kRungNames = [] {
  std::array<RungName, kRungs> names;
  for (std::size_t rung = 0; rung < kRungs; ++rung) {
    const std::size_t octave = 10 + rung / 2;
    const char digits[] = {static_cast<char>('0' + octave / 10),
                           static_cast<char>('0' + octave % 10)};
    names[rung].put("byte_over_2^");
    names[rung].put({digits, 2});
    if (rung % 2 == 1) names[rung].put(".5");
  }
  return names;
}();

struct Units {
  std::string_view launch, flop, special, byte, k, row, output;
};
constexpr Units kJoules = {"uJ/launch", "pJ/flop", "pJ/special", "pJ/byte",
                           "nJ/k",      "nJ/row",  "pJ/output"};
constexpr Units kSeconds = {"us/launch", "ps/flop", "ps/special", "ps/byte",
                            "ns/k",      "ns/row",  "ps/output"};

constexpr std::array<Term, kTerms> make_terms(const Units& units) {
  std::array<Term, kTerms> terms{};
  terms[kLaunch] = {"launch", units.launch, "launch", 1e-6};
  terms[kFlop] = {"flop", units.flop, "flop", 1e-12};
  terms[kSpecial] = {"special", units.special, "special", 1e-12};
  terms[kByte] = {"byte", units.byte, "byte", 1e-12};
  terms[kK] = {"k", units.k, "k", 1e-9};
  terms[kRow] = {"row", units.row, "row", 1e-9};
  terms[kOutput] = {"output", units.output, "output", 1e-12};
  for (std::size_t t = 0; t < kTileCount; ++t) {
    terms[kPadded + t] = {kTiles[t].padded, units.flop, "flop", 1e-12};
    terms[kWaves + t] = {kTiles[t].waves, units.flop, "flop", 1e-12};
  }
  constexpr std::string_view kLevelNames[] = {"byte_over_L1", "byte_over_L2", "byte_over_L3"};
  for (std::size_t level = 0; level < 3; ++level) {
    terms[kLevels + level] = {kLevelNames[level], units.byte, "byte", 1e-12};
  }
  for (std::size_t rung = 0; rung < kRungs; ++rung) {
    terms[kLadder + rung] = {{kRungNames[rung].text.data(), kRungNames[rung].length},
                             units.byte,
                             "byte",
                             1e-12,
                             rung_bytes(rung)};
  }
  return terms;
}
constexpr std::array<Term, kTerms> kEnergyTerms = make_terms(kJoules);
constexpr std::array<Term, kTerms> kTimeTerms = make_terms(kSeconds);

double tiles_of(const Features& f, const Tile& tile) noexcept {
  return f.batch * std::ceil(f.m / tile.rows) * std::ceil(f.n / tile.columns);
}

double tile_flops(const Features& f, const Tile& tile) noexcept {
  return 2 * tile.rows * tile.columns * f.k;
}

}  // namespace

std::span<const Term> physical_terms(Target target) {
  return target == Target::energy ? kEnergyTerms : kTimeTerms;
}

double physical_quantity(const Features& f, std::size_t term) noexcept {
  if (term >= kLadder) return std::max(0.0, f.bytes - kEnergyTerms[term].begins);
  if (term >= kLevels) {
    const double capacity = f.machine.cache_bytes[term - kLevels];
    return capacity > 0 ? std::max(0.0, f.bytes - capacity) : 0;
  }
  if (term >= kWaves) {
    if (f.machine.lanes < 1) return 0;
    const Tile& tile = kTiles[term - kWaves];
    const auto lanes = static_cast<double>(f.machine.lanes);
    return std::ceil(tiles_of(f, tile) / lanes) * lanes * tile_flops(f, tile);
  }
  if (term >= kPadded) {
    const Tile& tile = kTiles[term - kPadded];
    return tiles_of(f, tile) * tile_flops(f, tile);
  }
  switch (term) {
    case kLaunch:
      return 1;
    case kFlop:
      return f.flops;
    case kSpecial:
      return f.specials;
    case kByte:
      return f.bytes;
    case kK:
      return f.k;
    case kRow:
      return f.rows;
    case kOutput:
      return f.outputs;
    default:
      return 0;
  }
}

}  // namespace ergon
