#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "analysis/foreign/irene.h"
#include "analysis/network/description.h"
#include "kernels/problem.h"

namespace ergon::irene {

// Launches that a module or a whole model is made of: each problem once, and how often it runs.
struct Launches {
  Problem problem{};
  int count = 0;
};
using Composition = std::vector<Launches>;

// The networks that were measured, by IrEne's names, read from files named for them without
// "-uncased": bodies without a head, every array operation a launch, as PyTorch ran them.
class Networks {
 public:
  explicit Networks(std::filesystem::path folder) : folder_(std::move(folder)) {}

  // Is there a file of this model?
  [[nodiscard]] bool has(const std::string& model) const;
  // From names and sizes alone: no energy, time or telemetry of the measurement is looked at.
  // Empty for a module that is no sum of whole operations of one layer. Throws Error where the
  // folder has no file of the model.
  [[nodiscard]] Composition composition(const Measurement& measurement);
  // Encoders and decoders are families of their own.
  [[nodiscard]] NetworkKind kind(const std::string& model) { return description(model).kind; }

 private:
  [[nodiscard]] std::filesystem::path file_of(std::string model) const;
  [[nodiscard]] const NetworkDescription& description(const std::string& model);

  std::filesystem::path folder_;
  std::map<std::string, NetworkDescription> descriptions_{};
};

}  // namespace ergon::irene
