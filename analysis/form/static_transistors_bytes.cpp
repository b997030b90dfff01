#include "analysis/model_form.h"

namespace ergon::model_form {

namespace {

constexpr Term kTerms[] = {{"static", "W", "s", 1},
                           {"transistor_op", "aJ/op", "op", 1e-18},
                           {"byte", "pJ/byte", "byte", 1e-12}};

double quantity(const Features& f, std::size_t term) noexcept {
  const double quantities[] = {f.elapsed, f.transistor_ops, f.bytes};
  return quantities[term];
}

}  // namespace

// W static x time + J/transistor operation + J/byte: FLOPs and specials weighed by the gates they
// pass (transistors.h). Differs from FLOPs only where their mix changes with the shape.
extern const ModelForm form_static_transistors_bytes;
const ModelForm form_static_transistors_bytes = {.name = "static_transistors_bytes",
                                                 .version = 1,
                                                 .target = Target::energy,
                                                 .terms = kTerms,
                                                 .baseline = false,
                                                 .basis = false,
                                                 .quantity = quantity};

}  // namespace ergon::model_form
