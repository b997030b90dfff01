#include "analysis/model_form.h"

namespace ergon::model_form {

namespace {

constexpr Term kTerms[] = {{"flop", "ps/flop", "flop", 1e-12}};

double quantity(const Features& f, std::size_t) noexcept { return f.flops; }

}  // namespace

// One s/flop: the baseline of time.
extern const ModelForm form_time_flops;
const ModelForm form_time_flops = {.name = "time_flops",
                                   .version = 1,
                                   .target = Target::time,
                                   .terms = kTerms,
                                   .baseline = true,
                                   .basis = false,
                                   .quantity = quantity};

}  // namespace ergon::model_form
