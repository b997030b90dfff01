#pragma once

#include "kernels/dtype.h"

namespace ergon {

struct Yaml;

// Reads the dtypes of one problem: "{a: u8, b: i8, accumulate: i32, out: i32}", or one name for the
// usual four ("f32": all f32; "bf16": summed in f32). Throws Error with the place of what is wrong.
[[nodiscard]] Dtypes read_dtypes(const Yaml& node);

}  // namespace ergon
