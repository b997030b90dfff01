#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "kernels/cpu/target.h"
#include "kernels/kernel.h"
#include "tests/kernels/math_functions.h"

namespace ergon {
namespace {

ERGON_TARGET_BEGIN_AVX2
#include "kernels/math/avx2.inl.h"
// The functions need the vectors.
#include "kernels/math/functions.inl.h"
// The loop needs both.
#include "tests/kernels/math_loop.inl.h"
ERGON_TARGET_END

}  // namespace

extern const MathFunctions kMathAvx2 = {.name = "avx2",
                                        .cpu_features = kAvx2 | kFma,
                                        .exp2 = over<exp2>,
                                        .gelu_erf = over<gelu_erf>,
                                        .gelu_tanh = over<gelu_tanh>,
                                        .silu = over<silu>,
                                        .tanh = over<tanh_rational>};

}  // namespace ergon
