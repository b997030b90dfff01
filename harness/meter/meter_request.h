#pragma once

#include <map>
#include <string>

namespace ergon {

// A meter that a sweep asks for by name, with the options it sets: {"estimate", {{"idle_watts",
// 12}}}. Options are numbers in the unit that their name ends in.
struct MeterRequest {
  std::string name;
  std::map<std::string, double> options;
  bool operator==(const MeterRequest&) const = default;
};

}  // namespace ergon
