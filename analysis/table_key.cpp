#include "analysis/table_key.h"

#include <algorithm>

#include <fmt/format.h>

#include "kernels/error.h"

namespace ergon {

namespace {

constexpr std::string_view kFields[] = {"kernel",  "device", "boundary", "source", "dtypes",
                                        "threads", "fill",   "cold",     "weights"};

}  // namespace

std::span<const std::string_view> table_key_fields() { return kFields; }

std::string table_key_field(const TableKey& key, std::string_view field) {
  if (field == "kernel") return key.kernel;
  if (field == "device") return key.device;
  if (field == "boundary") return key.boundary;
  if (field == "source") return std::string(source_name(key.source));
  if (field == "dtypes") {
    return fmt::format("{},{},{},{}", dtype_name(key.dtypes.a), dtype_name(key.dtypes.b),
                       dtype_name(key.dtypes.accumulate), dtype_name(key.dtypes.out));
  }
  if (field == "threads") return fmt::format("{}", key.threads);
  if (field == "fill") return key.fill;
  if (field == "cold") return key.cold ? "yes" : "no";
  ERGON_ASSERT(field == "weights");
  return key.weights_packed ? "packed" : "plain";
}

std::string describe(const TableKey& key) {
  const bool one_dtype = key.dtypes.a == key.dtypes.b && key.dtypes.a == key.dtypes.accumulate &&
                         key.dtypes.a == key.dtypes.out;
  return fmt::format(
      "{} {}, {}{}, {}, weights {}", key.kernel,
      one_dtype ? std::string(dtype_name(key.dtypes.a)) : table_key_field(key, "dtypes"),
      // A GPU has no threads of its own.
      key.threads == 0 ? ""
                       : fmt::format("{} thread{}, ", key.threads, key.threads == 1 ? "" : "s"),
      key.fill, key.cold ? "cold" : "warm", key.weights_packed ? "packed" : "plain");
}

std::optional<Dtypes> dtypes_named(std::string_view text) {
  std::vector<Dtype> parsed;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    const std::optional<Dtype> dtype = dtype_named(text.substr(begin, end - begin));
    if (!dtype) return std::nullopt;
    parsed.push_back(*dtype);
    begin = end + 1;
  }
  if (parsed.size() == 1) return Dtypes{parsed[0], parsed[0], parsed[0], parsed[0]};
  if (parsed.size() == 4) return Dtypes{parsed[0], parsed[1], parsed[2], parsed[3]};
  return std::nullopt;
}

std::optional<Source> source_named(std::string_view name) {
  for (const Source source :
       {Source::measured, Source::estimated, Source::simulated, Source::imported}) {
    if (source_name(source) == name) return source;
  }
  return std::nullopt;
}

}  // namespace ergon
