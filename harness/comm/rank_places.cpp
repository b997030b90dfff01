#include <algorithm>

#include "harness/comm/comm.h"

namespace ergon {

int RankPlaces::nodes() const { return 1 + *std::max_element(node_of.begin(), node_of.end()); }

int RankPlaces::leader_of(int node) const {
  return static_cast<int>(std::find(node_of.begin(), node_of.end(), node) - node_of.begin());
}

int RankPlaces::ranks_on(int node) const {
  return static_cast<int>(std::count(node_of.begin(), node_of.end(), node));
}

}  // namespace ergon
