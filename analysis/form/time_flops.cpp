#include "analysis/model_form.h"

namespace ergon::model_form {

namespace {

constexpr Term kTerms[] = {{"flop", "ps/flop", "flop", 1e-12}};

void quantities(const Problem&, const Work& work, Seconds, std::span<double> out) noexcept {
  out[0] = static_cast<double>(work.flops);
}

}  // namespace

// One s/flop: the baseline of time.
extern const ModelForm form_time_flops;
const ModelForm form_time_flops = {.name = "time_flops",
                                   .version = 1,
                                   .target = Target::time,
                                   .terms = kTerms,
                                   .baseline = true,
                                   .quantities = quantities};

}  // namespace ergon::model_form
