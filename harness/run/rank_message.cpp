#include "harness/run/rank_message.h"

#include <nlohmann/json.hpp>

#include "kernels/error.h"

namespace ergon {

using nlohmann::json;

std::vector<std::byte> encode_message(const RankMessage& message) {
  json frames = json::array();
  for (const std::vector<std::byte>& frame : message.frames) {
    const auto* const first = reinterpret_cast<const std::uint8_t*>(frame.data());
    frames.push_back(json::binary(std::vector<std::uint8_t>(first, first + frame.size())));
  }
  const json object{{"what", message.what},       {"texts", message.texts},
                    {"numbers", message.numbers}, {"values", message.values},
                    {"ends", message.ends},       {"frames", frames}};
  std::vector<std::byte> bytes;
  for (const std::uint8_t byte : json::to_cbor(object)) bytes.push_back(std::byte{byte});
  return bytes;
}

RankMessage decode_message(std::span<const std::byte> bytes) {
  const auto* first = reinterpret_cast<const std::uint8_t*>(bytes.data());
  try {
    const json object = json::from_cbor(first, first + bytes.size());
    RankMessage message{.what = object.at("what"),
                        .texts = object.at("texts"),
                        .numbers = object.at("numbers"),
                        .values = object.at("values"),
                        .ends = object.at("ends")};
    for (const json& frame : object.at("frames")) {
      const auto bytes_of_frame = std::as_bytes(std::span(frame.get_binary()));
      message.frames.emplace_back(bytes_of_frame.begin(), bytes_of_frame.end());
    }
    return message;
  } catch (const json::exception& error) {
    throw Error(std::string("a message of another rank makes no sense; is it another ergon? ") +
                error.what());
  }
}

}  // namespace ergon
