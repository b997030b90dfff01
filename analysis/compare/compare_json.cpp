#include <cmath>

#include <nlohmann/json.hpp>

#include "analysis/compare/compare_report.h"

namespace ergon {
namespace {

using Json = nlohmann::json;

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

Json contrast_json(const Contrast& contrast) {
  Json json{{"verdict", verdict_name(contrast.verdict)}};
  if (!contrast.compared()) {
    json["reason"] = contrast.reason;
    return json;
  }
  json.update({{"ratio", number(contrast.ratio)},
               {"low", number(contrast.low)},
               {"high", number(contrast.high)},
               {"low_without_gain", number(contrast.low_without_gain)},
               {"high_without_gain", number(contrast.high_without_gain)},
               {"seen", number(contrast.seen)},
               {"p", number(contrast.p)},
               {"u_own", number(contrast.u_own)},
               {"u_run", number(contrast.u_run)},
               {"u_gain", number(contrast.u_gain)},
               {"freedom", number(contrast.freedom)}});
  return json;
}

Json side_json(const SideData& side, std::size_t index) {
  return {{"letter", side_letter(index)},
          {"name", side.name},
          {"kind", side.is_table ? "table" : "results"},
          {"devices", side.devices},
          {"source", side.source},
          {"energy", energy_kind_name(side.energy)},
          {"points", side.points.size()},
          {"first_utc", side.first_utc},
          {"last_utc", side.last_utc},
          {"left_out", side.left_out},
          {"notes", side.notes}};
}

Json values_json(const PointValue& point) {
  const auto value = [&](Metric metric) {
    return number(std::exp(point.values[index_of(metric)].value));
  };
  return {{"energy_j", value(Metric::energy)},
          {"time_s", value(Metric::time)},
          {"power_w", value(Metric::power)},
          {"edp_js", value(Metric::edp)}};
}

Json shape_json(const ShapeContrast& shape) {
  const PointValue& point = *shape.first;
  const Primitive& primitive = *point.problem.primitive;
  const Work work = primitive.work(point.problem);
  Json extents = Json::object();
  for (std::size_t i = 0; i < primitive.axes.size(); ++i) {
    extents[std::string(primitive.axes[i])] = point.problem.extents[i];
  }
  Json json{{"primitive", primitive.name},
            {"kernel", point.kernel},
            {"shape", point.shape},
            {"extents", extents},
            {"flops", work.flops},
            {"bytes", work.bytes()},
            {"conditions", point.conditions},
            {"first", values_json(point)}};
  if (shape.second == nullptr) {
    json["reason"] = shape.reason;
    return json;
  }
  if (shape.second->kernel != point.kernel) json["kernel_second"] = shape.second->kernel;
  json["extrapolated"] = point.extrapolated || shape.second->extrapolated;
  json["second"] = values_json(*shape.second);
  for (const Metric metric : kMetrics) {
    json[std::string(metric_name(metric))] = contrast_json(shape.contrasts[index_of(metric)]);
  }
  return json;
}

Json mean_json(const MeanContrast& mean) {
  Json json{{"name", mean.name}};
  for (const Metric metric : kMetrics) {
    Json contrast = contrast_json(mean.contrasts[index_of(metric)]);
    contrast["shapes"] = mean.shapes[index_of(metric)];
    json[std::string(metric_name(metric))] = std::move(contrast);
  }
  return json;
}

Json crossover_json(const Crossover& turn, const PairComparison& pair) {
  return {{"metric", metric_name(turn.metric)},
          {"primitive", turn.primitive},
          {"kernel", turn.kernel},
          {"axis", turn.axis},
          {"others", turn.others},
          {"below", turn.below},
          {"above", turn.above},
          {"at", number(turn.at)},
          {"lower_below", side_letter(turn.second_lower_below ? pair.second : pair.first)}};
}

Json pair_json(const CompareReport& report, const PairComparison& pair) {
  const std::string mark = mark_of(report, pair);
  Json json{{"first", side_letter(pair.first)},
            {"second", side_letter(pair.second)},
            {"source", mark.empty() ? report.sides[pair.first].source : mark},
            {"one_sensor", pair.one_sensor},
            {"u_gain", number(pair.u_gain)},
            {"notes", pair.notes},
            {"only_first", pair.alone_first},
            {"only_second", pair.alone_second}};
  for (const char* list : {"means", "shapes", "crossovers", "changes"}) json[list] = Json::array();
  for (const MeanContrast& mean : pair.means) json["means"].push_back(mean_json(mean));
  for (const ShapeContrast& shape : pair.shapes) json["shapes"].push_back(shape_json(shape));
  for (const Crossover& turn : pair.crossovers) {
    json["crossovers"].push_back(crossover_json(turn, pair));
  }
  for (const FactChange& change : pair.changes) {
    json["changes"].push_back(
        {{"name", change.name}, {"first", change.first}, {"second", change.second}});
  }
  return json;
}

}  // namespace

std::string compare_json(const CompareReport& report) {
  Json json{{"schema", "ergon.compare"}, {"version", 1},           {"level", 0.95},
            {"family_wise", true},       {"sides", Json::array()}, {"pairs", Json::array()}};
  for (std::size_t s = 0; s < report.sides.size(); ++s) {
    json["sides"].push_back(side_json(report.sides[s], s));
  }
  for (const PairComparison& pair : report.pairs) {
    json["pairs"].push_back(pair_json(report, pair));
  }
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace ergon
