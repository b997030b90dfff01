#include "harness/config/point.h"

#include <fmt/format.h>

#include <charconv>
#include <map>

#include "harness/sha256.h"
#include "kernels/error.h"

namespace ergon {
namespace {

[[noreturn]] void fail(std::string_view key, const std::string& what) {
  throw Error(fmt::format("point key '{}': {}", key, what));
}

std::map<std::string, std::string, std::less<>> parse_pairs(std::string_view key,
                                                            std::string_view pairs) {
  std::map<std::string, std::string, std::less<>> values;
  while (!pairs.empty()) {
    const std::string_view pair = pairs.substr(0, pairs.find(','));
    pairs.remove_prefix(std::min(pairs.size(), pair.size() + 1));
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos) {
      fail(key, fmt::format("'{}' is no name=value; is the key cut off?", pair));
    }
    values.emplace(pair.substr(0, equals), pair.substr(equals + 1));
  }
  return values;
}

template <typename Integer>
Integer integer(std::string_view key, const std::string& text) {
  Integer value{};
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stopped != end) {
    fail(key, fmt::format("'{}' is no integer in range; expected decimal digits", text));
  }
  return value;
}

}  // namespace

std::string point_key(const Point& point) {
  std::string key = fmt::format(
      "{}/cold={},fill={},kernel={},seed={},threads={},weights={}", problem_key(point.problem),
      point.cold ? "yes" : "no", fill_kind_name(point.fill.kind), point.kernel->name,
      point.fill.seed, point.threads, point.weights_packed ? "packed" : "plain");
  if (point.fill.kind == Fill::Kind::sparse) {
    key += fmt::format(",zero_permille={}", point.fill.zero_permille);
  }
  return key;
}

std::string point_id(const Point& point) { return sha256(point_key(point)); }

Point point_from_key(std::string_view key) { return point_from_key(key, kernel::named); }

Point point_from_key(std::string_view key, const FindKernel& find) {
  const std::size_t slash = key.rfind('/');
  if (slash == std::string_view::npos) fail(key, "has no '/'; expected problem_key/conditions");
  const auto values = parse_pairs(key, key.substr(slash + 1));
  const auto value = [&](std::string_view name) -> const std::string& {
    const auto found = values.find(name);
    if (found == values.end()) fail(key, fmt::format("has no '{}'", name));
    return found->second;
  };
  Point point;
  point.problem = problem_from_key(key.substr(0, slash));
  const std::string id = fmt::format("{}/{}", point.problem.primitive->name, value("kernel"));
  point.kernel = find(id);
  if (point.kernel == nullptr) {
    fail(key, fmt::format("this build has no kernel {}; it was made by another build", id));
  }
  const std::optional<Fill::Kind> kind = fill_kind_named(value("fill"));
  if (!kind) fail(key, fmt::format("unknown fill '{}'", value("fill")));
  point.fill = {.kind = *kind, .seed = integer<std::uint64_t>(key, value("seed"))};
  if (*kind == Fill::Kind::sparse) {
    point.fill.zero_permille = integer<int>(key, value("zero_permille"));
  }
  point.threads = integer<int>(key, value("threads"));
  point.cold = value("cold") == "yes";
  point.weights_packed = value("weights") == "packed";
  // What is left over, out of order or misspelt shows in the key of what was understood.
  if (point_key(point) != key) {
    fail(key, fmt::format("is not canonical; expected '{}'", point_key(point)));
  }
  return point;
}

}  // namespace ergon
