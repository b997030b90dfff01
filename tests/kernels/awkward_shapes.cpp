#include "tests/kernels/awkward_shapes.h"

#include <string_view>

namespace ergon {
namespace {

// Tiles are 6 x 16 and 6 x 64; b is read directly up to 300 rows, transposed by dot products up to
// 14 rows and, where k is 256 or more, to 48, 512 or more, to 160, in blocks of some 900 of k and
// groups of 60 columns and more; other blocks of k are 128 to 512 long. Rows up to 5 have tiles of
// 16, 10, 7, 6 and 5 vectors.
constexpr std::int64_t kGemm[][3] = {
    {1, 1, 1},     {1, 1, 129},    {1, 64, 1},     {7, 65, 1},    {1, 127, 33},  {1, 300, 700},
    {2, 129, 17},  {3, 130, 15},   {4, 16, 16},    {5, 15, 31},   {6, 64, 64},   {6, 63, 65},
    {7, 17, 13},   {8, 48, 100},   {9, 33, 47},    {11, 97, 513}, {12, 32, 5},   {17, 19, 23},
    {25, 1, 300},  {31, 129, 257}, {61, 67, 71},   {64, 64, 64},  {47, 101, 53}, {301, 70, 40},
    {310, 530, 7}, {13, 80, 530},  {50, 70, 530},  {1, 255, 9},   {2, 159, 9},   {3, 111, 9},
    {4, 95, 9},    {5, 79, 9},     {19, 131, 1900}};

// One shape in one set of dtypes; GELU gives no integers.
void add_gemm(std::vector<Problem>& problems, Problem problem) {
  const std::int64_t m = problem.extent("m");
  const std::int64_t n = problem.extent("n");
  const bool integers = problem.dtypes.out == Dtype::i32;
  for (const std::string_view transposed : {"no", "yes"}) {
    choose(problem, "transpose_b", transposed);
    choose(problem, "bias", "no");
    choose(problem, "epilogue", "none");
    problems.push_back(problem);
    choose(problem, "bias", "yes");
    if (n % 2 == 1 && !integers) choose(problem, "epilogue", "gelu");
    problems.push_back(problem);
    if (m % 4 != 1 || integers) continue;
    choose(problem, "bias", "no");
    choose(problem, "epilogue", "gelu");
    problems.push_back(problem);
  }
}

std::vector<Problem> gemm(const Primitive& primitive) {
  constexpr Dtypes kDtypesOfGemm[] = {{},
                                      {Dtype::bf16, Dtype::bf16, Dtype::f32, Dtype::bf16},
                                      {Dtype::bf16, Dtype::bf16, Dtype::f32, Dtype::f32},
                                      {Dtype::u8, Dtype::i8, Dtype::i32, Dtype::i32},
                                      {Dtype::u8, Dtype::i8, Dtype::i32, Dtype::f32}};
  std::vector<Problem> problems;
  for (const Dtypes& dtypes : kDtypesOfGemm) {
    for (const auto& [m, n, k] : kGemm) {
      Problem problem = make_problem(primitive, {m, n, k});
      problem.dtypes = dtypes;
      add_gemm(problems, problem);
    }
    if (dtypes == Dtypes{}) continue;
    // Sums over more than one block of k, which is 1024 words of bf16.
    Problem long_sums = make_problem(primitive, {23, 70, 9001});
    long_sums.dtypes = dtypes;
    add_gemm(problems, long_sums);
  }
  return problems;
}

// The same problems again in bf16, summed in f32.
std::vector<Problem> and_in_bf16(std::vector<Problem> problems) {
  const std::size_t count = problems.size();
  for (std::size_t i = 0; i < count; ++i) {
    problems.push_back(problems[i]);
    problems.back().dtypes = {Dtype::bf16, Dtype::bf16, Dtype::f32, Dtype::bf16};
  }
  return problems;
}

std::vector<Problem> softmax(const Primitive& primitive) {
  return with_options(primitive, {{1, 1},
                                  {1, 15},
                                  {1, 16},
                                  {3, 17},
                                  {1, 63},
                                  {2, 64},
                                  {3, 65},
                                  {5, 127},
                                  {2, 1031},
                                  {67, 8},
                                  {3, 50257}});
}

// One axis: around vectors, unrolled loops and the threads' parts.
std::vector<Problem> elements(const Primitive& primitive) {
  return with_options(primitive,
                      {{1}, {7}, {8}, {15}, {16}, {17}, {31}, {63}, {64}, {65}, {1031}, {70001}});
}

// batch, heads, kv_heads, queries, keys, head_size.
std::vector<Problem> attention(const Primitive& primitive) {
  return with_options(primitive, {{1, 1, 1, 1, 1, 1},
                                  {1, 2, 1, 1, 37, 16},
                                  {2, 3, 3, 17, 17, 13},
                                  {1, 4, 2, 5, 67, 64},
                                  {1, 1, 1, 64, 64, 64},
                                  {1, 2, 2, 33, 65, 40},
                                  {1, 8, 2, 1, 300, 64},
                                  {1, 2, 1, 13, 13, 33},
                                  {1, 2, 2, 7, 259, 80},
                                  {2, 6, 3, 11, 512, 128}});
}

std::vector<Problem> fma(const Primitive& primitive) {
  return with_options(primitive, {{1, 1}, {7, 3}, {161, 2}, {193, 5}, {960, 1}, {1921, 400}});
}

std::vector<Problem> mma(const Primitive& primitive) {
  return with_options(primitive, {{1, 1}, {1, 7}, {3, 4}, {9, 6}, {65, 3}, {130, 29}});
}

std::vector<Problem> idle(const Primitive& primitive) {
  return with_options(primitive, {{1}, {7}});
}

// Rows of a norm: of one element, around vectors and unrolled loops, longer than a cache.
std::vector<Problem> norm(const Primitive& primitive) {
  return with_options(primitive, {{1, 1},
                                  {1, 7},
                                  {3, 8},
                                  {5, 15},
                                  {2, 16},
                                  {3, 17},
                                  {1, 63},
                                  {2, 64},
                                  {3, 65},
                                  {7, 127},
                                  {13, 768},
                                  {5, 1031},
                                  {2, 20003}});
}

// tokens, columns, vocabulary.
std::vector<Problem> embedding(const Primitive& primitive) {
  return with_options(primitive, {{1, 1, 1},
                                  {7, 1, 3},
                                  {3, 17, 1},
                                  {5, 31, 100},
                                  {16, 64, 5},
                                  {11, 768, 30},
                                  {129, 65, 1000}});
}

// batch, heads, queries, keys.
std::vector<Problem> scale_mask(const Primitive& primitive) {
  return with_options(primitive, {{1, 1, 1, 1},
                                  {1, 2, 3, 7},
                                  {2, 3, 1, 16},
                                  {1, 1, 17, 17},
                                  {3, 2, 15, 33},
                                  {2, 1, 5, 67},
                                  {1, 3, 64, 64},
                                  {2, 2, 31, 300}});
}

// batch, sequence, heads, head_size.
std::vector<Problem> heads(const Primitive& primitive) {
  return with_options(primitive, {{1, 1, 1, 2},
                                  {1, 5, 3, 2},
                                  {2, 3, 7, 6},
                                  {3, 1, 2, 34},
                                  {1, 17, 5, 16},
                                  {2, 13, 3, 64},
                                  {1, 7, 12, 80},
                                  {2, 33, 4, 128},
                                  {1, 3, 2, 514}});
}

// batch, m, n, k: tiles as in gemm, batches that threads share and that they cannot.
std::vector<Problem> batched_gemm(const Primitive& primitive) {
  return with_options(primitive, {{1, 1, 1, 1},
                                  {1, 7, 17, 13},
                                  {2, 1, 64, 33},
                                  {3, 6, 64, 64},
                                  {5, 9, 33, 47},
                                  {2, 31, 129, 65},
                                  {12, 16, 16, 64},
                                  {7, 13, 80, 53},
                                  {1, 128, 128, 64},
                                  {3, 301, 70, 40}});
}

struct Entry {
  std::string_view primitive;
  std::vector<Problem> (*problems)(const Primitive&);
};
constexpr Entry kEntries[] = {
    {"gemm", gemm},
    {"softmax", [](const Primitive& each) { return and_in_bf16(softmax(each)); }},
    {"gelu", [](const Primitive& each) { return and_in_bf16(elements(each)); }},
    {"attention", [](const Primitive& each) { return and_in_bf16(attention(each)); }},
    {"layernorm", norm},
    {"rmsnorm", norm},
    {"embedding", embedding},
    {"residual_add", elements},
    {"scale_mask", scale_mask},
    {"split_heads", heads},
    {"merge_heads", heads},
    {"rotary", heads},
    {"tanh", elements},
    {"relu", elements},
    {"silu", elements},
    {"swiglu", elements},
    {"batched_gemm", batched_gemm},
    {"fma", fma},
    {"mma", mma},
    {"copy", elements},
    {"idle", idle},
};

}  // namespace

std::vector<Problem> with_options(const Primitive& primitive,
                                  const std::vector<std::vector<std::int64_t>>& extents) {
  std::vector<Problem> problems;
  for (const std::vector<std::int64_t>& each : extents) {
    problems.push_back(make_problem(primitive, each));
    const std::size_t first = problems.size() - 1;
    for (const Option& option : primitive.options) {
      const std::size_t before = problems.size();
      for (std::size_t i = first; i < before; ++i) {
        for (const std::string_view value : option.values.subspan(1)) {
          problems.push_back(problems[i]);
          choose(problems.back(), option.name, value);
        }
      }
    }
  }
  return problems;
}

std::vector<Problem> awkward_problems(const Primitive& primitive) {
  for (const Entry& entry : kEntries) {
    if (entry.primitive == primitive.name) return entry.problems(primitive);
  }
  return {};
}

}  // namespace ergon
