#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "harness/meter/channel.h"

namespace ergon {

// A GPU's UUID in NVML's spelling, "GPU-" and 36 characters, from the 16 bytes that CUDA gives
// (cudaDeviceProp::uuid).
[[nodiscard]] std::string gpu_uuid(std::span<const std::uint8_t, 16> bytes);

// Index of the channel that counts all energy of the GPU with this UUID among a meter's channels
// (on a Grace module whose GPU has no sensor, the module's); -1 where there is none. By UUID and
// never by index: CUDA and NVML number GPUs differently, and CUDA_VISIBLE_DEVICES renumbers CUDA's
// alone.
[[nodiscard]] int gpu_channel(std::span<const Channel> channels, std::string_view uuid);

// Driver, library and every GPU that NVML sees, as a JSON object for the provenance: identity,
// VBIOS, clocks, limits, ECC, MIG, persistence, link, temperature, event reasons, processes. What a
// GPU or driver does not tell stands as {"absent": reason}; so does the whole, without NVML.
[[nodiscard]] std::string nvml_description(const std::filesystem::path& root);

}  // namespace ergon
