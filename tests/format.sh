#!/usr/bin/env bash
# Every C++ file is as clang-format leaves it. Exit code 77, a skip, where clang-format is missing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
command -v clang-format >/dev/null || { echo "skipped: no clang-format here"; exit 77; }
find kernels harness analysis bench tests \( -name '*.cpp' -o -name '*.h' -o -name '*.cu' \) -print0 |
  xargs -0 clang-format --dry-run -Werror
