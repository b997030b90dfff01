#include "harness/run/open_meters.h"

#include "harness/meter/calibration.h"
#include "harness/meter/characterised_meter.h"
#include "harness/meter/rapl_preference.h"
#include "kernels/error.h"

namespace ergon {
namespace {

std::vector<MeterRequest> measuring_meters() {
  std::vector<MeterRequest> requests;
  for (const MeterType* type : meter::all()) {
    if (type->source == Source::measured) requests.push_back({std::string(type->name), {}});
  }
  return requests;
}

std::map<std::string, double> options_of(const MeterRequest& request,
                                         std::span<const ProtocolOption> defaults) {
  std::map<std::string, double> options = request.options;
  for (const ProtocolOption& option : defaults) {
    if (option.meter == request.name) options.try_emplace(std::string(option.option), option.value);
  }
  return options;
}

}  // namespace

OpenMeters open_meters(std::span<const MeterRequest> requests, const std::filesystem::path& root,
                       std::span<const ProtocolOption> defaults, const MeterRefusal& refusal) {
  const bool unasked = requests.empty();
  const std::vector<MeterRequest> fallback = measuring_meters();
  if (unasked) requests = fallback;
  const Characterisations found = read_characterisations(characterisations_path());
  const Calibrations calibrations = read_calibrations(calibrations_path());
  OpenMeters open;
  for (const MeterRequest& request : requests) {
    const MeterType* type = meter::named(request.name);
    ERGON_ASSERT(type != nullptr);  // parse_sweep knows the names
    // An estimate stands in for a meter; beside one it would only be mistaken for it.
    if (type->source != Source::measured && !open.meters.empty()) continue;
    const bool refused = type->source == Source::measured || refusal.of_all;
    if (refused && !refusal.reason.empty()) {
      if (open.closed.empty()) open.closed.push_back(refusal.reason);
      continue;
    }
    std::string why_not;
    if (auto meter = open_meter(*type, options_of(request, defaults), root, why_not)) {
      meter = characterised(std::move(meter), found, root);
      open.meters.push_back(calibrated(std::move(meter), calibrations, root));
    } else {
      open.closed.push_back(why_not);
    }
  }
  // Several meters may read one counter; those asked for by name are there to be compared.
  if (unasked) open.meters = prefer_rapl(std::move(open.meters));
  return open;
}

}  // namespace ergon
