#include "bench/channel_tree.h"

#include <optional>
#include <vector>

#include "harness/meter/containment.h"

namespace ergon {
namespace {

class Tree {
 public:
  Tree(std::span<const Channel> channels, int primary)
      : channels_(channels), containment_(channels), primary_(primary) {}

  // The lines of all that stand below `parent`; nothing for what nothing contains.
  std::string below(std::optional<std::size_t> parent, const std::string& indent) const {
    std::string text;
    for (std::size_t i = 0; i < channels_.size(); ++i) {
      if (!counts(i) || first_alike(i) != i || parent_of(i) != parent) continue;
      text += indent + names_like(i) + "\n" + below(i, indent + "  ");
    }
    return text;
  }

 private:
  [[nodiscard]] bool counts(std::size_t i) const {
    return channels_[i].measure == Measure::energy || channels_[i].measure == Measure::power;
  }
  [[nodiscard]] bool alike(std::size_t a, std::size_t b) const {
    return containment_.contains(a, b) && containment_.contains(b, a);
  }
  [[nodiscard]] std::size_t first_alike(std::size_t i) const {
    std::size_t first = 0;
    while (!counts(first) || !alike(first, i)) ++first;
    return first;
  }
  [[nodiscard]] std::string names_like(std::size_t i) const {
    std::string names;
    bool primary = false;
    for (std::size_t other = 0; other < channels_.size(); ++other) {
      if (!counts(other) || !alike(other, i)) continue;
      names += (names.empty() ? "" : " = ") + channels_[other].name;
      primary = primary || static_cast<int>(other) == primary_;
    }
    return primary ? names + "  <- the energy of a record" : names;
  }
  // The smallest that contains it: the one which all others that do contain.
  [[nodiscard]] std::optional<std::size_t> parent_of(std::size_t inner) const {
    std::optional<std::size_t> parent;
    for (std::size_t i = 0; i < channels_.size(); ++i) {
      if (!counts(i) || !containment_.contains(i, inner) || alike(i, inner)) continue;
      if (!parent || (containment_.contains(*parent, i) && !alike(*parent, i))) {
        parent = first_alike(i);
      }
    }
    return parent;
  }

  std::span<const Channel> channels_;
  Containment containment_;
  int primary_;
};

}  // namespace

std::string channel_tree(std::span<const Channel> channels, int primary) {
  return Tree(channels, primary).below(std::nullopt, "  ");
}

}  // namespace ergon
