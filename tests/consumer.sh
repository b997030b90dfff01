#!/usr/bin/env bash
# Installs the library that evaluates tables into a fresh prefix, and builds and runs tests/consumer
# against it, where nothing that ergon is built from can be found.
#   bash tests/consumer.sh FOLDER [GENERATOR]
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
folder=$1
fail() { echo "consumer: $*" >&2; exit 1; }

rm -rf "$folder"
mkdir -p "$folder"
prefix=$folder/prefix
cmake -S "$root" -B "$folder/ergon" -G "${2:-Unix Makefiles}" -DERGON_TABLE_ONLY=ON \
  -DCMAKE_BUILD_TYPE=Release
cmake --build "$folder/ergon" --parallel 2
cmake --install "$folder/ergon" --prefix "$prefix"

foreign='fmt|nlohmann|yaml|YAML|hdf5|H5|Eigen|CLI|openssl'
! grep -rnE "#include <[^>]*($foreign)" "$prefix/include" ||
  fail "a header includes another library's"
nm -C "$prefix"/lib*/*.a >"$folder/symbols"
grep -q 'T ergon::read_table' "$folder/symbols" || fail "nm shows no read_table in the archives"
! grep -E " U (fmt::|nlohmann::|YAML::|H5|Eigen::|EVP_|omp_)" "$folder/symbols" ||
  fail "an archive asks for another library"
! grep -rn "$root" "$prefix/lib"*/cmake || fail "the package names the folder that it was built in"

cmake -S "$root/tests/consumer" -B "$folder/consumer" -DCMAKE_PREFIX_PATH="$prefix" \
  -DCMAKE_BUILD_TYPE=Release
cmake --build "$folder/consumer"
! ldd "$folder/consumer/consumer" |
  grep -vE 'linux-vdso|libstdc\+\+|libm\.|libgcc_s|libc\.|ld-linux' ||
  fail "the program needs another library"

golden=$root/tests/analysis/golden
"$folder/consumer/consumer" "$golden/bert_table.json" "$golden/bert_config.json" |
  tee "$folder/said"
# 2 uJ + 67108864 flop x 10 pJ + 1310720 bytes x 50 pJ, +-10 %; at 100 W.
grep -qx '0.000738625 J (simulated), 0.000664762 to 0.000812487 J, 7.38625e-06 s' "$folder/said" ||
  fail "another answer than the table's laws give"
grep -q '^bert-base: 2[0-9][0-9] nodes' "$folder/said" || fail "no network"
