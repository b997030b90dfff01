#include "analysis/model_form.h"

namespace ergon::model_form {

namespace {

constexpr Term kTerms[] = {{"launch", "uJ/launch", "launch", 1e-6},
                           {"flop", "pJ/flop", "flop", 1e-12},
                           {"byte", "pJ/byte", "byte", 1e-12}};

void quantities(const Problem&, const Work& work, Seconds, std::span<double> out) noexcept {
  out[0] = 1;
  out[1] = static_cast<double>(work.flops);
  out[2] = static_cast<double>(work.bytes());
}

}  // namespace

// 1 + FLOPs + bytes: needs no time law; static power hides in all three.
extern const ModelForm form_affine;
const ModelForm form_affine = {.name = "affine",
                               .version = 1,
                               .target = Target::energy,
                               .terms = kTerms,
                               .baseline = false,
                               .quantities = quantities};

}  // namespace ergon::model_form
