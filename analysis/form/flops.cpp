#include "analysis/model_form.h"

namespace ergon::model_form {

namespace {

constexpr Term kTerms[] = {{"flop", "pJ/flop", "flop", 1e-12}};

void quantities(const Problem&, const Work& work, Seconds, std::span<double> out) noexcept {
  out[0] = static_cast<double>(work.flops);
}

}  // namespace

// One J/flop: the baseline that every other form must beat.
extern const ModelForm form_flops;
const ModelForm form_flops = {.name = "flops",
                              .version = 1,
                              .target = Target::energy,
                              .terms = kTerms,
                              .baseline = true,
                              .quantities = quantities};

}  // namespace ergon::model_form
