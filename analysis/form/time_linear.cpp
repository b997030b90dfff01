#include "analysis/model_form.h"

namespace ergon::model_form {

namespace {

constexpr Term kTerms[] = {{"launch", "us/launch", "launch", 1e-6},
                           {"flop", "ps/flop", "flop", 1e-12},
                           {"byte", "ps/byte", "byte", 1e-12}};

double quantity(const Features& f, std::size_t term) noexcept {
  const double quantities[] = {1, f.flops, f.bytes};
  return quantities[term];
}

}  // namespace

// Launch + FLOPs + bytes. A sum and not the roofline's maximum: kernels overlap the two badly
// where neither dominates, and a sum stays linear in its coefficients.
extern const ModelForm form_time_linear;
const ModelForm form_time_linear = {.name = "time_linear",
                                    .version = 1,
                                    .target = Target::time,
                                    .terms = kTerms,
                                    .baseline = false,
                                    .basis = false,
                                    .quantity = quantity};

}  // namespace ergon::model_form
