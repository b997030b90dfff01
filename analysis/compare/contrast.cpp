#include "analysis/compare/contrast.h"

#include "kernels/error.h"

namespace ergon {

std::string_view metric_name(Metric metric) {
  switch (metric) {
    case Metric::energy:
      return "energy";
    case Metric::time:
      return "time";
    case Metric::power:
      return "power";
    case Metric::edp:
      return "edp";
  }
  ERGON_ASSERT(false);
}

std::optional<Metric> metric_named(std::string_view name) {
  for (const Metric metric : kMetrics) {
    if (metric_name(metric) == name) return metric;
  }
  return std::nullopt;
}

std::string_view verdict_name(Verdict verdict) {
  switch (verdict) {
    case Verdict::same:
      return "same";
    case Verdict::lower:
      return "lower";
    case Verdict::higher:
      return "higher";
    case Verdict::within_gain:
      return "within gain";
    case Verdict::not_comparable:
      return "not comparable";
  }
  ERGON_ASSERT(false);
}

}  // namespace ergon
