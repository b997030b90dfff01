#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "harness/config/point.h"
#include "harness/config/protocol.h"
#include "harness/meter/meter_request.h"

namespace ergon {

// What the YAML says, checked: kernels, and the values each axis takes. Fields of one group are
// crossed with each other; the axes named together in one `ZippedAxes` move together.
struct Sweep {
  struct ZippedAxes {
    std::vector<std::string> names;               // one name: a plain axis
    std::vector<std::vector<std::int64_t>> rows;  // each as long as names
  };
  struct Group {
    std::vector<const Kernel*> kernels;  // of one primitive; globs are expanded
    std::vector<Dtypes> dtypes;
    std::vector<ZippedAxes> axes;  // every axis of the primitive exactly once
    std::map<std::string, std::vector<std::string>> options;  // those not named: their default
    std::vector<int> threads;
    std::vector<Fill> fills;
    std::vector<bool> cold;
    std::vector<bool> weights_packed;
  };
  std::string name;
  std::uint64_t seed = 1;
  Protocol protocol;
  std::vector<MeterRequest> meters;  // in order of preference; empty: every hardware meter
  std::vector<Group> groups;
  std::string text;  // the YAML verbatim, as it goes into the result file
};

// Reads and checks a sweep. Throws Error("file:line:column: what; what was expected; what to do")
// for anything that is not a sweep. Named shape lists are looked up in `shapes` beside the file,
// then in `shapes` of the installed configs.
[[nodiscard]] Sweep read_sweep(const std::filesystem::path& yaml);

// The same from text, e.g. of a result file; `name` stands in messages.
[[nodiscard]] Sweep parse_sweep(const std::string& text, const std::filesystem::path& name);

}  // namespace ergon
