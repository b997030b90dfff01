#include "analysis/model_form.h"

namespace ergon::model_form {

namespace {

constexpr Term kTerms[] = {{"static", "W", "s", 1},
                           {"flop", "pJ/flop", "flop", 1e-12},
                           {"byte", "pJ/byte", "byte", 1e-12}};

void quantities(const Problem&, const Work& work, Seconds elapsed, std::span<double> out) noexcept {
  out[0] = elapsed.value;
  out[1] = static_cast<double>(work.flops);
  out[2] = static_cast<double>(work.bytes());
}

}  // namespace

// W static x time + J/flop x FLOPs + J/byte x bytes: the physical law. Source: the energy roofline
// of Choi, Bedard, Fowler, Vuduc, "A Roofline Model of Energy", IPDPS 2013, section II.
extern const ModelForm form_static_flops_bytes;
const ModelForm form_static_flops_bytes = {.name = "static_flops_bytes",
                                           .version = 1,
                                           .target = Target::energy,
                                           .terms = kTerms,
                                           .baseline = false,
                                           .quantities = quantities};

}  // namespace ergon::model_form
