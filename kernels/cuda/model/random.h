#pragma once

#include <cstdint>

namespace ergon::model {

// Numbers of a seed, for schedules. Source: Vigna, "An experimental exploration of Marsaglia's
// xorshift generators, scrambled" (xorshift64*); the seed is spread by a step of splitmix64.
class Random {
 public:
  explicit Random(std::uint64_t seed) {
    std::uint64_t z = seed + 0x9e3779b97f4a7c15U;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    state_ = (z ^ (z >> 31)) | 1;
  }
  std::uint32_t next() {
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    return static_cast<std::uint32_t>((state_ * 0x2545f4914f6cdd1dU) >> 32);
  }
  // One of 0 .. count - 1.
  std::uint32_t below(std::uint32_t count) {
    return static_cast<std::uint32_t>((std::uint64_t{next()} * count) >> 32);
  }

 private:
  std::uint64_t state_;
};

// The index of one bit of the set ones of `mask`, which is not 0.
inline int pick_bit(std::uint32_t mask, Random& random) {
  const std::uint32_t turn = random.next() % 32;
  const std::uint32_t turned = turn == 0 ? mask : (mask >> turn) | (mask << (32 - turn));
  return static_cast<int>((static_cast<std::uint32_t>(__builtin_ctz(turned)) + turn) % 32);
}

}  // namespace ergon::model
