#include "tests/analysis/foreign/irene_stand_in.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <string>

#include <fmt/format.h>

#include "analysis/statistics.h"

namespace ergon::irene {

namespace {

constexpr std::string_view kHeader =
    "batch_size,seq_len,flops,mem_bytes,times_mean,energy_mean,level_name,model_name\n";

struct Model {
  std::string name;
  int layers, heads, width;
  bool conv;  // Conv1D, as in GPT-2, or Linear
};
const Model kModels[] = {{"made-a", 2, 8, 512, false},   {"made-b", 3, 12, 768, false},
                         {"made-c", 2, 16, 1024, false}, {"made-d", 2, 8, 512, true},
                         {"made-e", 3, 12, 768, true},   {"made-f", 2, 16, 1024, true}};

// What a launch costs: `flops` with tiles padded, bytes from cache or beyond it.
struct Cost {
  double joules, seconds;
};
Cost cost(double flops, double bytes) {
  constexpr double kWatts = 80, kLaunch = 6e-6, kCache = 0.4e6;
  const double work = flops / 6e12 + bytes / 900e9 + std::max(0.0, bytes - kCache) / 500e9;
  const double seconds = std::max(kLaunch, 4e-6 + work);
  return {0.2e-3 + kWatts * seconds + 18e-12 * flops + 0.3e-9 * bytes, seconds};
}

double padded(double value, double tile) { return std::ceil(value / tile) * tile; }

class Writer {
 public:
  Writer(const std::filesystem::path& folder, std::uint64_t seed, double noise)
      : noise_(noise), random_(seed) {
    for (const char* name : {"ml1", "ml2", "module", "model"}) {
      auto& file = files_.emplace_back(folder / fmt::format("{}_level_features.csv", name));
      file << kHeader;
    }
  }

  void write(const Model& model, int batch, int sequence) {
    batch_ = batch;
    sequence_ = sequence;
    model_ = &model;
    const double b = batch, s = sequence, d = model.width, m = b * s, h = model.heads;
    measure(0, "words:Embedding", 1, 0, 4 * m * (d + 2), cost(0, 8 * m * d + 4 * m));
    measure(0, "norm:LayerNorm", 2 * model.layers, 8 * m * d, 4 * 4 * m * d,
            cost(8 * m * d, 8 * m * d));
    product("attention.query", 3 * model.layers, d, d);
    product("mlp.up", model.layers, 4 * d, d);
    if (!model.conv) product("mlp.down", model.layers, d, 4 * d);
    const double scores = b * h * s * s;
    measure(
        1, "attention:MatMul", 2 * model.layers, 2 * scores * (d / h), 4 * (2 * b * s * d + scores),
        cost(2 * b * h * padded(s, 64) * padded(s, 64) * (d / h), 4 * (2 * b * s * d + scores)));
    measure(1, "attention:Softmax", model.layers, 5 * scores, 12 * scores,
            cost(4 * scores, 8 * scores));
    if (!model.conv) {
      measure(0, "pooler:Linear", 1, 2 * b * d * d, 4 * (2 * b * d + d * d),
              cost(2 * padded(b, 64) * d * d, 4 * (2 * b * d + d * d)));
      measure(0, "pooler:Tanh", 1, 4 * b * d, 4 * b * d, cost(0, 8 * b * d));
    }
    measure(2, "encoder:Encoder", 1, 1e9, 1 << 20, {10, 0.1});
    measure(3, model.name, 1, 1e9, 1 << 20, {12, 0.12});
  }

 private:
  void product(const std::string& path, int copies, double n, double k) {
    const double b = batch_, s = sequence_, m = b * s;
    const Cost truth = cost(2 * padded(m, 64) * padded(n, 64) * k, 4 * (m * k + k * n + m * n));
    if (model_->conv) {
      measure(0, path + ":Conv1D", copies, 2 * m * n * k, 4 * (m * k + k * n + m * n), truth);
    } else {
      measure(0, path + ":Linear", copies, m * n * (2 * k + 1), 4 * b * (s * k + k * n + 3 * s * n),
              truth);
    }
  }

  void measure(std::size_t file, const std::string& name, int copies, double flops, double bytes,
               const Cost& truth) {
    const double joules = truth.joules * (1 + noise_ * random_.normal());
    const double seconds = truth.seconds * (1 + 0.5 * noise_ * random_.normal());
    for (int copy = 0; copy < copies; ++copy) {
      const std::string path = copies > 1 ? fmt::format("layer.{}.{}", copy, name) : name;
      files_[file] << fmt::format("{:.1f},{:.1f},{},{},{},{},{},{}\n", double(batch_),
                                  double(sequence_), flops / 1e6, bytes / (1 << 20), seconds,
                                  joules, path, model_->name);
    }
  }

  double noise_;
  SplitMix random_;
  std::vector<std::ofstream> files_;
  int batch_ = 0, sequence_ = 0;
  const Model* model_ = nullptr;
};

}  // namespace

void write_stand_in(const std::filesystem::path& folder, std::uint64_t seed, double noise) {
  Writer writer(folder, seed, noise);
  for (const Model& model : kModels) {
    for (const int batch : {4, 8, 16}) {
      for (const int sequence : {32, 48, 96, 128, 192}) writer.write(model, batch, sequence);
    }
  }
}

}  // namespace ergon::irene
