#include "analysis/compare/fail_condition.h"

#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "analysis/compare/compare_report.h"
#include "kernels/error.h"

namespace ergon {
namespace {

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(' ');
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

FailCondition parse_one(std::string_view text) {
  const auto refuse = [&](const std::string& why) {
    return Error(
        fmt::format("compare: --fail-on '{}': {}; write it as 'energy > 3%', with energy, "
                    "time, power or edp, several with commas between",
                    text, why));
  };
  const std::size_t sign = text.find('>');
  if (sign == std::string_view::npos) throw refuse("there is no '>'");
  const std::string_view name = trimmed(text.substr(0, sign));
  const std::optional<Metric> metric = metric_named(name);
  if (!metric) throw refuse(fmt::format("'{}' is nothing that is compared", name));
  std::string_view number = trimmed(text.substr(sign + 1));
  if (!number.ends_with('%')) throw refuse("the bound needs a '%' behind it");
  number = trimmed(number.substr(0, number.size() - 1));
  double percent = 0;
  const char* const end = number.data() + number.size();
  const auto [stopped, error] = std::from_chars(number.data(), end, percent);
  if (error != std::errc() || stopped != end || !std::isfinite(percent) || percent < 0) {
    throw refuse(fmt::format("'{}' is no number of 0 or more", number));
  }
  return {.metric = *metric, .bound = percent / 100, .text = std::string(trimmed(text))};
}

std::string line_of(const PairComparison& pair, const FailCondition& condition,
                    const std::string& what, const Contrast& contrast) {
  return fmt::format("{} over {}: {} of {}: {:.4g} [{:.4g}, {:.4g}], which fails '{}'",
                     side_letter(pair.second), side_letter(pair.first),
                     metric_name(condition.metric), what, contrast.ratio, contrast.low,
                     contrast.high, condition.text);
}

}  // namespace

std::vector<FailCondition> parse_fail_conditions(std::string_view text) {
  std::vector<FailCondition> conditions;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    conditions.push_back(parse_one(text.substr(begin, end - begin)));
    begin = end + 1;
  }
  return conditions;
}

std::vector<std::string> regressions(const std::vector<PairComparison>& pairs,
                                     const std::vector<FailCondition>& conditions) {
  std::vector<std::string> lines;
  for (const FailCondition& condition : conditions) {
    const std::size_t m = index_of(condition.metric);
    bool judged = false;
    for (const PairComparison& pair : pairs) {
      if (pair.first != 0) continue;
      const auto look = [&](const std::string& what, const Contrast& contrast) {
        if (!contrast.compared()) return;
        judged = true;
        if (contrast.low > 1 + condition.bound) {
          lines.push_back(line_of(pair, condition, what, contrast));
        }
      };
      for (const MeanContrast& mean : pair.means) {
        look(fmt::format("the geometric mean of {}", mean.name), mean.contrasts[m]);
      }
      for (const ShapeContrast& shape : pair.shapes) {
        look(fmt::format("{} {}", shape.first->kernel, shape.first->shape), shape.contrasts[m]);
      }
    }
    if (!judged) {
      throw Error(
          fmt::format("compare: --fail-on '{}': {} could be compared for no shape, so that "
                      "nothing can be judged; the output says why",
                      condition.text, metric_name(condition.metric)));
    }
  }
  return lines;
}

}  // namespace ergon
