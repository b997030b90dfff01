#include "harness/config/sweep.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "harness/config/plan.h"
#include "harness/config/spelling.h"
#include "harness/meter/meter.h"
#include "kernels/error.h"

namespace ergon {
namespace {

namespace fs = std::filesystem;

const fs::path kRoot = ERGON_SOURCE_DIR;
const fs::path kBad = kRoot / "tests/harness/config/bad";

void replace(std::string& text, const std::string& what, const std::string& with) {
  const std::size_t at = what.empty() ? std::string::npos : text.find(what);
  if (at != std::string::npos) text.replace(at, what.size(), with);
}

// The message without what differs between checkouts and builds: the path of the checkout, and
// the lists of registries, which grow with every plug.
std::string golden_form(std::string message) {
  replace(message, kRoot.string() + "/", "");
  std::vector<std::string> kernels;
  for (const Kernel* kernel : kernel::all()) {
    if (std::string_view(kernel->primitive) == "gemm") kernels.emplace_back(kernel->name);
  }
  replace(message, ": " + joined(names_of(meter::all())), ": <meters>");
  replace(message, ": " + joined(names_of(primitive::all())), ": <primitives>");
  replace(message, ": " + joined(kernels), ": <kernels>");
  return message + "\n";
}

std::string message_of(const fs::path& sweep) {
  try {
    (void)read_sweep(sweep);
  } catch (const Error& error) {
    return golden_form(error.what());
  }
  return "no error\n";
}

std::string contents(const fs::path& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

Sweep parse(const std::string& text) { return parse_sweep(text, "test.yaml"); }

std::vector<std::vector<std::int64_t>> rows_of_m(const std::string& values) {
  const Sweep sweep =
      parse("groups: [{kernels: gemm/reference, axes: {m: " + values + ", n: 8, k: 8}}]");
  return sweep.groups[0].axes[0].rows;
}

using Rows = std::vector<std::vector<std::int64_t>>;

}  // namespace

TEST(Sweep, BadSweepsGetTheirGoldenMessages) {
  const bool update = std::getenv("ERGON_UPDATE_GOLDEN") != nullptr;
  std::vector<fs::path> sweeps{kBad / "missing.yaml"};
  for (const auto& entry : fs::directory_iterator(kBad)) {
    if (entry.path().extension() == ".yaml") sweeps.push_back(entry.path());
  }
  ASSERT_GE(sweeps.size(), 60u);
  for (const fs::path& sweep : sweeps) {
    fs::path golden = sweep;
    golden.replace_extension(".txt");
    const std::string message = message_of(sweep);
    if (update) std::ofstream(golden) << message;
    EXPECT_EQ(message, contents(golden)) << "ERGON_UPDATE_GOLDEN=1 rewrites it if it is better";
    EXPECT_NE(message, "no error\n") << sweep;
  }
}

TEST(Sweep, GoldenMessagesBelongToASweep) {
  for (const auto& entry : fs::directory_iterator(kBad)) {
    if (entry.path().extension() != ".txt" || entry.path().stem() == "missing") continue;
    fs::path sweep = entry.path();
    EXPECT_TRUE(fs::exists(sweep.replace_extension(".yaml"))) << sweep;
  }
}

TEST(Sweep, DefaultsAreTheDocumentedOnes) {
  const Sweep sweep = parse("groups: [{kernels: gemm/reference, axes: {m: 1, n: 2, k: 3}}]");
  EXPECT_EQ(sweep.name, "test");
  EXPECT_EQ(sweep.seed, 1u);
  EXPECT_EQ(sweep.protocol, *protocol_preset("fixed-power"));
  EXPECT_TRUE(sweep.meters.empty());
  ASSERT_EQ(sweep.groups.size(), 1u);
  const Sweep::Group& group = sweep.groups[0];
  EXPECT_EQ(group.dtypes, std::vector<Dtypes>{Dtypes{}});
  EXPECT_EQ(group.fills, std::vector<Fill>{Fill{}});
  EXPECT_EQ(group.cold, std::vector<bool>{false});
  EXPECT_EQ(group.weights_packed, std::vector<bool>{false});
  EXPECT_GE(group.threads.at(0), 1);
  EXPECT_TRUE(group.options.empty());
}

TEST(Sweep, EveryFieldIsRead) {
  const std::string text = R"(
name: all
seed: 7
protocol: {preset: quick, windows_max: 8}
meters: [powercap, {estimate: {idle_watts: 12.5}}]
groups:
  - kernels: ["gemm/ref*", gemm/reference]
    axes:
      m: [1, 2]
      n,k: [[3, 4], [5, 6]]
    options: {transpose_b: [no, yes]}
    dtypes: [f32, bf16, {a: u8, b: i8, accumulate: i32, out: i32}]
    threads: [1, 2, 1]
    cold: [no, yes]
    weights: [plain, packed]
    fill: [normal, {uniform: {seed: 5}}, {sparse: {zero_fraction: 0.9, seed: 3}}]
)";
  const Sweep sweep = parse(text);
  EXPECT_EQ(sweep.name, "all");
  EXPECT_EQ(sweep.seed, 7u);
  EXPECT_EQ(sweep.protocol.windows_max, 8);
  EXPECT_EQ(sweep.text, text);
  EXPECT_EQ(sweep.meters,
            (std::vector<MeterRequest>{{"powercap", {}}, {"estimate", {{"idle_watts", 12.5}}}}));
  const Sweep::Group& group = sweep.groups.at(0);
  EXPECT_EQ(group.kernels, std::vector<const Kernel*>{kernel::named("gemm/reference")});
  ASSERT_EQ(group.axes.size(), 2u);
  EXPECT_EQ(group.axes[0].rows, (Rows{{1}, {2}}));
  EXPECT_EQ(group.axes[1].names, (std::vector<std::string>{"n", "k"}));
  EXPECT_EQ(group.axes[1].rows, (Rows{{3, 4}, {5, 6}}));
  EXPECT_EQ(group.options.at("transpose_b"), (std::vector<std::string>{"no", "yes"}));
  EXPECT_EQ(group.dtypes, (std::vector<Dtypes>{{},
                                               {Dtype::bf16, Dtype::bf16, Dtype::f32, Dtype::bf16},
                                               {Dtype::u8, Dtype::i8, Dtype::i32, Dtype::i32}}));
  EXPECT_EQ(group.threads, (std::vector<int>{1, 2}));
  EXPECT_EQ(group.cold, (std::vector<bool>{false, true}));
  EXPECT_EQ(group.weights_packed, (std::vector<bool>{false, true}));
  EXPECT_EQ(group.fills,
            (std::vector<Fill>{{.kind = Fill::Kind::normal},
                               {.kind = Fill::Kind::uniform, .seed = 5},
                               {.kind = Fill::Kind::sparse, .zero_permille = 900, .seed = 3}}));
}

TEST(Sweep, RangesIncludeTheirEndsWhereTheStepMeetsThem) {
  EXPECT_EQ(rows_of_m("{range: [64, 256], step: 64}"), (Rows{{64}, {128}, {192}, {256}}));
  EXPECT_EQ(rows_of_m("{range: [64, 255], step: 64}"), (Rows{{64}, {128}, {192}}));
  EXPECT_EQ(rows_of_m("{range: [7, 7], step: 1}"), (Rows{{7}}));
  EXPECT_EQ(rows_of_m("{range: [9223372036854775806, 9223372036854775807], step: 1}"),
            (Rows{{9223372036854775806}, {9223372036854775807}}));
}

TEST(Sweep, GeometricRangesAreRoundedToDistinctIntegers) {
  EXPECT_EQ(rows_of_m("{geometric: [64, 1024], ratio: 4}"), (Rows{{64}, {256}, {1024}}));
  EXPECT_EQ(rows_of_m("{geometric: [64, 1000], ratio: 4}"), (Rows{{64}, {256}}));
  EXPECT_EQ(rows_of_m("{geometric: [1, 8], ratio: 1.5}"),
            (Rows{{1}, {2}, {3}, {5}, {8}}));  // 1, 1.5, 2.25, 3.375, 5.06, 7.59
}

TEST(Sweep, AliasesAreExpanded) {
  const Sweep sweep = parse(R"(
groups:
  - {kernels: gemm/reference, axes: &axes {m: [1, 2], n: 3, k: 4}, threads: 1}
  - {kernels: gemm/reference, axes: *axes, threads: 2}
)");
  EXPECT_EQ(sweep.groups.at(1).axes.at(0).rows, (Rows{{1}, {2}}));
}

TEST(Sweep, ShapeListsGiveAxesThatMoveTogether) {
  const Sweep sweep = parse(R"(
groups:
  - kernels: gemm/reference
    shapes: [bert-base/gemm, llama-3-8b/gemm]
    axes: {m: [1, 128]}
)");
  const Sweep::Group& group = sweep.groups.at(0);
  ASSERT_EQ(group.axes.size(), 2u);
  EXPECT_EQ(group.axes[1].names, (std::vector<std::string>{"n", "k"}));
  EXPECT_EQ(group.axes[1].rows, (Rows{{768, 768},
                                      {3072, 768},
                                      {768, 3072},
                                      {4096, 4096},
                                      {1024, 4096},
                                      {14336, 4096},
                                      {4096, 14336},
                                      {128256, 4096}}));
  EXPECT_EQ(count_points(sweep), 16);
}

TEST(Sweep, ThreadsAllIsTheCpusOfThisProcess) {
  const Sweep sweep =
      parse("groups: [{kernels: gemm/reference, axes: {m: 1, n: 1, k: 1}, threads: [all, 65536]}]");
  std::string why_not;
  const int cpus = device::all()[0]->open(0, why_not)->threads_max();
  EXPECT_EQ(sweep.groups.at(0).threads, (std::vector<int>{cpus, 65536}));
}

TEST(Sweep, EverySweepThatIsShippedCanBeRead) {
  for (const char* id : {"gemm/avx512", "gemm/onednn", "gemm/openblas", "attention/onednn"}) {
    if (kernel::named(id) == nullptr) {
      GTEST_SKIP() << "this build has no kernel " << id << ", which a shipped sweep names";
    }
  }
  int sweeps = 0;
  for (const auto& entry : fs::directory_iterator(kRoot / "configs")) {
    if (entry.path().extension() != ".yaml") continue;
    EXPECT_GT(count_points(read_sweep(entry.path())), 0) << entry.path();
    ++sweeps;
  }
  EXPECT_GE(sweeps, 3);
}

// A loan of a GPU is no time to learn that a kernel refuses its points, or that a key has too few
// shapes to be fitted.
TEST(Sweep, ShippedSweepsOfGpusHaveTwelveShapesAKeyThatItsKernelTakes) {
  if (kernel::named("gemm/cuda_mma") == nullptr || kernel::named("attention/cudnn") == nullptr) {
    GTEST_SKIP() << "this build has no CUDA kernels";
  }
  for (const char* name : {"gpu-ceilings", "gpu-node", "gpu-node-more", "gpu-speed"}) {
    std::map<std::tuple<std::string, Dtypes, bool>, int> shapes;
    const Sweep sweep = read_sweep(kRoot / "configs" / (std::string(name) + ".yaml"));
    for (const Point& point : make_plan(sweep).points) {
      EXPECT_EQ(point.kernel->refuses(point.problem, point.weights_packed), "") << point_key(point);
      if (point.problem.primitive->probe || point.fill.kind != Fill::Kind::normal) continue;
      ++shapes[{kernel_id(*point.kernel), point.problem.dtypes, point.cold}];
    }
    if (!std::string_view(name).starts_with("gpu-node")) continue;  // the others are not fitted
    for (const auto& [key, count] : shapes)
      EXPECT_GE(count, 12) << name << ": " << std::get<0>(key);
  }
}

TEST(Sweep, BestIsOursForTheWidestVectorsOfTheMachine) {
  const Sweep sweep = parse_sweep(
      "groups:\n"
      "  - kernels: [gemm/best, gemm/reference]\n"
      "    axes: {m: 1, n: 1, k: 1}\n",
      "best.yaml");
  ASSERT_FALSE(sweep.groups[0].kernels.empty());
  const Kernel& best = *sweep.groups[0].kernels[0];
  EXPECT_EQ(kernel_unavailable(best), "");
  for (const char* wider : {"gemm/avx512", "gemm/avx2"}) {
    const Kernel* kernel = kernel::named(wider);
    if (kernel == &best) break;
    EXPECT_TRUE(kernel == nullptr || !kernel_unavailable(*kernel).empty()) << wider;
  }
}

TEST(Sweep, BestTakesTheDtypesOfItsPoints) {
  const Sweep sweep = parse_sweep(
      "groups:\n"
      "  - kernels: gemm/best\n"
      "    axes: {m: 1, n: 1, k: 1}\n"
      "    dtypes: [f32, bf16, {a: u8, b: i8, accumulate: i32, out: i32}]\n",
      "best.yaml");
  int dtypes = 0;
  for (const Sweep::Group& group : sweep.groups) {
    ASSERT_EQ(group.kernels.size(), 1U);
    for (const Dtypes& own : group.dtypes) {
      Problem problem = make_problem(*primitive::named("gemm"), {1, 1, 1});
      problem.dtypes = own;
      EXPECT_EQ(group.kernels[0]->refuses(problem, false), "");
      ++dtypes;
    }
  }
  EXPECT_EQ(dtypes, 3);
  const Kernel& narrow = *kernel::named("gemm/avx512_bf16");
  if (!kernel_unavailable(narrow).empty()) GTEST_SKIP() << kernel_unavailable(narrow);
  ASSERT_EQ(sweep.groups.size(), 3U);
  EXPECT_EQ(sweep.groups[0].kernels[0]->name, "avx512");
  EXPECT_EQ(sweep.groups[1].kernels[0]->name, "avx512_bf16");
}

}  // namespace ergon
