#include "harness/config/dtypes.h"

#include <fmt/format.h>

#include "harness/config/spelling.h"
#include "harness/config/yaml_values.h"

namespace ergon {
namespace {

Dtype read_dtype(const Yaml& node, std::string_view what) {
  std::vector<std::string> known;
  for (const Dtype dtype : kDtypes) known.emplace_back(dtype_name(dtype));
  return *dtype_named(read_choice(node, what, known));
}

// One name stands for the usual four: sixteen-bit values are summed in f32.
Dtypes usual_dtypes(const Yaml& node) {
  const Dtype dtype = read_dtype(node, "dtypes");
  switch (dtype) {
    case Dtype::f64:
    case Dtype::f32:
      return {dtype, dtype, dtype, dtype};
    case Dtype::tf32:
      return {dtype, dtype, Dtype::f32, Dtype::f32};
    case Dtype::f16:
    case Dtype::bf16:
      return {dtype, dtype, Dtype::f32, dtype};
    case Dtype::f8e4m3:
    case Dtype::f8e5m2:
    case Dtype::i32:
    case Dtype::i8:
    case Dtype::u8:
    case Dtype::i4:
      break;
  }
  node.fail(
      fmt::format("dtype {} does not say what is summed and written; expected one per role: "
                  "{{a: {}, b: {}, accumulate: ..., out: ...}}",
                  node.text, node.text, node.text));
}

}  // namespace

Dtypes read_dtypes(const Yaml& node) {
  if (node.kind != Yaml::Kind::map) return usual_dtypes(node);
  static const std::vector<std::string> kRoles{"a", "b", "accumulate", "out"};
  expect_map(node, "dtypes", kRoles);
  Dtypes dtypes;
  Dtype* const fields[] = {&dtypes.a, &dtypes.b, &dtypes.accumulate, &dtypes.out};
  for (std::size_t i = 0; i < kRoles.size(); ++i) {
    const Yaml* const role = node.find(kRoles[i]);
    if (role == nullptr) {
      node.fail(fmt::format("dtypes has no '{}'; expected one dtype for each role: {}", kRoles[i],
                            joined(kRoles)));
    }
    *fields[i] = read_dtype(*role, "dtype " + kRoles[i]);
  }
  return dtypes;
}

}  // namespace ergon
