#pragma once

#include <filesystem>
#include <memory>

#include "harness/meter/characterisation_file.h"
#include "harness/meter/meter.h"

namespace ergon {

// Puts what was found into the channel: update period, averaging window (an upper bound where no
// more is known), lag, and a line of its note. False, and nothing done, where nothing was found or
// the channel's numbers come from elsewhere than those that were characterised.
bool apply_characterisation(Channel& channel, const KeptCharacterisation& kept);

// The same meter, its channels as they were characterised on this device and driver; the very
// meter where none of them was.
[[nodiscard]] std::unique_ptr<Meter> characterised(std::unique_ptr<Meter> meter,
                                                   const Characterisations& characterisations,
                                                   const std::filesystem::path& root);

}  // namespace ergon
