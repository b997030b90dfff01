// Whether CUDA kernels are right on a GPU, or on the functional model of one: every kernel against
// the double-precision reference on awkward problems and random larger ones, and every device
// primitive against the model. `ergon_gpu_check --help`; no test framework, since it is carried to
// machines that have none.

#include <chrono>
#include <cstdio>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "kernels/cuda/model/model_device.h"
#include "kernels/cuda/model/registry.h"
#include "kernels/error.h"
#include "tests/kernels/cuda/awkward_shapes.h"
#include "tests/kernels/cuda/kernel_run.h"
#include "tests/kernels/cuda/probe_run.h"

namespace ergon {
namespace {

using nlohmann::json;

struct Options {
  bool on_model = false, small = false;
  std::string filter, only, output, golden;
  double seconds = 120;
  int random = -1;  // -1: 12 on a GPU, 1 on the model
  std::uint64_t seed = 1;
};

// Where kernels and probes run, and what they are.
struct Place {
  std::unique_ptr<CudaDevice> device;
  std::vector<const Kernel*> kernels;
  std::span<const Probe> probes;
};

// Null device with the reason in `why_not`, where there is no GPU.
Place open_place(const Options& options, std::string& why_not) {
  Place place;
  if (options.on_model) {
    place.device = std::make_unique<model::ModelDevice>(options.seed);
    place.kernels.assign(model_kernel::all().begin(), model_kernel::all().end());
    place.probes = model::probes();
    return place;
  }
  why_not = "this build has no CUDA; build it with nvcc, or give --model";
  for (const DeviceType* type : device::all()) {
    if (type->kind != DeviceKind::cuda) continue;
    if (auto device = type->open(0, why_not)) {
      place.device.reset(&cuda_device(*device.release()));
    }
  }
  for (const Kernel* kernel : kernel::all()) {
    if (kernel->device == DeviceKind::cuda) place.kernels.push_back(kernel);
  }
#ifdef ERGON_HARDWARE_PROBES
  place.probes = hardware::probes();
#endif
  return place;
}

class Timer {
 public:
  explicit Timer(double seconds) : end_(Clock::now() + std::chrono::duration<double>(seconds)) {}
  [[nodiscard]] bool over() const { return Clock::now() >= end_; }

 private:
  using Clock = std::chrono::steady_clock;
  std::chrono::time_point<Clock, std::chrono::duration<double>> end_;
};

std::vector<Problem> problems_for(const Kernel& kernel, const Options& options) {
  std::vector<Problem> problems = awkward_problems_cuda(*primitive::named(kernel.primitive));
  std::erase_if(problems,
                [&](const Problem& problem) { return !kernel.refuses(problem, false).empty(); });
  const bool slow = options.on_model || options.small;
  if (slow && problems.size() > 12) {  // spread over the list
    std::vector<Problem> some;
    for (std::size_t i = 0; i < 12; ++i) some.push_back(problems[i * problems.size() / 12]);
    problems = std::move(some);
  }
  const int random = options.random >= 0 ? options.random : slow ? 1 : 12;
  const double flops = slow ? 1e6 : 2e10, bytes = slow ? 1e6 : 48e6;
  for (Problem& problem : random_problems(kernel, random, flops, bytes, options.seed)) {
    problems.push_back(std::move(problem));
  }
  return problems;
}

KernelOutcome check_kernel(const Kernel& kernel, const Options& options, const Timer& timer,
                           CudaDevice& device) {
  KernelOutcome outcome{.kernel = kernel_id(kernel)};
  // The model has every architecture up to its own, whatever this machine has.
  if (!options.on_model) outcome.unavailable = kernel_unavailable(kernel);
  if (!outcome.unavailable.empty()) return outcome;
  for (const Problem& problem : problems_for(kernel, options)) {
    if (timer.over()) {
      ++outcome.left;
      continue;
    }
    ++outcome.problems;
    const std::string wrong = run_kernel(kernel, problem, device, outcome.error_share);
    if (!wrong.empty()) outcome.wrong.push_back(problem_key(problem) + ": " + wrong);
  }
  return outcome;
}

json json_of(const KernelOutcome& outcome) {
  return {{"kernel", outcome.kernel}, {"problems", outcome.problems},
          {"left", outcome.left},     {"error_share", outcome.error_share},
          {"wrong", outcome.wrong},   {"unavailable", outcome.unavailable}};
}

void print(const KernelOutcome& outcome) {
  if (!outcome.unavailable.empty()) {
    fmt::print("skip   {:<28} {}\n", outcome.kernel, outcome.unavailable);
    return;
  }
  fmt::print("{}  {:<28} {} problems, worst error {:.3f} of the tolerance{}\n",
             outcome.wrong.empty() ? "right" : "WRONG", outcome.kernel, outcome.problems,
             outcome.error_share,
             outcome.left > 0 ? fmt::format(", {} left for want of time", outcome.left) : "");
  for (std::size_t i = 0; i < outcome.wrong.size() && i < 5; ++i) {
    fmt::print("       {}\n", outcome.wrong[i]);
  }
  std::fflush(stdout);
}

json check_probe(const Probe& probe, const std::vector<std::uint32_t>& expected, CudaDevice& device,
                 bool& right) {
  json row{{"probe", probe.name}, {"words", probe.words}, {"ulps_allowed", probe.ulps}};
  if (device.properties().sm < probe.sm) {
    fmt::print("skip   {:<28} needs sm_{}\n", probe.name, probe.sm);
    row["unavailable"] = fmt::format("needs sm_{}", probe.sm);
    return row;
  }
  ProbeDifference difference;
  try {
    difference = compare_probe(probe, run_probe(probe, device), expected);
  } catch (const std::exception& error) {
    difference = {.words_beyond = probe.words, .first = error.what()};
  }
  row["words_beyond"] = difference.words_beyond;
  row["ulps_max"] = difference.ulps_max;
  row["first"] = difference.first;
  right = right && difference.words_beyond == 0;
  fmt::print("{}  {:<28} {}\n", difference.words_beyond == 0 ? "right" : "WRONG", probe.name,
             difference.words_beyond > 0
                 ? fmt::format("{} of {} words differ; {}", difference.words_beyond, probe.words,
                               difference.first)
             : probe.ulps > 0
                 ? fmt::format("{} ulp apart at most, {} allowed", difference.ulps_max, probe.ulps)
                 : "every bit as in the model");
  return row;
}

// What the model wrote when the golden file was made; on a GPU the same is asked for.
class Golden {
 public:
  explicit Golden(const std::string& file) {
    std::ifstream stream(file);
    if (!file.empty() && !stream) throw Error(file + ": cannot be opened");
    for (std::string digest, name; stream >> digest && std::getline(stream >> std::ws, name);) {
      digests_[name] = digest;
    }
  }
  // Of a probe whose every bit is known; why the model's output is another, or empty.
  [[nodiscard]] std::string difference(const Probe& probe, const std::string& digest) const {
    if (digests_.empty() || probe.ulps > 0) return "";
    const auto found = digests_.find(probe.name);
    if (found == digests_.end()) return "is not in the golden file";
    return found->second == digest ? "" : "the golden file has " + found->second;
  }

