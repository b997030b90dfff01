#include "harness/meter/meter.h"

#include "kernels/error.h"

namespace ergon {

std::string_view measure_name(Measure measure) {
  switch (measure) {
    case Measure::energy:
      return "energy";
    case Measure::power:
      return "power";
    case Measure::temperature:
      return "temperature";
    case Measure::frequency:
      return "frequency";
    case Measure::duration:
      return "duration";
    case Measure::flags:
      return "flags";
  }
  ERGON_ASSERT(!"a measure without a name");
}

std::string_view source_name(Source source) {
  switch (source) {
    case Source::measured:
      return "measured";
    case Source::estimated:
      return "estimated";
    case Source::simulated:
      return "simulated";
    case Source::imported:
      return "imported";
  }
  ERGON_ASSERT(!"a source without a name");
}

std::unique_ptr<Meter> open_meter(const MeterType& type,
                                  const std::map<std::string, double>& options,
                                  const std::filesystem::path& root, std::string& why_not) {
  MeterSite site{root, {}, &steady_clock()};
  for (const MeterOption& option : type.options) {
    const auto given = options.find(std::string(option.name));
    site.options[std::string(option.name)] =
        given != options.end() ? given->second : option.fallback;
  }
  return type.open(site, why_not);
}

namespace meter {

const MeterType* named(std::string_view name) {
  for (const MeterType* type : all()) {
    if (type->name == name) return type;
  }
  return nullptr;
}

}  // namespace meter
}  // namespace ergon
