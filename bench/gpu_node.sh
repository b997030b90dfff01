#!/usr/bin/env bash
# Everything that is to be learnt of a lent GPU, by one command on a node that has a driver:
#   bash bench/gpu_node.sh                      all stages, most valuable first, within 9.5 minutes
#   bash bench/gpu_node.sh correctness energy   only these
#   bash bench/gpu_node.sh --from FOLDER        goes on with what an earlier loan wrote into FOLDER
#   bash bench/gpu_node.sh --dry-run            without a GPU: kernels on the functional model
#   --build FOLDER     where the programs are (build/portable; `cmake --build --preset portable`)
#   --limit STAGE=S    another limit for a stage, in seconds
# Results are in $OUT (default gpu-node-results): at most 8 files of 16 MiB, written after each
# stage. ERGON_NODE_SECONDS (570) bounds the run: a stage that no longer fits is left for the next,
# and a sweep that was stopped goes on where it was. Exit code 0: no stage failed; 1: one did.
# Settings of the GPU are never changed.
set -uo pipefail
started=$SECONDS
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 2

# Stage, its limit in seconds, the least that it is begun with, and whether it needs a GPU.
stages_known="
environment       25   2  no
start            300   5  no
correctness      100  10  model
ceilings          75  30  yes
timing           150  40  yes
energy           255  40  yes
characterise     185 150  yes
sanitizer         90  20  yes
energy_more      400  40  yes
predictions       20   1  no
"
out=${OUT:-gpu-node-results}
build=build/portable
from='' dry=no asked=() limits=()
total=${ERGON_NODE_SECONDS:-570}

fail() { echo "gpu_node.sh: $*" >&2; exit 2; }

while [ $# -gt 0 ]; do
  case "$1" in
    --dry-run) dry=yes ;;
    --from) from=${2:?--from needs a folder}; shift ;;
    --build) build=${2:?--build needs a folder}; shift ;;
    --limit) limits+=("${2:?--limit needs STAGE=SECONDS}"); shift ;;
    -*) fail "unknown option $1; known: --dry-run, --from, --build, --limit" ;;
    *) grep -q "^$1 " <<<"$stages_known" ||
         fail "unknown stage $1; known: $(awk 'NF {printf "%s ", $1}' <<<"$stages_known")"
       asked+=("$1") ;;
  esac
  shift
done
[[ $total =~ ^[0-9]+$ ]] || fail "ERGON_NODE_SECONDS is '$total'; expected seconds"