 private:
  std::map<std::string, std::string, std::less<>> digests_;
};

// Held against the model of seed 1; on the model, by another seed.
json check_probes(const Options& options, const Place& place, bool& right) {
  const Golden golden(options.golden);
  json rows = json::array();
  for (std::size_t i = 0; i < place.probes.size(); ++i) {
    const Probe& probe = place.probes[i];
    if (probe.name.find(options.filter) == std::string_view::npos) continue;
    model::ModelDevice reference(1 + (options.on_model ? options.seed : 0));
    const std::vector<std::uint32_t> expected = run_probe(model::probes()[i], reference);
    rows.push_back(check_probe(probe, expected, *place.device, right));
    rows.back()["model_digest"] = digest_of(expected);
    if (const std::string why = golden.difference(probe, digest_of(expected)); !why.empty()) {
      fmt::print("WRONG  {:<28} {} of the model: {}\n", probe.name, digest_of(expected), why);
      right = false;
    }
  }
  return rows;
}

int run(const Options& options) {
  std::string why_not;
  const Place place = open_place(options, why_not);
  if (place.device == nullptr) {
    fmt::print("skipped: {}\n", why_not);
    return 77;
  }
  fmt::print("on {}\n", place.device->name());
  bool right = true;
  json report{{"device", place.device->name()},
              {"uuid", place.device->properties().uuid},
              {"sm", place.device->properties().sm},
              {"model", options.on_model},
              {"small", options.small},
              {"seed", options.seed}};
  if (options.only != "kernels") report["probes"] = check_probes(options, place, right);
  const Timer timer(options.seconds);
  json rows = json::array();
  for (const Kernel* kernel : place.kernels) {
    if (options.only == "probes") break;
    if (kernel_id(*kernel).find(options.filter) == std::string::npos) continue;
    const KernelOutcome outcome = check_kernel(*kernel, options, timer, *place.device);
    right = right && outcome.wrong.empty();
    print(outcome);
    rows.push_back(json_of(outcome));
  }
  report["kernels"] = std::move(rows);
  report["right"] = right;
  if (!options.output.empty()) std::ofstream(options.output) << report.dump(1) << '\n';
  return right ? 0 : 1;
}

}  // namespace
}  // namespace ergon

int main(int argc, char** argv) {
  ergon::Options options;
  CLI::App app{
      "Whether CUDA kernels and the device primitives below them are right. Exit code 0: all are; "
      "1: something is wrong; 77: there is no GPU, nothing was checked."};
  app.add_flag("--model", options.on_model, "on the functional model instead of a GPU");
  app.add_flag("--small", options.small, "few and small problems: under compute-sanitizer");
  app.add_option("--filter", options.filter, "only kernels and probes whose name holds this text");
  app.add_option("--only", options.only, "one half of it")
      ->check(CLI::IsMember({"kernels", "probes"}));
  app.add_option("--seconds", options.seconds, "begin no problem after that")
      ->capture_default_str();
  app.add_option("--random", options.random, "random problems of each kernel");
  app.add_option("--seed", options.seed, "of random problems and of the model")
      ->capture_default_str();
  app.add_option("--golden", options.golden, "what the model has to write (probes.txt)");
  app.add_option("--output", options.output, "writes all of it as JSON");
  CLI11_PARSE(app, argc, argv);
  try {
    return ergon::run(options);
  } catch (const std::exception& error) {
    fmt::print(stderr, "ergon_gpu_check: {}\n", error.what());
    return 2;
  }
}
