#include "tests/kernels/launch_once.h"

#include <gtest/gtest.h>

#include <memory>
#include <span>

namespace ergon {
namespace {

std::unique_ptr<Device> open_cpu() {
  std::string why_not;
  for (const DeviceType* type : device::all()) {
    if (type->kind == DeviceKind::cpu) return type->open(0, why_not);
  }
  return nullptr;
}

// Kernels of other dtypes refuse any problem in f32; two of everything is one that others take.
bool takes_floats(const Kernel& kernel) {
  const Primitive& primitive = *primitive::named(kernel.primitive);
  const Problem problem =
      make_problem(primitive, std::vector<std::int64_t>(primitive.axes.size(), 2));
  return kernel.refuses(problem, /*weights_packed=*/false).empty();
}

}  // namespace

std::vector<float> launch_once(const Kernel& kernel, const Problem& problem,
                               const std::vector<std::vector<float>>& inputs, int threads) {
  const std::unique_ptr<Device> cpu = open_cpu();
  std::vector<Buffer> buffers;
  for (const std::vector<float>& input : inputs) {
    buffers.push_back(cpu->allocate(input.size() * sizeof(float), threads));
    cpu->upload(buffers.back(), std::as_bytes(std::span(input)));
  }
  const Operand output = problem.primitive->operands(problem).back();
  std::vector<float> result(static_cast<std::size_t>(output.elements()));
  buffers.push_back(cpu->allocate(result.size() * sizeof(float), threads));
  kernel.bind({.problem = problem,
               .threads = threads,
               .weights_packed = false,
               .operands = buffers,
               .device = *cpu})();
  EXPECT_EQ(cpu->synchronize(), "");
  cpu->download(std::as_writable_bytes(std::span(result)), buffers.back());
  return result;
}

void for_each_kernel(std::string_view primitive, const std::function<void(const Kernel&)>& f) {
  for (const Kernel* kernel : kernel::all()) {
    if (primitive != kernel->primitive || kernel->device != DeviceKind::cpu) continue;
    if (!kernel_unavailable(*kernel).empty() || !takes_floats(*kernel)) continue;
    SCOPED_TRACE(kernel_id(*kernel));
    f(*kernel);
  }
}

}  // namespace ergon
