#!/usr/bin/env bash
# The neon kernels on a machine that is none: builds floor 1 and the tests of every kernel for
# AArch64, and runs them under emulation. For correctness; emulated time means nothing.
#   bash tests/neon.sh FOLDER    what it builds goes to FOLDER; 77 where a tool is missing
set -euo pipefail
folder=$(mkdir -p "$1" && cd "$1" && pwd)
cd "$(dirname "${BASH_SOURCE[0]}")/.."

compiler=aarch64-linux-gnu-g++
googletest=/usr/src/googletest/googletest
skip() { echo "skipped: $1"; exit 77; }
command -v $compiler >/dev/null || skip "no $compiler (apt-get install g++-aarch64-linux-gnu)"
command -v qemu-aarch64 >/dev/null || skip "no qemu-aarch64 (apt-get install qemu-user)"
[ -e $googletest/src/gtest-all.cc ] || skip "no GoogleTest sources (apt-get install googletest)"
[ -e /usr/include/fmt/format.h ] || skip "no fmt headers (apt-get install libfmt-dev)"
command -v ccache >/dev/null && compiler="ccache $compiler"

# Other headers of this machine's must not be seen.
mkdir -p "$folder/include" "$folder/registry"
ln -sfn /usr/include/fmt "$folder/include/fmt"

# The plugs of one kind, of what any machine has and of neon: gemm/neon, gemm/reference, ...
plugs() {
  sed -n "s/^ *ergon_plug(ergon_[a-z]* $1 \(.*\)\.cpp)/\1/p" kernels/CMakeLists.txt |
    if [ "$1" = kernel ]; then grep -E '/(neon|reference)$'; else cat; fi
}

# As ergon_registry of CMakeLists.txt writes it.
write_registry() {
  local kind=$1 type=$2 header=$3 symbol externs= addresses=
  for plug in $(plugs "$kind"); do
    symbol=${plug##*/}
    [ "${plug%/*}" = "$symbol" ] || symbol=${plug//\//_}
    externs+="extern const $type $symbol; "
    addresses+="&$symbol, "
  done
  cat >"$folder/registry/$kind.cpp" <<END
#include "$header"
namespace ergon::$kind {
$externs
std::span<const $type* const> all() {
  static constexpr const $type* kAll[] = {$addresses};
  return kAll;
}
}  // namespace ergon::$kind
END
}
write_registry device DeviceType kernels/device.h
write_registry primitive Primitive kernels/primitive.h
write_registry kernel Kernel kernels/kernel.h

# The files of floor 1 that are no plugs.
sources=$(sed -n '/^add_library(ergon_[a-z]* STATIC/,/)$/p' kernels/CMakeLists.txt | grep -o '[a-z0-9_/]*\.cpp')
list() {
  for source in $sources cpu/topology_sys.cpp; do echo "kernels/$source"; done
  for kind in device primitive kernel; do
    for plug in $(plugs $kind); do echo "kernels/$plug.cpp"; done
    echo "$folder/registry/$kind.cpp"
  done
  for test in allocations attention_test awkward_shapes batched_gemm_test gelu_test guarded \
    guarded_operands kernel_test launch_once norm_test rotary_test scale_mask_test swiglu_test \
    tanh_test operands softmax_test; do
    echo "tests/kernels/$test.cpp"
  done
  echo $googletest/src/gtest-all.cc
  echo $googletest/src/gtest_main.cc
}

compile() {
  local object
  object=$folder/$(echo "$1" | tr / _).o
  case $1 in "$folder"/*) object=$folder/registry_$(basename "$1").o ;; esac
  echo "$object" >>"$folder/objects"
  $compiler -std=c++20 -O2 -Wall -Wextra -Wpedantic -Wshadow -fopenmp -DFMT_HEADER_ONLY -I. \
    -isystem "$folder/include" -isystem $googletest/include -isystem $googletest -c "$1" -o "$object"
}
export -f compile
export compiler folder googletest

: >"$folder/objects"
list | xargs -P 2 -I{} bash -euo pipefail -c 'compile {}'
# shellcheck disable=SC2046,SC2086
$compiler -fopenmp -o "$folder/kernels_test" $(cat "$folder/objects") -ldl -lpthread
OMP_WAIT_POLICY=passive qemu-aarch64 -L /usr/aarch64-linux-gnu "$folder/kernels_test" \
  --gtest_filter='*neon*:Softmax.*:Gelu.*:Attention.*'
