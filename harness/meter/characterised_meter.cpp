#include "harness/meter/characterised_meter.h"

#include <fmt/format.h>

#include <cmath>
#include <utility>
#include <vector>

#include "harness/meter/described_meter.h"

namespace ergon {
bool apply_characterisation(Channel& channel, const KeptCharacterisation& kept) {
  const Characterisation& found = kept.found;
  const bool same = found.source == channel.source && found.measure == channel.measure;
  if (!same || !std::isfinite(found.period.value)) return false;
  channel.update_period = Seconds{found.period.value};
  if (found.responds()) {
    channel.averaging_window = Seconds{found.window.value};
    channel.lag = Seconds{found.lag.value};
  }
  channel.note += fmt::format("{}characterised {}: {}", channel.note.empty() ? "" : "; ", kept.date,
                              found.verdict);
  return true;
}

std::unique_ptr<Meter> characterised(std::unique_ptr<Meter> meter,
                                     const Characterisations& characterisations,
                                     const std::filesystem::path& root) {
  if (characterisations.empty()) return meter;
  std::vector<Channel> channels(meter->channels().begin(), meter->channels().end());
  bool any = false;
  for (Channel& channel : channels) {
    const auto kept = characterisations.find(identify_channel(channel, root));
    if (kept != characterisations.end() && apply_characterisation(channel, kept->second)) {
      any = true;
    }
  }
  if (!any) return meter;
  return described(std::move(meter), std::move(channels));
}

}  // namespace ergon
