#!/usr/bin/env bash
# The portable programs need nothing but a C library: builds them, looks at what they ask of a
# machine, and runs them where nothing else is.
#   bash tests/portable.sh FOLDER [ARCHITECTURES]    what it builds goes to FOLDER; 77 without nvcc
set -euo pipefail
folder=$(mkdir -p "$1" && cd "$1" && pwd)
architectures=${2:-90}
cd "$(dirname "${BASH_SOURCE[0]}")/.."
command -v nvcc >/dev/null || { echo "skipped: no nvcc here (NVIDIA's CUDA toolkit)"; exit 77; }

# Hardly optimised, for time: what programs ask of a machine is the same.
programs=(ergon ergon_gpu_check ergon_library_speed)
cmake --preset portable -B "$folder" -DERGON_CUDA_ARCHITECTURES="$architectures" \
  -DCMAKE_CXX_FLAGS_RELEASE="-O1 -DNDEBUG" >"$folder.log" ||
  { cat "$folder.log"; exit 1; }
cmake --build "$folder" --parallel 2 --target "${programs[@]}" >"$folder.log" ||
  { tail -n 40 "$folder.log"; exit 1; }

fail() { echo "FAILED: $*" >&2; exit 1; }

# Shared libraries: glibc's alone, and no symbol of a glibc newer than Debian 12's.
for program in "${programs[@]}"; do
  file=$folder/bench/$program
  needed=$(readelf -d "$file" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
  for library in $needed; do
    case $library in
      libc.so.6 | libm.so.6 | libdl.so.2 | libpthread.so.0 | librt.so.1 | ld-linux-x86-64.so.2) ;;
      *) fail "$program needs $library" ;;
    esac
  done
  newest=$(readelf -V "$file" | grep -o 'GLIBC_[0-9.]*' | sort -Vu | tail -n 1)
  [ "$(printf '%s\nGLIBC_2.36\n' "$newest" | sort -V | tail -n 1)" = GLIBC_2.36 ] ||
    fail "$program asks for $newest"
  echo "$program: $(du -h "$file" | cut -f 1), $(echo $needed), $newest"
done

# A root folder that holds the C library and nothing else, where a user may make one; else without
# any library path.
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
mkdir -p "$root/lib64" "$root/lib/x86_64-linux-gnu" "$root/tmp"
for library in libc.so.6 libm.so.6 libdl.so.2 libpthread.so.0 librt.so.1; do
  cp -L "/lib/x86_64-linux-gnu/$library" "$root/lib/x86_64-linux-gnu/"
done
cp -L /lib64/ld-linux-x86-64.so.2 "$root/lib64/"
cp "$folder/bench/ergon" "$root/ergon"
bare() { env -i unshare --user --map-root-user --root="$root" /ergon "$@"; }
if ! unshare --user --map-root-user true 2>/dev/null; then
  echo "no user namespaces here: run beside the other libraries"
  bare() { env -i "$folder/bench/ergon" "$@"; }
fi
bare list >"$root/list" || fail "ergon list: exit code $?"
grep -q 'softmax/cuda_simt' "$root/list" || fail "ergon list names no softmax/cuda_simt"
env -i "$folder/bench/ergon" doctor >"$root/doctor" || fail "ergon doctor: exit code $?"
grep -qi 'gpu' "$root/doctor" || fail "ergon doctor says nothing of a GPU"
grep -c cuda "$root/list" | sed 's/$/ lines of ergon list name a CUDA kernel/'
