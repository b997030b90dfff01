#include "tests/kernels/cuda/awkward_shapes.h"

#include <string_view>

#include "tests/kernels/awkward_shapes.h"

namespace ergon {
namespace {

constexpr Dtypes kHalves = {Dtype::f16, Dtype::f16, Dtype::f32, Dtype::f16};
constexpr Dtypes kBf16 = {Dtype::bf16, Dtype::bf16, Dtype::f32, Dtype::bf16};

// Tiles are 16 x 8 x 16 in a tensor core, to 128 x 256 x 64 in a block; copies are of 16 bytes, so
// rows that are no multiple of it go other ways. Long k, few rows and few columns split sums.
constexpr std::int64_t kGemm[][3] = {
    {1, 1, 1},     {1, 64, 1},     {7, 65, 1},     {2, 129, 17},  {1, 70, 700},  {5, 15, 31},
    {16, 8, 16},   {17, 19, 23},   {31, 129, 257}, {64, 64, 64},  {65, 127, 33}, {128, 128, 32},
    {129, 72, 96}, {140, 264, 40}, {63, 136, 520}, {3, 1000, 64}, {19, 61, 1900}};

// Every other shape has an epilogue with its bias.
std::vector<Problem> gemm(const Primitive& primitive) {
  constexpr Dtypes kDtypesOfGemm[] = {{},
                                      kHalves,
                                      kBf16,
                                      {Dtype::f16, Dtype::f16, Dtype::f32, Dtype::f32},
                                      {Dtype::bf16, Dtype::bf16, Dtype::f32, Dtype::f32},
                                      {Dtype::tf32, Dtype::tf32, Dtype::f32, Dtype::f32}};
  std::vector<Problem> problems;
  for (const Dtypes& dtypes : kDtypesOfGemm) {
    bool gelu = false;
    for (const auto& [m, n, k] : kGemm) {
      Problem problem = make_problem(primitive, {m, n, k});
      problem.dtypes = dtypes;
      gelu = !gelu;
      for (const std::string_view transposed : {"no", "yes"}) {
        choose(problem, "transpose_b", transposed);
        choose(problem, "bias", "no");
        choose(problem, "epilogue", "none");
        problems.push_back(problem);
        choose(problem, "bias", "yes");
        if (gelu) choose(problem, "epilogue", "gelu");
        problems.push_back(problem);
      }
    }
  }
  return problems;
}

// batch, heads, kv_heads, queries, keys, head_size.
std::vector<Problem> attention(const Primitive& primitive) {
  return with_options(primitive, {{1, 2, 1, 1, 130, 128},
                                  {3, 4, 2, 1, 777, 64},
                                  {1, 8, 1, 3, 65, 256},
                                  {1, 2, 2, 65, 127, 64},
                                  {1, 3, 1, 129, 129, 64},
                                  {2, 2, 1, 67, 200, 128},
                                  {1, 1, 1, 128, 128, 128},
                                  {1, 2, 1, 33, 65, 256},
                                  {1, 1, 1, 64, 64, 256}});
}

// A row goes to lanes, to a warp, to a block in registers, or past it. Of each length some are more
// rows than the model runs at once, so that a group takes one after another.
std::vector<Problem> rows(const Primitive& primitive) {
  return with_options(primitive, {{9, 2},     {33, 31},   {6, 32},    {5, 33},    {4, 1000},
                                  {3, 1024},  {3, 1026},  {2, 4096},  {2, 4100},  {1, 8191},
                                  {2, 16384}, {1, 32776}, {5, 33001}, {3, 65600}, {1, 65537},
                                  {27, 1100}, {26, 2200}, {14, 5000}, {8, 9000},  {5, 17000}});
}

std::vector<Problem> elements(const Primitive& primitive) {
  return with_options(primitive, {{2}, {24}, {255}, {256}, {257}, {2048}, {4099}, {8200}});
}

// tokens, columns, vocabulary.
std::vector<Problem> embedding(const Primitive& primitive) {
  return with_options(primitive, {{2, 2, 7}, {9, 24, 50}, {3, 1026, 4}, {5, 4096, 3}});
}

// The sums of tensor cores, in f32; 64 tiles a block.
std::vector<Problem> mma(const Primitive& primitive) {
  std::vector<Problem> problems;
  for (const Dtype dtype : {Dtype::f16, Dtype::bf16}) {
    for (Problem problem : awkward_problems(primitive)) {
      problem.dtypes = {dtype, dtype, Dtype::f32, Dtype::f32};
      problems.push_back(problem);
    }
  }
  return problems;
}

struct Entry {
  std::string_view primitive;
  std::vector<Problem> (*problems)(const Primitive&);
};
constexpr Entry kEntries[] = {{"attention", attention}, {"softmax", rows},
                              {"layernorm", rows},      {"rmsnorm", rows},
                              {"gelu", elements},       {"residual_add", elements},
                              {"copy", elements},       {"embedding", embedding}};

// What CPU kernels are tested by: in f32, and in f16 and bf16 by turns, two at a time, since
// options are side by side.
std::vector<Problem> problems_of_cpu(const Primitive& primitive) {
  std::vector<Problem> problems;
  std::size_t taken = 0;
  for (Problem problem : awkward_problems(primitive)) {
    if (problem.dtypes != Dtypes{}) continue;
    problems.push_back(problem);
    problem.dtypes = taken++ / 2 % 2 == 0 ? kHalves : kBf16;
    problems.push_back(problem);
  }
  return problems;
}

}  // namespace

std::vector<Problem> awkward_problems_cuda(const Primitive& primitive) {
  if (primitive.name == "gemm") return gemm(primitive);
  if (primitive.name == "mma") return mma(primitive);
  std::vector<Problem> problems = problems_of_cpu(primitive);
  for (const Entry& entry : kEntries) {
    if (entry.primitive != primitive.name) continue;
    for (Problem problem : entry.problems(primitive)) {
      for (const Dtypes& dtypes : {Dtypes{}, kHalves, kBf16}) {
        problem.dtypes = dtypes;
        problems.push_back(problem);
      }
    }
  }
  return problems;
}

}  // namespace ergon
