#include "analysis/model_form.h"

namespace ergon::model_form {

namespace {

constexpr Term kTerms[] = {{"flop", "pJ/flop", "flop", 1e-12}};

double quantity(const Features& f, std::size_t) noexcept { return f.flops; }

}  // namespace

// One J/flop: the baseline that every other form must beat.
extern const ModelForm form_flops;
const ModelForm form_flops = {.name = "flops",
                              .version = 1,
                              .target = Target::energy,
                              .terms = kTerms,
                              .baseline = true,
                              .basis = false,
                              .quantity = quantity};

}  // namespace ergon::model_form
