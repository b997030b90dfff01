#include "analysis/model_form.h"

namespace ergon::model_form {

namespace {

constexpr Term kTerms[] = {{"static", "W", "s", 1},
                           {"launch", "uJ/launch", "launch", 1e-6},
                           {"flop", "pJ/flop", "flop", 1e-12},
                           {"byte", "pJ/byte", "byte", 1e-12}};

double quantity(const Features& f, std::size_t term) noexcept {
  const double quantities[] = {f.elapsed, 1, f.flops, f.bytes};
  return quantities[term];
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
                                                  .basis = false,
                                                  .quantity = quantity};

}  // namespace ergon::model_form
