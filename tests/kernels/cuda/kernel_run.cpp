#include "tests/kernels/cuda/kernel_run.h"

#include <algorithm>
#include <cmath>
#include <exception>
#include <random>

#include "kernels/primitive.h"
#include "tests/kernels/cuda/awkward_shapes.h"
#include "tests/kernels/operands.h"

namespace ergon {
namespace {

constexpr std::size_t kBehind = 256;
constexpr std::byte kSpoil{0xff};
// What the reference may cost a problem: some 30 ms of plain loops.
constexpr std::int64_t kCheckFlopsMax = 30'000'000;

using Bytes = std::vector<std::vector<std::byte>>;

// Operands on the device, each with bytes behind it that nobody may write.
class Fenced {
 public:
  Fenced(const Bytes& bytes, CudaDevice& device) : device_(device), bytes_(bytes) {
    for (const std::vector<std::byte>& operand : bytes_) {
      buffers_.push_back(device.allocate(operand.size() + kBehind, 1));
    }
    write();
  }
  [[nodiscard]] const std::vector<Buffer>& buffers() const { return buffers_; }
  void write() {
    for (std::size_t i = 0; i < bytes_.size(); ++i) {
      std::vector<std::byte> all = bytes_[i];
      if (i + 1 == bytes_.size()) std::fill(all.begin(), all.end(), kSpoil);
      all.resize(all.size() + kBehind, kSpoil);
      device_.upload(buffers_[i], all);
    }
  }
  // Puts the output into `result`; what else was written, or empty.
  [[nodiscard]] std::string read(std::vector<std::byte>& result) {
    for (std::size_t i = 0; i < bytes_.size(); ++i) {
      std::vector<std::byte> all(bytes_[i].size() + kBehind);
      device_.download(all, buffers_[i]);
      const auto end = all.begin() + static_cast<std::ptrdiff_t>(bytes_[i].size());
      if (std::any_of(end, all.end(), [](std::byte byte) { return byte != kSpoil; })) {
        return "it wrote behind operand " + std::to_string(i);
      }
      if (i + 1 == bytes_.size()) {
        result.assign(all.begin(), end);
      } else if (!std::equal(all.begin(), end, bytes_[i].begin())) {
        return "it wrote to its input " + std::to_string(i);
      }
    }
    return "";
  }

 private:
  CudaDevice& device_;
  const Bytes& bytes_;
  std::vector<Buffer> buffers_;
};

double bytes_of(const Problem& problem) {
  double bytes = 0;
  for (const Operand& operand : problem.primitive->operands(problem)) {
    bytes += static_cast<double>(dtype_bytes(operand.dtype, operand.elements()));
  }
  return bytes;
}

std::string launch_and_check(const Kernel& kernel, const Problem& problem, CudaDevice& device,
                             double& error_share) {
  Bytes bytes = make_operands(problem, 1);
  Fenced operands(bytes, device);
  const Launch launch = kernel.bind({.problem = problem,
                                     .threads = 0,
                                     .weights_packed = false,
                                     .operands = operands.buffers(),
                                     .device = device});
  std::vector<std::byte> first, second;
  for (std::vector<std::byte>* result : {&first, &second}) {
    operands.write();
    launch();
    if (std::string error = device.synchronize(); !error.empty()) return error;
    if (std::string error = operands.read(*result); !error.empty()) return error;
  }
  // A library may sum in another order each time.
  if (first != second && kernel.version == nullptr) return "other bits at a second launch";
  bytes.back() = first;
  const Check check = check_output(problem, bytes, kCheckFlopsMax, 1);
  if (check.tolerance > 0) error_share = std::max(error_share, check.error_max / check.tolerance);
  return check.passed ? "" : check.worst;
}

}  // namespace

std::string run_kernel(const Kernel& kernel, const Problem& problem, CudaDevice& device,
                       double& error_share) {
  try {
    return launch_and_check(kernel, problem, device, error_share);
  } catch (const std::exception& error) {
    return error.what();
  }
}

std::vector<Problem> random_problems(const Kernel& kernel, int count, double flops, double bytes,
                                     std::uint64_t seed) {
  const Primitive& primitive = *primitive::named(kernel.primitive);
  std::vector<Problem> awkward = awkward_problems_cuda(primitive);
  std::erase_if(awkward,
                [&](const Problem& problem) { return !kernel.refuses(problem, false).empty(); });
  std::vector<Problem> drawn;
  if (awkward.empty()) return drawn;
  std::mt19937_64 random(seed);
  const auto uniform = [&random] { return static_cast<double>(random() >> 11) * 0x1p-53; };
  constexpr int kTries = 200;
  for (int i = 0; i < count * kTries && std::ssize(drawn) < count; ++i) {
    Problem problem = awkward[random() % awkward.size()];
    for (std::int64_t& extent : problem.extents) {
      if (uniform() < 0.3) continue;
      const double grown = static_cast<double>(extent) * std::exp2(8 * uniform());
      extent = std::max<std::int64_t>(1, std::llround(grown));
    }
    if (!primitive.invalid(problem).empty() || !kernel.refuses(problem, false).empty()) continue;
    if (static_cast<double>(primitive.work(problem).flops) > flops) continue;
    if (bytes_of(problem) <= bytes) drawn.push_back(std::move(problem));
  }
  return drawn;
}

}  // namespace ergon
