#include "tests/kernels/awkward_shapes.h"

#include <string_view>

namespace ergon {
namespace {

// Tiles are 6 x 16 and 6 x 64; b is read directly up to 300 rows and by dot products up to 8;
// blocks of k are 128 to 512 long.
constexpr std::int64_t kGemm[][3] = {
    {1, 1, 1},     {1, 1, 129},    {1, 64, 1},   {7, 65, 1},    {1, 127, 33},  {1, 300, 700},
    {2, 129, 17},  {3, 130, 15},   {4, 16, 16},  {5, 15, 31},   {6, 64, 64},   {6, 63, 65},
    {7, 17, 13},   {8, 48, 100},   {9, 33, 47},  {11, 97, 513}, {12, 32, 5},   {17, 19, 23},
    {25, 1, 300},  {31, 129, 257}, {61, 67, 71}, {64, 64, 64},  {47, 101, 53}, {301, 70, 40},
    {310, 530, 7}, {13, 80, 530}};

std::vector<Problem> gemm(const Primitive& primitive) {
  std::vector<Problem> problems;
  for (const auto& [m, n, k] : kGemm) {
    for (const std::string_view transposed : {"no", "yes"}) {
      Problem problem = make_problem(primitive, {m, n, k});
      choose(problem, "transpose_b", transposed);
      problems.push_back(problem);
      choose(problem, "bias", "yes");
      if (n % 2 == 1) choose(problem, "epilogue", "gelu");
      problems.push_back(problem);
      choose(problem, "bias", "no");
      choose(problem, "epilogue", "gelu");
      if (m % 4 == 1) problems.push_back(problem);
    }
  }
  return problems;
}

// Problems of every combination of the options.
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

std::vector<Problem> gelu(const Primitive& primitive) {
  return with_options(primitive, {{1}, {7}, {8}, {15}, {16}, {17}, {1031}, {70001}});
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

std::vector<Problem> copy(const Primitive& primitive) {
  return with_options(primitive, {{1}, {15}, {16}, {17}, {1031}, {70001}});
}

std::vector<Problem> idle(const Primitive& primitive) {
  return with_options(primitive, {{1}, {7}});
}

struct Entry {
  std::string_view primitive;
  std::vector<Problem> (*problems)(const Primitive&);
};
constexpr Entry kEntries[] = {
    {"gemm", gemm}, {"softmax", softmax}, {"gelu", gelu}, {"attention", attention},
    {"fma", fma},   {"copy", copy},       {"idle", idle},
};

}  // namespace

std::vector<Problem> awkward_problems(const Primitive& primitive) {
  for (const Entry& entry : kEntries) {
    if (entry.primitive == primitive.name) return entry.problems(primitive);
  }
  return {};
}

}  // namespace ergon
