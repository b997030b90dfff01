#include "analysis/model_form.h"

namespace ergon::model_form {

namespace {

constexpr Term kTerms[] = {{"static", "W", "s", 1},
                           {"flop", "pJ/flop", "flop", 1e-12},
                           {"byte", "pJ/byte", "byte", 1e-12}};

double quantity(const Features& f, std::size_t term) noexcept {
  const double quantities[] = {f.elapsed, f.flops, f.bytes};
  return quantities[term];
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
                                           .basis = false,
                                           .quantity = quantity};

}  // namespace ergon::model_form
