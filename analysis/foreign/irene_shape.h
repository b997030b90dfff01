#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ergon::irene {

// What IrEne says of a primitive's size. Its counting, which is not ergon's: Linear 2 m n k FLOPs,
// + m n of bias where the input has a sequence, and the weights once per batch item in its bytes;
// Conv1D 2 m n k, weights once; MatMul 2 m n k a head; LayerNorm 8, Softmax 5 and Tanh 4 an
// element; Embedding none. All f32.
struct Counts {
  std::string_view type{};  // "Linear"
  std::int64_t batch = 0, sequence = 0;
  std::int64_t flops = 0, bytes = 0;
  // Of Embedding alone: the model's hidden size, from its LayerNorms, and the rows of the table,
  // which the files do not tell.
  std::int64_t width = 0, vocabulary = 1;
};

struct Shape {
  std::string primitive{};
  std::vector<std::pair<std::string, std::int64_t>> extents{};
  std::vector<std::pair<std::string, std::string>> options{};
  bool operator==(const Shape&) const = default;
};

// The shape that has these counts; none where no shape has. Where input and output width could
// change places (Conv1D) the wider is the output: the first such operation of every block, whose
// measurement IrEne gives to the others.
[[nodiscard]] std::optional<Shape> shape_of(const Counts& counts);

}  // namespace ergon::irene
