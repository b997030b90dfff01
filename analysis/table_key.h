#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/meter/channel.h"
#include "kernels/dtype.h"

namespace ergon {

// The conditions a fit holds for. A query that differs in any field is an Error, never the nearest
// match.
struct TableKey {
  std::string device{};    // "NVIDIA H200", "AMD EPYC 9654, 1 socket"
  std::string boundary{};  // domain of the primary channel: "gpu", "package", "node"
  Source source = Source::measured;
  std::string kernel{};  // "gemm/avx512"
  Dtypes dtypes{};
  int threads = 1;
  std::string fill{};  // "uniform"; "sparse:500" with the zeros' share in permille
  bool cold = false;
  bool weights_packed = false;
  auto operator<=>(const TableKey&) const = default;
};

// Names of the fields, in the order in which a query is narrowed down: "kernel", "device",
// "boundary", "source", "dtypes", "threads", "fill", "cold", "weights".
[[nodiscard]] std::span<const std::string_view> table_key_fields();
// A field as text: "f32,f32,f32,f32" (a, b, accumulate, out), "2", "yes", "plain".
[[nodiscard]] std::string table_key_field(const TableKey&, std::string_view field);
// "gemm/avx512 on AMD EPYC 9654, 2 threads, ..." for messages and headings.
[[nodiscard]] std::string describe(const TableKey&);

// "f32,f32,f32,f32" or, where all four are one, "f32" -> Dtypes; none where it is neither.
[[nodiscard]] std::optional<Dtypes> dtypes_named(std::string_view text);
[[nodiscard]] std::optional<Source> source_named(std::string_view name);

}  // namespace ergon
