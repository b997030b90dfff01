#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/units.h"

namespace ergon::irene {

// What was run by itself, in a loop: one operation, a module of several, a whole model.
enum class Level : std::uint8_t { primitive, module, model };

// One measurement of IrEne (Cao et al., "IrEne: Interpretable Energy Prediction for Transformers",
// ACL 2021): wall joules and seconds of one inference run of one part of one model.
struct Measurement {
  Level level = Level::primitive;
  std::string model{};  // "bert-base-uncased"
  std::string path{};   // "encoder.layer.0.attention.self"; of a model its own name
  std::string type{};   // the class: "Linear", "BertLayer"; of a model empty
  std::int64_t batch = 0, sequence = 0;
  Joules energy{};
  Seconds time{};
  // Rows of the files that hold this very measurement: the same for each layer and each operation
  // of that shape. 1 at least.
  int copies = 1;

  // Of a primitive: what was computed, found from the published FLOPs and bytes (irene_shape.h).
  std::string primitive{};                                      // "gemm"
  std::vector<std::pair<std::string, std::int64_t>> extents{};  // {"m", 256}, ...
  std::vector<std::pair<std::string, std::string>> options{};   // {"bias", "yes"}, ...
};

struct Measurements {
  std::vector<Measurement> all{};       // each counted once; primitives, modules, models
  int rows = 0;                         // of the files, of the models that are kept
  std::vector<std::string> left_out{};  // "model sshleifer/tiny-ctrl: 675 rows, as in the paper"
};

// Reads ml1_level_features.csv, ml2_level_features.csv, module_level_features.csv and
// model_level_features.csv of a folder. The published units (millions of FLOPs, MiB) end here. No
// telemetry is read: features of a run of the target are what a prediction must do without.
// Throws Error for a file that is missing or malformed, or a primitive whose shape its numbers do
// not tell.
[[nodiscard]] Measurements read(const std::filesystem::path& folder);

[[nodiscard]] std::string_view level_name(Level);

}  // namespace ergon::irene
