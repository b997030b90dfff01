#include "kernels/cuda/model/matrix.h"

#include <algorithm>
#include <cstring>

#include "kernels/cuda/model/numbers.h"

namespace ergon::model {
namespace {

constexpr int kRows = 16;
constexpr int kColumns = 8;

// Eight lanes of arithmetic, for speed; SSE has four.
using Vector = float __attribute__((vector_size(4 * kColumns)));
static_assert(sizeof(Vector) == sizeof(float) * kColumns);

// c (16 x 8): lane 4 g + t has (g, 2 t), (g, 2 t + 1), (g + 8, 2 t), (g + 8, 2 t + 1).
template <int kDepth>
void multiply(const float (&a)[kRows][kDepth], const Vector (&b)[kDepth],
              const MatrixProduct* const (&products)[kLanes]) {
  alignas(Vector) float c[kRows][kColumns];
  for (int lane = 0; lane < kLanes; ++lane) {
    const float* from = products[lane]->c;
    const int g = lane / 4, t = lane % 4;
    std::memcpy(&c[g][2 * t], from, 2 * sizeof(float));
    std::memcpy(&c[g + 8][2 * t], from + 2, 2 * sizeof(float));
  }
  for (int i = 0; i < kRows; ++i) {
    Vector sum;
    std::memcpy(&sum, c[i], sizeof(sum));
    for (int k = 0; k < kDepth; ++k) sum += a[i][k] * b[k];
    std::memcpy(c[i], &sum, sizeof(sum));
  }
  for (int lane = 0; lane < kLanes; ++lane) {
    float* to = products[lane]->c;
    const int g = lane / 4, t = lane % 4;
    std::memcpy(to, &c[g][2 * t], 2 * sizeof(float));
    std::memcpy(to + 2, &c[g + 8][2 * t], 2 * sizeof(float));
  }
}

void take_products(void* const (&operands)[kLanes], const MatrixProduct* (&products)[kLanes]) {
  for (int lane = 0; lane < kLanes; ++lane) {
    products[lane] = static_cast<const MatrixProduct*>(operands[lane]);
  }
}

// Registers of two elements. a: register r of lane 4 g + t has row g + 8 (r % 2), columns 2 t and
// 2 t + 1, and 8 more of r >= 2. b: register r has column g, rows 2 t and 2 t + 1, and 8 more of
// r = 1.
template <class Element, int kDepth>
void multiply_pairs(void* const (&operands)[kLanes]) {
  const MatrixProduct* products[kLanes];
  take_products(operands, products);
  float a[kRows][kDepth];
  Vector b[kDepth];
  for (int lane = 0; lane < kLanes; ++lane) {
    const int g = lane / 4, t = lane % 4;
    for (int r = 0; r < kDepth / 4; ++r) {
      float* to = &a[g + 8 * (r % 2)][2 * t + 8 * (r / 2)];
      to[0] = low_half<Element>(products[lane]->a[r]);
      to[1] = high_half<Element>(products[lane]->a[r]);
    }
    for (int r = 0; r < kDepth / 8; ++r) {
      b[2 * t + 8 * r][g] = low_half<Element>(products[lane]->b[r]);
      b[2 * t + 8 * r + 1][g] = high_half<Element>(products[lane]->b[r]);
    }
  }
  multiply(a, b, products);
}

// Registers of one element. a: register r of lane 4 g + t has row g + 8 (r % 2), column t, and 4
// more of r >= 2. b: register r has column g, row t + 4 r.
void multiply_words(void* const (&operands)[kLanes]) {
  const MatrixProduct* products[kLanes];
  take_products(operands, products);
  float a[kRows][8];
  Vector b[8];
  for (int lane = 0; lane < kLanes; ++lane) {
    const int g = lane / 4, t = lane % 4;
    for (int r = 0; r < 4; ++r) {
      a[g + 8 * (r % 2)][t + 4 * (r / 2)] = truncate_tf32(products[lane]->a[r]);
    }
    for (int r = 0; r < 2; ++r) b[t + 4 * r][g] = truncate_tf32(products[lane]->b[r]);
  }
  multiply(a, b, products);
}

// Row j of matrix i is where lane 8 i + j says; its elements 2 t and 2 t + 1 go to lane 4 j + t,
// or, transposed, element g to the half j % 2 of lane 4 g + j / 2.
void load_rows(void* const (&operands)[kLanes]) {
  const MatrixRows* rows[kLanes];
  for (int lane = 0; lane < kLanes; ++lane) {
    rows[lane] = static_cast<const MatrixRows*>(operands[lane]);
  }
  for (int i = 0; i < rows[0]->count; ++i) {
    std::uint16_t matrix[8][8];
    for (int j = 0; j < 8; ++j) std::memcpy(matrix[j], rows[8 * i + j]->row, 16);
    for (int lane = 0; lane < kLanes; ++lane) {
      const int g = lane / 4, t = lane % 4;
      const bool transposed = rows[0]->transposed;
      const std::uint32_t low = transposed ? matrix[2 * t][g] : matrix[g][2 * t];
      const std::uint32_t high = transposed ? matrix[2 * t + 1][g] : matrix[g][2 * t + 1];
      rows[lane]->registers[i] = low | high << 16;
    }
  }
}

void meet(Collective collective, void* operand, int sm, Call call) {
  Block& block = *current_thread->block;
  block.need_sm(sm, call);
  block.meet_warp(collective, operand, call);
}

}  // namespace

// Which lanes' addresses count: of the first 8 `count` lanes, but sm_75 wants them of all.
void load_matrices(MatrixRows rows, Call call) {
  Block& block = *current_thread->block;
  if (current_thread->lane < 8 * rows.count || block.shape().sm < 80) {
    block.need_aligned(rows.row, 16, call);
    block.need_shared(rows.row, 16, call);
    block.note_read(rows.row, 16, call, nullptr);
  }
  meet(load_rows, &rows, 75, call);
}

void multiply_f16(MatrixProduct product, Call call) {
  meet(multiply_pairs<F16, 16>, &product, 80, call);
}
void multiply_bf16(MatrixProduct product, Call call) {
  meet(multiply_pairs<Bf16, 16>, &product, 80, call);
}
void multiply_f16_k8(MatrixProduct product, Call call) {
  meet(multiply_pairs<F16, 8>, &product, 75, call);
}
void multiply_tf32(MatrixProduct product, Call call) { meet(multiply_words, &product, 80, call); }

}  // namespace ergon::model
