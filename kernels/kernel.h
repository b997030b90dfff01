#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/device.h"
#include "kernels/problem.h"

namespace ergon {

// CPU features a kernel may need; bits of Requirement::cpu_features.
enum CpuFeature : std::uint32_t {
  kSse42 = 1u << 0,
  kAvx2 = 1u << 1,
  kFma = 1u << 2,
  kF16c = 1u << 3,
  kAvx512f = 1u << 4,  // with BW, DQ and VL: every AVX-512 server since Skylake has the four
  kAvx512Bf16 = 1u << 5,
  kAvx512Vnni = 1u << 6,
  kNeon = 1u << 7,
};

// What a machine must have to run a kernel: CPU features, or a range of GPU architectures.
struct Requirement {
  std::uint32_t cpu_features = 0;
  int sm_min = 0;         // 80; 0 for a CPU kernel
  bool sm_exact = false;  // sm_90a code runs on 90 only
};

// Runs a kernel once, or queues it once on a device with a queue. Never throws or allocates; what
// goes wrong asynchronously is reported by Device::synchronize.
using Launch = std::function<void()>;

// What a launch is made for. `operands` are in the order of Primitive::operands.
struct Binding {
  const Problem& problem;
  int threads;          // 1 .. Device::threads_max(); 0 on a GPU
  bool weights_packed;  // packing of weights belongs to bind() only here, else to the launch
  std::span<const Buffer> operands;
  Device& device;
};

// One implementation of one primitive: ours, or a library's to compare ours with.
struct Kernel {
  const char* primitive;  // "gemm"; a name, so that kernels need not link the primitive
  std::string_view name;  // "avx512", "onednn", "openblas"; "gemm/avx512" in full
  DeviceKind device;
  Requirement requirement;
  std::string_view source;  // the paper or library its idea comes from
  // The reason this kernel cannot do a problem on any machine; empty where it can.
  std::string (*refuses)(const Problem&, bool weights_packed);
  // The reason this build or machine lacks what the kernel needs beyond `requirement` (a library
  // that dlopen does not find); empty where it has it. May be null.
  std::string (*missing)();
  // Does what a caller does once: handles, plans, scratch. May throw Error.
  Launch (*bind)(const Binding&);
  // Of the library that the kernel calls, "oneDNN 2.6.3"; null for our own kernels.
  std::string (*version)() = nullptr;
};

// "gemm/avx512".
[[nodiscard]] std::string kernel_id(const Kernel&);

// The reason this machine cannot run the kernel at all; empty where it can.
[[nodiscard]] std::string kernel_unavailable(const Kernel&);

namespace kernel {
[[nodiscard]] std::span<const Kernel* const> all();
[[nodiscard]] const Kernel* named(std::string_view id);  // "gemm/avx512"; null where there is none
}  // namespace kernel

}  // namespace ergon
