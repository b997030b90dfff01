#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace ergon {

// What ranks say to each other while they measure one sweep; `what` says which of the fields below
// it has. As bytes: CBOR (RFC 8949).
struct RankMessage {
  std::string what;
  std::vector<std::string> texts = {};
  std::vector<std::int64_t> numbers = {};
  std::vector<double> values = {};
  std::vector<std::vector<std::byte>> frames = {};  // as encode_frame gives them
  bool ends = false;                                // the run is to end
};

[[nodiscard]] std::vector<std::byte> encode_message(const RankMessage& message);
// Throws Error for bytes that are no message.
[[nodiscard]] RankMessage decode_message(std::span<const std::byte> bytes);

// A rank that has not been heard of for so long has died, or hangs; each says something this often.
inline constexpr std::int64_t kSilenceMaxNs = 30'000'000'000;
inline constexpr std::int64_t kBeatNs = 3'000'000'000;

}  // namespace ergon
