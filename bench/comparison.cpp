#include "bench/comparison.h"

#include <set>

namespace ergon {

std::vector<const Contender*> wrong_contenders(const Comparison& comparison) {
  std::vector<const Contender*> wrong;
  for (const Contest& contest : comparison.contests) {
    for (const Contender& contender : contest.contenders) {
      if (contender.is_wrong()) wrong.push_back(&contender);
    }
  }
  return wrong;
}

std::vector<std::string> peer_versions(const Comparison& comparison) {
  std::set<std::string> versions;
  for (const Contest& contest : comparison.contests) {
    for (const Contender& contender : contest.contenders) {
      if (contender.is_peer() && !contender.samples.empty()) {
        versions.insert(contender.point.kernel->version());
      }
    }
  }
  return {versions.begin(), versions.end()};
}

}  // namespace ergon
