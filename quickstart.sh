#!/usr/bin/env bash
# From nothing to a fitted energy table on a Debian 12 machine: installs the packages, builds, runs
# configs/quickstart.yaml on the CPU, fits a table and asks it for one prediction.
#   bash quickstart.sh                      all of it
#   bash quickstart.sh --install [PKG ...]  only the packages, and those named beside them
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

# What the build and the run need, all from Debian 12 itself. Neither CUDA nor Python is among them.
packages=(
  g++ cmake ninja-build pkg-config git
  libyaml-cpp-dev libhdf5-dev libeigen3-dev libcli11-dev libfmt-dev nlohmann-json3-dev
  libssl-dev zlib1g-dev libhwloc-dev libbenchmark-dev
  libdnnl-dev libopenblas0-openmp
)

say() { printf '\n== %s\n' "$*"; }

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

install_packages() {
  local missing=()
  for package in "$@"; do
    [ "$(dpkg-query -W -f='${Status}' "$package" 2>/dev/null)" = "install ok installed" ] ||
      missing+=("$package")
  done
  [ ${#missing[@]} = 0 ] && return
  command -v apt-get >/dev/null ||
    { echo "no apt-get here; install by hand: ${missing[*]}" >&2; exit 2; }
  say "installing ${missing[*]}"
  as_root apt-get update -qq
  as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

build() {
  say "building (build/release)"
  cmake --preset release -DERGON_TESTS=OFF
  cmake --build build/release --parallel
}

# A result file is never overwritten: an earlier one steps aside.
keep_earlier() {
  local file=$1
  [ -e "$file" ] || return 0
  mv "$file" "${file%.*}.$(date -r "$file" +%Y%m%d-%H%M%S).${file##*.}"
}

main() {
  install_packages "${packages[@]}"
  build
  local ergon=build/release/bench/ergon
  mkdir -p results
  say "what this machine can measure"
  "$ergon" doctor
  say "sweeping configs/quickstart.yaml"
  local output=results/quickstart.h5 table=results/quickstart.table.json resume=()
  if [ -e "$output.journal" ]; then
    resume=(--resume)  # a run that was interrupted goes on where it stopped
  else
    keep_earlier "$output"
  fi
  "$ergon" run configs/quickstart.yaml -o "$output" "${resume[@]}"
  say "fitting an energy table"
  keep_earlier "$table"
  "$ergon" fit "$output" -o "$table"
  say "asking it for one prediction"
  local kernel  # of those that ran here, ours for the widest instruction set
  kernel=$(grep -oE 'gemm/(avx[0-9]+|reference)' "$table" | sort | tail -n 1)
  "$ergon" predict "$table" --kernel "$kernel" --shape m=256,n=768,k=768 --options transpose_b=yes
}

if [ "${1:-}" = --install ]; then
  shift
  install_packages "${packages[@]}" "$@"
else
  main
fi
