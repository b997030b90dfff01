#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "analysis/features.h"
#include "harness/units.h"

namespace ergon {

// What a law gives per launch: joules or seconds.
enum class Target : std::uint8_t { energy, time };

// One addend of a law. The coefficient's unit is chosen so that tables read well; `scale` brings
// coefficient x quantity back to joules (or seconds): 1e-12 for "pJ/flop".
struct Term {
  std::string_view name;      // "static", "launch", "flop", "byte"
  std::string_view unit;      // of the coefficient: "W", "pJ/flop"
  std::string_view quantity;  // what it multiplies: "s", "launch", "flop", "byte"
  double scale;
  // The quantity begins at this many bytes (0: everywhere): fitted only where the data lies on both
  // sides of it.
  double begins = 0;
};

// A form of law: linear in its coefficients, which are never negative. One file each.
struct ModelForm {
  std::string_view name;  // "static_flops_bytes"
  int version;            // raised when terms or quantities change
  Target target;
  std::span<const Term> terms;
  // Fitted and reported so that a reader sees what it would give; chosen only where every other
  // form is worse by more than one standard error.
  bool baseline;
  // The terms overlap on purpose (FLOPs, and FLOPs padded to tiles): together they predict, apart
  // they mean nothing. Non-negative least squares picks among them; none is merged, none has an
  // interval of its own.
  bool basis;
  // What one term multiplies.
  double (*quantity)(const Features& features, std::size_t term) noexcept;
};

namespace model_form {
[[nodiscard]] std::span<const ModelForm* const> all();
// Null where there is none of this name and version.
[[nodiscard]] const ModelForm* named(std::string_view name, int version);
}  // namespace model_form

}  // namespace ergon
