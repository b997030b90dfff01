#include "bench/random_shapes.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <string>

#include "harness/simulate/random.h"
#include "kernels/error.h"

namespace ergon {
namespace {

// Draws of one primitive.
class Draw {
 public:
  explicit Draw(std::uint64_t seed) : random_(seed) {}

  // Log-uniform over low .. high, both included.
  std::int64_t between(std::int64_t low, std::int64_t high) {
    const double logs = std::log(static_cast<double>(high + 1) / static_cast<double>(low));
    const double drawn = static_cast<double>(low) * std::exp(random_.uniform() * logs);
    return std::clamp(static_cast<std::int64_t>(drawn), low, high);
  }
  std::int64_t one_of(const std::vector<std::int64_t>& values) {
    return values[random_.bits() % values.size()];
  }
  bool one_in(std::uint64_t n) { return random_.bits() % n == 0; }

  // Problems of the primitive; throws Error where none of its shapes are known.
  Problem problem(const Primitive& primitive);

 private:
  Problem attention(const Primitive& primitive);

  Random random_;
};

Problem Draw::attention(const Primitive& primitive) {
  const std::int64_t heads = between(1, 16);
  std::int64_t kv_heads = between(1, heads);
  while (heads % kv_heads != 0) --kv_heads;
  const bool decode = one_in(4);
  const std::int64_t keys = decode ? between(128, 4096) : between(16, 1024);
  const std::int64_t head_size = one_of({32, 64, 80, 96, 128});
  const std::int64_t batch = between(1, 4);
  Problem problem =
      make_problem(primitive, {batch, heads, kv_heads, decode ? 1 : keys, keys, head_size});
  if (one_in(2)) choose(problem, "mask", "causal");
  return problem;
}

Problem Draw::problem(const Primitive& primitive) {
  const std::string name(primitive.name);
  if (name == "attention") return attention(primitive);
  std::vector<std::int64_t> extents;
  if (name == "gemm") {
    extents = {between(1, 1024), between(64, 4096), between(64, 4096)};
  } else if (name == "batched_gemm") {
    extents = {between(1, 96), between(16, 512), between(16, 512), between(32, 128)};
  } else if (name == "softmax") {
    extents = {between(16, 4096), between(16, 4096)};
  } else if (name == "layernorm" || name == "rmsnorm") {
    extents = {between(1, 4096), between(64, 4096)};
  } else if (primitive.axes.size() == 1 && primitive.axes.front() == "elements") {
    extents = {between(4096, 1 << 22)};
  } else {
    throw Error("--random knows no range for the shapes of " + name + "; leave it out by --filter");
  }
  Problem problem = make_problem(primitive, extents);
  if (name == "gelu" && one_in(2)) choose(problem, "form", "tanh");
  if (name.ends_with("gemm") && one_in(2)) choose(problem, "transpose_b", "yes");
  return problem;
}

}  // namespace

std::vector<Point> random_points(const std::vector<Point>& listed, int count, std::uint64_t seed) {
  std::vector<const Primitive*> primitives;
  for (const Point& point : listed) {
    const Primitive* primitive = point.problem.primitive;
    if (std::ranges::find(primitives, primitive) == primitives.end()) {
      primitives.push_back(primitive);
    }
  }
  std::vector<Point> points;
  for (const Primitive* primitive : primitives) {
    std::vector<const Kernel*> kernels;
    std::set<int> threads;
    for (const Point& point : listed) {
      if (point.problem.primitive != primitive || point.weights_packed) continue;
      threads.insert(point.threads);
      if (std::ranges::find(kernels, point.kernel) == kernels.end()) {
        kernels.push_back(point.kernel);
      }
    }
    Draw draw(seed);
    for (int i = 0; i < count; ++i) {
      const Problem problem = draw.problem(*primitive);
      for (const int team : threads) {
        for (const Kernel* kernel : kernels) {
          Point& point = points.emplace_back();
          point.problem = problem;
          point.kernel = kernel;
          point.threads = team;
        }
      }
    }
  }
  return points;
}

}  // namespace ergon
