#include <arm_neon.h>

#include <cstddef>
#include <cstdint>

#include "kernels/cpu/bf16.h"
#include "kernels/cpu/elementwise.h"

namespace ergon {
namespace {

#include "kernels/math/neon.inl.h"
// The functions need the vectors.
#include "kernels/math/functions.inl.h"
//
#include "kernels/math/neon_narrow.inl.h"
// The elements need what reads and writes them.
#include "kernels/math/elements.inl.h"

#include "kernels/gelu/bind.inl.h"

}  // namespace

namespace kernel {
extern const Kernel gelu_neon = {
    .primitive = "gelu",
    .name = "neon",
    .device = DeviceKind::cpu,
    .requirement = {.cpu_features = kNeon},
    .source = "x times a sigmoid that is one polynomial of degree 14; no division",
    .refuses = refuse_but_f32_or_bf16,
    .missing = nullptr,
    .bind = bind,
};
}  // namespace kernel

}  // namespace ergon
