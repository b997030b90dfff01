#include "kernels/cpu/elementwise.h"
#include "kernels/scale_mask/constants.h"
#include "kernels/scale_mask/rows.h"

namespace ergon {
namespace {

void scale_mask_row(const ScoreRow& row) {
  for (std::int64_t j = 0; j < row.keys; ++j) {
    const float scaled = kScoreScaleFloat * row.scores[j];
    const float mask = row.mask == nullptr ? 0 : row.mask[j];
    row.out[j] = j < row.seen ? scaled + mask : kScoreMaskedFloat;
  }
}

Launch bind(const Binding& binding) { return bind_scale_mask(binding, scale_mask_row); }

}  // namespace

namespace kernel {
extern const Kernel scale_mask_reference = {
    .primitive = "scale_mask",
    .name = "reference",
    .device = DeviceKind::cpu,
    .requirement = {},
    .source = "the definition, in floats",
    .refuses = refuse_reference,
    .missing = nullptr,
    .bind = bind,
};
}  // namespace kernel

}  // namespace ergon
