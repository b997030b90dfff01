#include "bench/contest.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "harness/config/group_points.h"
#include "kernels/error.h"

namespace ergon {
namespace {

// FLOPs a byte above which arithmetic bounds a problem: a core of today does some 100 GFLOP/s in
// f32 and moves 15 GB/s or more of its own from memory. GEMM of 8 rows has 4, of 64^3 has 11.
constexpr double kFlopsPerByte = 8;

std::string condition_key(const Point& point) {
  return fmt::format("{} {} {} {} {} {} {}", problem_key(point.problem), point.threads,
                     static_cast<int>(point.fill.kind), point.fill.zero_permille, point.fill.seed,
                     point.cold, point.weights_packed);
}

// Ours for the widest instruction set that this machine has.
const Kernel* widest_kernel(const std::string& primitive) {
  for (const char* name : {"avx512", "avx2", "neon", "reference"}) {
    const Kernel* kernel = kernel::named(primitive + "/" + name);
    if (kernel != nullptr && kernel_unavailable(*kernel).empty()) return kernel;
  }
  throw Error("no kernel of the probe " + primitive + " runs on this machine");
}

const Kernel* probe_of_gpu(const char* id) {
  const Kernel* kernel = kernel::named(id);
  if (kernel == nullptr) throw Error(fmt::format("this build has no kernel {}", id));
  return kernel;
}

// A GPU's arithmetic: its tensor cores' where they take the dtypes, else its FMA units'. Tiles and
// lanes are as many as an H200's schedulers are busy with; smaller GPUs take several rounds.
void give_arithmetic_of_gpu(Point& point) {
  constexpr std::int64_t kTiles = 8448, kLanes = 1'081'344, kDepth = 4096;
  const Dtypes dtypes = point.problem.dtypes;
  if (const Kernel* mma = kernel::named("mma/cuda_mma"); mma != nullptr) {
    point.problem = make_problem(*primitive::named(mma->primitive), {kTiles, kDepth});
    point.problem.dtypes = dtypes;
    point.kernel = mma;
    if (mma->refuses(point.problem, false).empty()) return;
  }
  point.kernel = probe_of_gpu("fma/cuda_simt");
  point.problem = make_problem(*primitive::named("fma"), {kLanes, kDepth});
}

Contender ceiling_of(const Point& condition) {
  const bool gpu = condition.kernel->device == DeviceKind::cuda;
  const Work work = condition.problem.primitive->work(condition.problem);
  const auto bytes = static_cast<double>(work.bytes());
  Point point = condition;
  point.weights_packed = false;
  // An H200 does 14 FLOP of f32 for a byte from memory, and 200 of bf16.
  const bool of_flops = static_cast<double>(work.flops) >= kFlopsPerByte * bytes;
  if (of_flops && gpu) {
    give_arithmetic_of_gpu(point);
  } else if (of_flops) {
    constexpr std::int64_t kLanes = 960, kDepth = 4096;  // a thread's; some 70 us
    point.kernel = widest_kernel("fma");
    point.problem =
        make_problem(*primitive::named("fma"), {kLanes * std::max(1, point.threads), kDepth});
  } else {
    constexpr std::int64_t kElementsLeast = 1024;
    point.kernel = gpu ? probe_of_gpu("copy/cuda_simt") : widest_kernel("copy");
    point.problem = make_problem(*primitive::named("copy"),
                                 {std::max(kElementsLeast, work.bytes() / 8)});  // 4 in, 4 out
  }
  return {.point = point};
}

}  // namespace

bool Contest::is_of_bytes() const { return ceiling.point.problem.primitive->name == "copy"; }

std::string contest_name(const Point& condition) {
  const Problem& problem = condition.problem;
  const Primitive& primitive = *problem.primitive;
  std::string name(primitive.name);
  for (std::size_t a = 0; a < primitive.axes.size(); ++a) {
    name += fmt::format("{}{}={}", a == 0 ? ' ' : ',', primitive.axes[a], problem.extents[a]);
  }
  for (const Option& option : primitive.options) {
    const std::string_view choice = problem.choice(option.name);
    if (choice != option.values.front()) name += fmt::format(" {}={}", option.name, choice);
  }
  if (problem.dtypes != Dtypes{}) name += fmt::format(" {}", dtype_name(problem.dtypes.a));
  if (condition.cold) name += " cold";
  if (condition.weights_packed) name += " packed";
  return name;
}

std::vector<Contest> make_contests(const std::vector<Point>& points) {
  std::vector<Contest> contests;
  std::map<std::string, std::size_t> places;
  for (const Point& point : points) {
    if (const std::string why = point.problem.primitive->invalid(point.problem); !why.empty()) {
      throw Error(contest_name(point) + ": " + why + "; take it out of the sweep");
    }
    const auto [place, is_new] = places.try_emplace(condition_key(point), contests.size());
    if (is_new) contests.push_back({.contenders = {}, .ceiling = ceiling_of(point)});
    contests[place->second].contenders.push_back({.point = point});
  }
  return contests;
}

std::vector<Point> listed_points(const Sweep& sweep) {
  std::vector<Point> listed;
  std::set<std::string> seen;
  for (const Sweep::Group& group : sweep.groups) {
    const GroupPoints points(group);
    for (std::int64_t i = 0; i < points.count(); ++i) {
      Point point = points.at(i);
      if (seen.insert(point_key(point)).second) listed.push_back(std::move(point));
    }
  }
  return listed;
}

}  // namespace ergon
