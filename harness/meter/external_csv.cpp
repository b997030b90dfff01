#include "harness/meter/external_csv.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>
#include <chrono>
#include <cmath>

#include "kernels/error.h"

namespace ergon {
namespace {

struct TimeColumn {
  std::string_view name;
  double scale_ns;
};
constexpr TimeColumn kTimeColumns[] = {
    {"time", 0}, {"time_s", 1e9}, {"time_ms", 1e6}, {"time_us", 1e3}, {"time_ns", 1}};

struct ValueColumn {
  std::string_view name;
  Measure measure;
  double scale;
};
constexpr ValueColumn kValueColumns[] = {
    {"power_W", Measure::power, 1},         {"power_mW", Measure::power, 1e-3},
    {"power_kW", Measure::power, 1e3},      {"energy_J", Measure::energy, 1},
    {"energy_mJ", Measure::energy, 1e-3},   {"energy_uJ", Measure::energy, 1e-6},
    {"energy_kJ", Measure::energy, 1e3},    {"energy_Wh", Measure::energy, 3600},
    {"energy_kWh", Measure::energy, 3.6e6},
};

constexpr double kEpochMinNs = 1e18;
constexpr double kTimeMaxNs = 9.2e18;  // int64 ends at 9.22e18 ns: the year 2262

std::string_view trimmed(std::string_view text) {
  const auto is_space = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

bool parse_number(std::string_view text, double& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() && std::isfinite(number);
}

bool take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

// Takes exactly `digits` digits off the front of `text`.
bool take_digits(std::string_view& text, int digits, int& number) {
  number = 0;
  for (int i = 0; i < digits; ++i) {
    if (text.empty() || text.front() < '0' || text.front() > '9') return false;
    number = number * 10 + (text.front() - '0');
    text.remove_prefix(1);
  }
  return true;
}

// Digits after the point, in ns; those beyond the ninth are dropped.
std::int64_t take_fraction_ns(std::string_view& text) {
  std::int64_t fraction_ns = 0;
  int digit = 0;
  for (std::int64_t unit = 100'000'000; take_digits(text, 1, digit); unit /= 10) {
    fraction_ns += unit * digit;
  }
  return fraction_ns;
}

// "Z", "+02:00", "+0200", "-05".
bool parse_zone(std::string_view text, std::int64_t& offset_s) {
  offset_s = 0;
  if (text == "Z" || text == "z") return true;
  const bool west = text.starts_with('-');
  if (!take(text, west ? '-' : '+')) return false;
  int hours = 0, minutes = 0;
  if (!take_digits(text, 2, hours)) return false;
  take(text, ':');
  if (!text.empty() && !take_digits(text, 2, minutes)) return false;
  if (!text.empty() || hours > 14 || minutes > 59) return false;
  offset_s = (west ? -1 : 1) * (hours * 3600 + minutes * 60);
  return true;
}

// ISO 8601 date and time with a zone; null where it is one.
const char* parse_iso(std::string_view text, std::int64_t& time_ns) {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  const bool is_date = take_digits(text, 4, year) && take(text, '-') &&
                       take_digits(text, 2, month) && take(text, '-') && take_digits(text, 2, day);
  if (!is_date || !(take(text, 'T') || take(text, ' '))) {
    return "the time is neither a number nor like 2024-05-01T12:00:00.25Z";
  }
  const bool is_time = take_digits(text, 2, hour) && take(text, ':') &&
                       take_digits(text, 2, minute) && take(text, ':') &&
                       take_digits(text, 2, second);
  const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month(month),
                                         std::chrono::day(day)};
  const bool is_known = date.ok() && year >= 1970 && year < 2262;
  if (!is_time || !is_known || hour > 23 || minute > 59 || second > 60) {
    return "there is no such date and time";
  }
  const std::int64_t fraction_ns = take(text, '.') ? take_fraction_ns(text) : 0;
  std::int64_t zone_s = 0;
  if (!parse_zone(text, zone_s)) return "a date needs its zone at the end: Z or +02:00";
  const std::int64_t days = std::chrono::sys_days{date}.time_since_epoch().count();
  const std::int64_t seconds = days * 86400 + hour * 3600 + minute * 60 + second - zone_s;
  time_ns = seconds * 1'000'000'000 + fraction_ns;
  return nullptr;
}

const char* parse_time(std::string_view text, double scale_ns, TraceSample& sample) {
  double number = 0;
  if (parse_number(text, number)) return set_trace_time(number, scale_ns, sample);
  if (scale_ns != 0) return "the time is not a number";
  sample.base = TimeBase::epoch;
  return parse_iso(text, sample.time_ns);
}

// Index of the only column of `known` among `names`; Error where there is none, or several.
template <typename Column>
std::size_t only_column(std::span<const std::string> names, std::span<const Column> known,
                        std::string_view place, std::string_view kind) {
  std::vector<std::string_view> found, all;
  std::size_t index = 0;
  for (const Column& column : known) {
    all.push_back(column.name);
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (names[i] != column.name) continue;
      found.push_back(column.name);
      index = i;
    }
  }
  if (found.size() == 1) return index;
  if (found.empty()) {
    throw Error(fmt::format("{}: no {} column among '{}'; name one of {}", place, kind,
                            fmt::join(names, ","), fmt::join(all, ", ")));
  }
  throw Error(fmt::format("{}: {} {} columns ({}); say which one to take", place, found.size(),
                          kind, fmt::join(found, ", ")));
}

// Line by line over a text, counting.
struct Lines {
  std::string_view rest;
  int number = 0;
  // The next line that is neither empty nor a comment; false at the end.
  bool next(std::string_view& line) {
    while (!rest.empty()) {
      const std::size_t end = rest.find('\n');
      line = trimmed(rest.substr(0, end));
      rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
      ++number;
      if (!line.empty() && line.front() != '#') return true;
    }
    return false;
  }
};

}  // namespace

