#include "analysis/model_form.h"

namespace ergon::model_form {

namespace {

constexpr Term kTerms[] = {{"launch", "uJ/launch", "launch", 1e-6},
                           {"flop", "pJ/flop", "flop", 1e-12},
                           {"byte", "pJ/byte", "byte", 1e-12}};

double quantity(const Features& f, std::size_t term) noexcept {
  const double quantities[] = {1, f.flops, f.bytes};
  return quantities[term];
}

}  // namespace

// 1 + FLOPs + bytes: needs no time law; static power hides in all three.
extern const ModelForm form_affine;
const ModelForm form_affine = {.name = "affine",
                               .version = 1,
                               .target = Target::energy,
                               .terms = kTerms,
                               .baseline = false,
                               .basis = false,
                               .quantity = quantity};

}  // namespace ergon::model_form
