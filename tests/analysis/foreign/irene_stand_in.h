#pragma once

#include <cstdint>
#include <filesystem>

namespace ergon::irene {

// Writes the four files in the form of IrEne's, of a made machine and six made models: launches
// that hide small work, a cache whose edge is at 0.4 MB, both within the data; products padded to
// tiles. A model's measurements of a layer stand once per layer, as there. `noise`: relative
// standard deviation.
void write_stand_in(const std::filesystem::path& folder, std::uint64_t seed, double noise);

}  // namespace ergon::irene
