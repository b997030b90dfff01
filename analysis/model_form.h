#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "harness/units.h"
#include "kernels/problem.h"

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
  // One number per term. Of the target only its shape is known: `elapsed` is the time law's
  // prediction wherever a launch is predicted, and a measurement only where a law is identified.
  void (*quantities)(const Problem& problem, const Work& work, Seconds elapsed,
                     std::span<double> out) noexcept;
};

namespace model_form {
[[nodiscard]] std::span<const ModelForm* const> all();
// Null where there is none of this name and version.
[[nodiscard]] const ModelForm* named(std::string_view name, int version);
}  // namespace model_form

}  // namespace ergon
