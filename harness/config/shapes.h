#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "harness/config/sweep.h"
#include "harness/config/yaml.h"
#include "kernels/primitive.h"

namespace ergon {

// Named shape lists of real models, from the *.yaml files of some folders. A file maps a model to
// its `source` and, per primitive, to axes that move together:
//   bert-base:
//     source: Devlin et al. 2018, arXiv 1810.04805
//     gemm:
//       n,k: [[768, 768], [3072, 768], [768, 3072]]
class Shapes {
 public:
  // Reads nothing yet. Of two models of one name the one in the earlier folder counts.
  explicit Shapes(std::vector<std::filesystem::path> folders);

  // What "bert-base/gemm", which stands at `name`, gives for a primitive. Throws Error with the
  // place where there is no such list, or it is another primitive's.
  [[nodiscard]] Sweep::ZippedAxes find(const Yaml& name, const Primitive& primitive);

 private:
  void load();
  // The lists of a model; throws Error where there is none of that name.
  [[nodiscard]] const Yaml& model(const Yaml& name);

  std::vector<std::filesystem::path> folders_;
  std::vector<Yaml> files_;
  bool loaded_ = false;
};

}  // namespace ergon
