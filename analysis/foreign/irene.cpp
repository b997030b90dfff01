#include "analysis/foreign/irene.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include <fmt/format.h>

#include "analysis/foreign/csv.h"
#include "analysis/foreign/irene_shape.h"
#include "kernels/error.h"

namespace ergon::irene {

namespace {

// In the files, but left out of the paper: widths of 16 cost nothing but launches.
constexpr std::string_view kLeftOut = "sshleifer/tiny-ctrl";

// One row, in SI units.
struct Row {
  std::string model{}, path{}, type{};
  std::int64_t batch = 0, sequence = 0, flops = 0, bytes = 0;
  double joules = 0, seconds = 0;
  std::string place{};
};

// A count published in millions or MiB is a whole number of FLOPs or bytes again.
std::int64_t whole(double value, double unit) {
  return static_cast<std::int64_t>(std::llround(value * unit));
}

// Rows of the embedding tables of the published models, from their configurations; of another model
// as many as this one look-up could touch.
std::int64_t vocabulary_of(const Row& row) {
  struct Known {
    std::string_view model;
    std::int64_t words, positions;
  };
  static constexpr Known kKnown[] = {
      {"bert-base-uncased", 30522, 512}, {"distilbert-base-uncased", 30522, 512},
      {"roberta-base", 50265, 514},      {"gpt2", 50257, 1024},
      {"distilgpt2", 50257, 1024},       {"openai-gpt", 40478, 512}};
  const bool position =
      row.path.find("position") != std::string::npos || row.path.find("wpe") != std::string::npos;
  for (const Known& known : kKnown) {
    if (known.model == row.model) return position ? known.positions : known.words;
  }
  return row.batch * row.sequence;
}

double above_zero(const Csv& csv, const Csv::Row& line, std::size_t column) {
  const double value = csv.number(line, column);
  if (value > 0) return value;
  throw Error(fmt::format("{}{} is not above zero", csv.place(line), csv.columns[column]));
}

class Reader {
 public:
  void add(const std::filesystem::path& file, Level level) {
    const std::vector<Row> rows = rows_of(read_csv(file), level);
    for (const Row& row : rows) {
      if (level == Level::primitive && row.type == "LayerNorm") note_width(row);
    }
    for (const Row& row : rows) {
      if (row.model == kLeftOut) {
        ++left_out_;
        continue;
      }
      take(row, level);
    }
  }

  Measurements finish() {
    if (left_out_ > 0) {
      result_.left_out.push_back(
          fmt::format("model {}: {} rows, as in the paper", kLeftOut, left_out_));
    }
    return std::move(result_);
  }

 private:
  // The same model, run, type and size: measured once and written for each copy.
  using Key = std::tuple<Level, std::string, std::string, std::int64_t, std::int64_t, std::int64_t,
                         std::int64_t, double, double>;

  static std::vector<Row> rows_of(const Csv& csv, Level level) {
    const std::size_t batch = csv.at("batch_size"), sequence = csv.at("seq_len"),
                      flops = csv.at("flops"), bytes = csv.at("mem_bytes"),
                      time = csv.at("times_mean"), energy = csv.at("energy_mean"),
                      name = csv.at("level_name"), model = csv.at("model_name");
    std::vector<Row> rows;
    for (const Csv::Row& line : csv.rows) {
      Row row{.model = line.fields[model],
              .path = line.fields[name],
              .batch = csv.integer(line, batch),
              .sequence = csv.integer(line, sequence),
              .flops = whole(csv.number(line, flops), 1e6),
              .bytes = whole(csv.number(line, bytes), 1 << 20),
              .joules = above_zero(csv, line, energy),
              .seconds = above_zero(csv, line, time),
              .place = csv.place(line)};
      const std::size_t colon = row.path.rfind(':');
      if (level != Level::model) {
        if (colon == std::string::npos) {
          throw Error(fmt::format("{}level_name '{}' is no path:Type", row.place, row.path));
        }
        row.type = row.path.substr(colon + 1);
        row.path.resize(colon);
      }
      rows.push_back(std::move(row));
    }
    return rows;
  }

  void note_width(const Row& row) {
    const auto shape = shape_of({row.type, row.batch, row.sequence, row.flops, row.bytes});
    if (shape) width_[row.model] = shape->extents.back().second;
  }

  void take(const Row& row, Level level) {
    ++result_.rows;
    // Two modules of a size are two measurements where their energies differ.
    const Key key{level,     row.model, row.type,   row.batch,  row.sequence,
                  row.flops, row.bytes, row.joules, row.seconds};
    const auto [at, fresh] = seen_.try_emplace(key, result_.all.size());
    if (!fresh) {
      ++result_.all[at->second].copies;
      return;
    }
    Measurement measurement{.level = level,
                            .model = row.model,
                            .path = row.path,
                            .type = row.type,
                            .batch = row.batch,
                            .sequence = row.sequence,
                            .energy = Joules{row.joules},
                            .time = Seconds{row.seconds}};
    if (level == Level::primitive) put_shape(row, measurement);
    result_.all.push_back(std::move(measurement));
  }

  void put_shape(const Row& row, Measurement& measurement) const {
    const auto width = width_.find(row.model);
    auto shape = shape_of({row.type, row.batch, row.sequence, row.flops, row.bytes,
                           width == width_.end() ? 0 : width->second, vocabulary_of(row)});
    if (!shape) {
      throw Error(
          fmt::format("{}no shape of a {} has {} FLOPs and {} bytes at batch {}, sequence "
                      "{}; is it of IrEne's files?",
                      row.place, row.type, row.flops, row.bytes, row.batch, row.sequence));
    }
    measurement.primitive = std::move(shape->primitive);
    measurement.extents = std::move(shape->extents);
    measurement.options = std::move(shape->options);
  }

  Measurements result_;
  std::map<Key, std::size_t> seen_;
  std::map<std::string, std::int64_t> width_;
  int left_out_ = 0;
};

}  // namespace

Measurements read(const std::filesystem::path& folder) {
  Reader reader;
  reader.add(folder / "ml1_level_features.csv", Level::primitive);
  reader.add(folder / "ml2_level_features.csv", Level::primitive);
  reader.add(folder / "module_level_features.csv", Level::module);
  reader.add(folder / "model_level_features.csv", Level::model);
  return reader.finish();
}

std::string_view level_name(Level level) {
  switch (level) {
    case Level::primitive:
      return "primitive";
    case Level::module:
      return "module";
    case Level::model:
      return "model";
  }
  return "";
}

}  // namespace ergon::irene