std::vector<std::string> split_trace_header(std::string_view line) {
  std::vector<std::string> names;
  if (line.starts_with("\xef\xbb\xbf")) line.remove_prefix(3);  // spreadsheets write a BOM
  while (true) {
    const std::size_t comma = line.find(',');
    names.emplace_back(trimmed(line.substr(0, comma)));
    if (comma == std::string_view::npos) return names;
    line.remove_prefix(comma + 1);
  }
}

TraceFormat trace_format(std::span<const std::string> names, std::string_view place,
                         std::string_view column) {
  TraceFormat format{.columns = names.size()};
  format.time_column = only_column(names, std::span<const TimeColumn>(kTimeColumns), place, "time");
  std::vector<ValueColumn> wanted;
  for (const ValueColumn& known : kValueColumns) {
    if (column.empty() || column == known.name) wanted.push_back(known);
  }
  if (wanted.empty()) {
    throw Error(
        fmt::format("{}: '{}' is no column of a trace; power_W and energy_J are", place, column));
  }
  format.value_column = only_column(names, std::span<const ValueColumn>(wanted), place, "value");
  for (const TimeColumn& known : kTimeColumns) {
    if (names[format.time_column] == known.name) format.time_scale_ns = known.scale_ns;
  }
  for (const ValueColumn& known : kValueColumns) {
    if (names[format.value_column] != known.name) continue;
    format.value_scale = known.scale;
    format.measure = known.measure;
  }
  return format;
}

const char* set_trace_time(double number, double scale_ns, TraceSample& sample) noexcept {
  const double time_ns = number * (scale_ns == 0 ? 1e9 : scale_ns);
  if (!(std::abs(time_ns) <= kTimeMaxNs)) return "the time is out of range";
  sample.base = time_ns >= kEpochMinNs ? TimeBase::epoch : TimeBase::relative;
  sample.time_ns = std::llround(time_ns);
  return nullptr;
}

const char* parse_trace_line(std::string_view line, const TraceFormat& format,
                             TraceSample& sample) noexcept {
  std::size_t columns = 0;
  const char* wrong = nullptr;
  for (bool more = true; more; ++columns) {
    const std::size_t comma = line.find(',');
    const std::string_view cell = trimmed(line.substr(0, comma));
    more = comma != std::string_view::npos;
    if (more) line.remove_prefix(comma + 1);
    if (columns == format.time_column && wrong == nullptr) {
      wrong = parse_time(cell, format.time_scale_ns, sample);
    }
    if (columns == format.value_column && wrong == nullptr) {
      if (!parse_number(cell, sample.value)) wrong = "the value is not a finite number";
      sample.value *= format.value_scale;
    }
  }
  if (columns != format.columns) return "the line has not as many columns as the header";
  if (wrong == nullptr && sample.value < 0) wrong = "the value is negative";
  return wrong;
}

const char* append_sample(Trace& trace, const TraceSample& sample) {
  if (!trace.time_ns.empty()) {
    if (sample.base != trace.base) return "the times are partly of the epoch and partly not";
    if (sample.time_ns <= trace.time_ns.back()) return "the time does not go on";
    if (trace.measure == Measure::energy && sample.value < trace.value.back()) {
      return "the energy goes back: the meter was reset here; cut the trace in two";
    }
  }
  trace.base = sample.base;
  trace.time_ns.push_back(sample.time_ns);
  trace.value.push_back(sample.value);
  return nullptr;
}

Trace parse_trace_csv(std::string_view text, std::string_view name, std::string_view column) {
  Lines lines{text};
  std::string_view line;
  if (!lines.next(line)) {
    throw Error(fmt::format("{}: empty; a trace begins with a header: time_s,power_W", name));
  }
  const std::string place = fmt::format("{}:{}", name, lines.number);
  const TraceFormat format = trace_format(split_trace_header(line), place, column);
  Trace trace{.name = std::string(name), .measure = format.measure, .time_ns = {}, .value = {}};
  while (lines.next(line)) {
    TraceSample sample;
    const char* wrong = parse_trace_line(line, format, sample);
    if (wrong == nullptr) wrong = append_sample(trace, sample);
    if (wrong != nullptr) {
      throw Error(fmt::format("{}:{}: {}: '{}'", name, lines.number, wrong, line));
    }
  }
  if (trace.time_ns.size() < 2) {
    throw Error(fmt::format("{}: {} samples; a trace needs 2", name, trace.time_ns.size()));
  }
  return trace;
}

}  // namespace ergon