mkdir -p "$out" || fail "$out cannot be made"
if [ -n "$from" ] && [ "$(realpath "$from")" != "$(realpath "$out")" ]; then
  cp -f "$from"/* "$out"/ && chmod u+w "$out"/* || fail "$from cannot be read"
fi
out=$(realpath "$out")
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
state=$out/state.txt report=$out/report.md log=$out/log.txt energy=$out/energy.h5
touch "$state" "$report" "$log"
export ERGON_CHARACTERISATIONS=$out/characterisations.json

left() { echo $((total - (SECONDS - started))); }
field() { awk -v stage="$1" -v i="$2" '$1 == stage {print $i}' <<<"$stages_known"; }
limit_of() {
  local one
  for one in ${limits[@]+"${limits[@]}"}; do
    [ "${one%%=*}" = "$1" ] && { echo "${one#*=}"; return; }
  done
  field "$1" 2
}
status_of() { awk -v stage="$1" '$1 == stage {print $2}' "$state"; }

# One line a stage: its status (done, failed, partly, skipped, left), seconds, and why.
note() {
  local stage=$1 status=$2 seconds=$3 why=$4
  { grep -v "^$stage " "$state"; echo "$stage $status $seconds $why"; } >"$work/state"
  cp "$work/state" "$state"
  printf '%-14s %-8s %4s s  %s\n' "$stage" "$status" "$seconds" "$why"
}

# Puts standard input in the place of a section of the report.
section() {
  awk -v title="## $1" '/^## / {skip = ($0 == title)} !skip' "$report" >"$work/report"
  { cat "$work/report"; printf '## %s\n\n' "$1"; cat; echo; } >"$work/report.new"
  cp "$work/report.new" "$report"
}
fenced() { printf '```\n'; cat; printf '```\n'; }

program() { echo "$build/bench/$1"; }

run_environment() {
  {
    date -u +%FT%TZ
    uname -srm
    grep -m1 'model name' /proc/cpuinfo
    nproc
    getconf GNU_LIBC_VERSION
    cat /proc/driver/nvidia/version 2>/dev/null || echo "no /proc/driver/nvidia/version"
    if command -v nvidia-smi >/dev/null; then
      nvidia-smi
      nvidia-smi -q -d CLOCK,POWER,TEMPERATURE,PERFORMANCE,ECC
    else
      echo "no nvidia-smi"
    fi
    nvcc --version 2>/dev/null | tail -2 || true
    command -v compute-sanitizer || echo "no compute-sanitizer"
    git log -1 --format='revision %H' 2>/dev/null || true
  } >"$out/environment.txt" 2>&1
  head -c 60000 "$out/environment.txt" | fenced | section environment
}

# Starts what was carried; else builds it anew, for this GPU alone, where a compiler is.
run_start() {
  if ! "$(program ergon)" --version >"$work/start" 2>&1; then
    cat "$work/start"
    command -v nvcc >/dev/null && command -v cmake >/dev/null ||
      { echo "why: $(program ergon) does not start, and there is no nvcc and cmake to build it"; return 1; }
    local sm
    sm=$(nvidia-smi --query-gpu=compute_cap --format=csv,noheader 2>/dev/null | head -1 | tr -d .)
    cmake --preset portable -B "$build" ${sm:+-DERGON_CUDA_ARCHITECTURES=$sm} &&
      nice cmake --build "$build" --parallel --target ergon ergon_gpu_check ergon_library_speed &&
      "$(program ergon)" --version >"$work/start" || { echo "why: the rebuild failed"; return 1; }
  fi
  {
    cat "$work/start"
    ldd "$(program ergon)" || true
    "$(program ergon)" doctor || true
    "$(program ergon)" list kernels | grep -i cuda || echo "this build has no CUDA kernel"
  } | tee "$work/started"
  fenced <"$work/started" | section start
}

run_correctness() {
  local arguments=(--seconds "$(($1 > 20 ? $1 - 15 : $1))" --output "$out/check.json")
  [ "$gpu" = yes ] || arguments+=(--model)
  "$(program ergon_gpu_check)" "${arguments[@]}" | tee "$work/check"
  local status=${PIPESTATUS[0]}
  fenced <"$work/check" | section correctness
  return "$status"
}

run_sanitizer() {
  command -v compute-sanitizer >/dev/null ||
    { echo "why: no compute-sanitizer on this node"; return 77; }
  local tool status=0 seconds=$(($1 / 4))
  for tool in memcheck racecheck synccheck; do
    echo "== $tool"
    timeout $((seconds + 10)) compute-sanitizer --tool "$tool" --error-exitcode 9 \
      "$(program ergon_gpu_check)" --small --seconds "$seconds" --random 0 2>&1 | tail -60 |
      tee "$work/tool"
    [ "${PIPESTATUS[0]}" = 0 ] || status=1
    cat "$work/tool" >>"$work/sanitizer"
    grep -q 'Device not supported' "$work/tool" &&
      { echo "why: compute-sanitizer does not support the device here"; return 77; }
  done
  fenced <"$work/sanitizer" | section sanitizer
  return $status
}

# A sweep that was stopped is gone on with; other sweeps stand in the same file.
sweep() {
  "$(program ergon)" run "$1" -o "$energy" --resume
}
run_ceilings() { sweep configs/gpu-ceilings.yaml; }
run_energy() { sweep_and_fit configs/gpu-node.yaml; }
run_energy_more() { sweep_and_fit configs/gpu-node-more.yaml; }
# A sweep that is not over yet is fitted by the run that ends it.
sweep_and_fit() {
  sweep "$1"
  local status=$?
  [ "${ended:-no}" = no ] || return $status
  "$(program ergon)" fit "$energy" --shapes-min 12 -o "$work/table.json" >"$work/fit" 2>&1 ||
    { echo "why: ergon fit: $(tail -1 "$work/fit")"; status=1; }
  cat "$work/fit"
  fenced <"$work/fit" | section "fitted table"
  return $status
}

run_characterise() {
  local channels=(--channel nvml/gpu-0 --channel nvml/gpu-0/power) status
  "$(program ergon)" characterise nvml "${channels[@]}" --square-wave >"$work/sensor" 2>&1
  "$(program ergon)" characterise nvml "${channels[@]}" -o "$ERGON_CHARACTERISATIONS" \
    >>"$work/sensor" 2>&1
  status=$?
  cat "$work/sensor"
  fenced <"$work/sensor" | section characterisation
  return "$status"
}

run_timing() {
  "$(program ergon_library_speed)" configs/gpu-speed.yaml --blocks 3 --output "$out/speed" \
    2>&1 | tee "$work/speed"
  local status=${PIPESTATUS[0]}
  [ -f "$out/speed.md" ] && { section "ours against the libraries" <"$out/speed.md"; rm "$out/speed.md"; }
  return "$status"
}

# bench/gpu_predictions.txt against the records; without records every line says so.
run_predictions() {
  touch "$work/records.csv" "$work/idle.csv" "$work/idle_energy.csv"
  if [ -f "$energy" ]; then
    "$(program ergon)" export "$energy" -o "$work/records.csv" --force || return 1
    "$(program ergon)" export "$energy" --what idle_energy -o "$work/idle_energy.csv" --force &&
      "$(program ergon)" export "$energy" --what idle -o "$work/idle.csv" --force || return 1
  fi
  awk -f bench/gpu_predictions.awk "$work/records.csv" "$work/idle.csv" \
    "$work/idle_energy.csv" bench/gpu_predictions.txt 2>&1 | tee "$work/predictions"
  local status=${PIPESTATUS[0]}
  fenced <"$work/predictions" | section predictions
  return "$status"
}

# Runs one stage under its limit, in a process of its own that can be ended.
run_stage() {
  local stage=$1 limit least needs begin status why seconds
  limit=$(limit_of "$stage") least=$(field "$stage" 3) needs=$(field "$stage" 4)
  if [ "$needs" = yes ] && [ "$gpu" != yes ]; then
    note "$stage" skipped 0 "$no_gpu"
    return
  fi
  local rest=$(($(left) - 15))  # to end, and for what is written then
  [ "$rest" -lt "$limit" ] && limit=$rest
  if [ "$limit" -lt "$least" ] && [ "$(limit_of "$stage")" -ge "$least" ]; then
    note "$stage" left 0 "$(left) s were left; needs $least; run again with --from"
    return
  fi
  begin=$SECONDS
  printf '\n==== %s, at most %s s\n' "$stage" "$limit" >>"$log"
  export out build energy report work gpu dry
  export -f "run_$stage" program section fenced sweep sweep_and_fit
  # The shell waits for its program, which ends after the point in flight.
  timeout --signal=TERM --kill-after=15 "$limit" \
    bash -c "trap 'ended=yes' TERM; run_$stage $limit" >"$work/log" 2>&1
  status=$?
  cat "$work/log" >>"$log"
  seconds=$((SECONDS - begin))
  why=$(sed -n 's/^why: //p' "$work/log" | tail -1)
  case $status in
    0) note "$stage" done "$seconds" "$([ "$needs" = model ] && [ "$gpu" != yes ] && echo 'on the functional model, not on a GPU')" ;;
    77) note "$stage" skipped "$seconds" "${why:-it says that it cannot be run here}" ;;
    124 | 137) note "$stage" partly "$seconds" "ended at its limit of $limit s; run again with --from" ;;
    *) note "$stage" failed "$seconds" "${why:-$(tail -1 "$work/log" | cut -c1-160)}" ;;
  esac
}

# What came back must be small: the end of a log that is too long, and a word about other files.
keep_limits() {
  local most=$((16 * 1024 * 1024)) file
  if [ "$(stat -c %s "$log")" -gt $((most / 2)) ]; then
    tail -c $((most / 2)) "$log" >"$work/log" && cp "$work/log" "$log"
  fi
  for file in "$out"/*; do
    [ "$(stat -c %s "$file")" -le "$most" ] ||
      note "$(basename "$file")" failed 0 "is over 16 MiB: it will not come back from a loan"
  done
  [ "$(find "$out" -type f | wc -l)" -le 8 ] || note files failed 0 "more than 8 in $out"
}

# Whether there is a GPU is what the programs say, once they start.
find_gpu() {
  gpu=no no_gpu="no GPU: the programs have not been started"
  [ -x "$(program ergon_gpu_check)" ] || return
  "$(program ergon_gpu_check)" --only probes --filter places >"$work/gpu" 2>&1
  case $? in
    77) no_gpu=$(sed -n 's/^skipped: //p' "$work/gpu" | tail -1) ;;
    0 | 1) gpu=yes ;;
    *) no_gpu="ergon_gpu_check: $(tail -1 "$work/gpu" | cut -c1-120)" ;;
  esac
  [ "$dry" = yes ] && [ "$gpu" = yes ] && gpu=no no_gpu="a dry run: the GPU that is here is not used"
}

gpu=no no_gpu='no GPU: not looked for yet'
find_gpu
for stage in $(awk 'NF {print $1}' <<<"$stages_known"); do
  if [ ${#asked[@]} -gt 0 ] && ! printf '%s\n' "${asked[@]}" | grep -qx "$stage"; then continue; fi
  # What is done stays done, but for what looks at all that came; asked for by name, it is done again.
  if [ ${#asked[@]} = 0 ] && [ "$(status_of "$stage")" = done ]; then
    case $stage in
      environment | start | predictions) ;;
      correctness) grep -q '^correctness done .*model' "$state" && [ "$gpu" = yes ] || continue ;;
      *) continue ;;
    esac
  fi
  run_stage "$stage"
  [ "$stage" = start ] && find_gpu
  keep_limits
done
echo "results in $out; $((SECONDS - started)) s"
! grep -q '^[^ ]* failed ' "$state"
