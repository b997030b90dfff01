#include "harness/meter/meter.h"

namespace ergon {

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
