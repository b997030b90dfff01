#include "analysis/model_form.h"

namespace ergon::model_form {

namespace {

constexpr Term kTerms[] = {{"static", "W", "s", 1},
                           {"launch", "uJ/launch", "launch", 1e-6},
                           {"flop", "pJ/flop", "flop", 1e-12},
                           {"byte", "pJ/byte", "byte", 1e-12}};

void quantities(const Problem&, const Work& work, Seconds elapsed, std::span<double> out) noexcept {
  out[0] = elapsed.value;
  out[1] = 1;
  out[2] = static_cast<double>(work.flops);
  out[3] = static_cast<double>(work.bytes());
}

}  // namespace

// The physical law with joules per launch, for kernels whose launch costs more than its time does
// (waking threads, packing scratch).
extern const ModelForm form_static_launch_flops_bytes;
const ModelForm form_static_launch_flops_bytes = {.name = "static_launch_flops_bytes",
                                                  .version = 1,
                                                  .target = Target::energy,
                                                  .terms = kTerms,
                                                  .baseline = false,
                                                  .quantities = quantities};

}  // namespace ergon::model_form
