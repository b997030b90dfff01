#!/usr/bin/env bash
# Installs what the tests need, builds, and runs every test; ends on ctest's own summary.
#   bash test.sh        the sanitized build and its tests
#   bash test.sh --all  before that, a clang build and what the long tests run, optimised
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

all=no
case "${1:-}" in
  "") ;;
  --all) all=yes ;;
  *) echo "test.sh: unknown argument $1; known: --all" >&2; exit 2 ;;
esac

say() { printf '\n== %s\n' "$*"; }

bash quickstart.sh --install libgtest-dev libvalijson-dev clang libomp-dev clang-format clang-tidy ccache \
  libblis4-openmp libxsmm-dev python3 python3-venv \
  openmpi-bin libopenmpi-dev slurm-wlm slurm-client munge slurmdbd slurm-wlm-mysql-plugin \
  mariadb-server g++-aarch64-linux-gnu qemu-user googletest chromium chromium-driver

# Readers in Python are tested where their packages can be had; ctest shows the skip elsewhere.
make_venv() {
  local venv=build/venv
  [ -x "$venv/bin/python" ] && "$venv/bin/python" -c 'import h5py, pandas, plotly, kaleido, selenium' 2>/dev/null && return
  say "Python packages for the tests (build/venv)"
  python3 -m venv "$venv" && "$venv/bin/pip" install --quiet h5py pandas jsonschema plotly kaleido selenium ||
    echo "no Python packages to be had here: the tests in Python are skipped"
}

build() {
  say "building build/$1"
  cmake --preset "$1" >"build/$1.log" || { cat "build/$1.log"; exit 1; }
  cmake --build "build/$1" "${@:2}" --parallel
}

check() {
  say "testing build/$1 ($2)"
  ctest --test-dir "build/$1" --output-on-failure --parallel 2 "${@:3}"
}

mkdir -p build
make_venv
if [ $all = yes ]; then
  build clang
  build release --target ergon_long_tests
  check release "the long tests" --label-regex long
fi
build dev
# The long tests compile CUDA kernels for this architecture among all others.
twice=$([ $all = no ] || echo '^cuda_sm_90$')
check dev "every other test, sanitized" --label-exclude long --exclude-regex "${twice:-^$}"
