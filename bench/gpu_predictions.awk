# Holds bench/gpu_predictions.txt against what was measured:
#   awk -f gpu_predictions.awk records.csv idle.csv idle_energy.csv gpu_predictions.txt
# records, idle and idle_energy are tables of `ergon export`; an empty file: nothing was measured.
# Of the records that a prediction names the best counts, the highest rate or the lowest energy.

# Fields of a line of CSV, whose quoted ones hold commas, into cells[1..n].
function split_csv(line, cells,    n, cell) {
  n = 0
  while (line != "") {
    if (substr(line, 1, 1) == "\"") {
      match(line, /^"([^"]|"")*"/)
      cell = substr(line, 2, RLENGTH - 2)
      line = substr(line, RLENGTH + 2)
    } else {
      match(line, /^[^,]*/)
      cell = substr(line, 1, RLENGTH)
      line = substr(line, RLENGTH + 2)
    }
    cells[++n] = cell
  }
  return n
}

function read_header(line, column,    cells, n, i) {
  n = split_csv(line, cells)
  for (i = 1; i <= n; ++i) column[cells[i]] = i
}

# Whether records[r] has every column=value that is asked for.
function matches(r, asked,    words, n, i, pair, at) {
  n = split(asked, words, ",")
  for (i = 1; i <= n; ++i) {
    split(words[i], pair, "=")
    # copy is a primitive whose kernels have other names
    if (words[i] == "kernel=copy") {
      if (value[r, "primitive"] != "copy") return 0
    } else if (value[r, pair[1]] != pair[2]) {
      return 0
    }
  }
  return 1
}

function measured_energy(r) {
  return value[r, "energy_status"] == "measured" || value[r, "energy_status"] == "partial"
}

# What is asked of a record; empty where it was not measured.
function quantity(r, what,    bytes) {
  bytes = value[r, "bytes_read"] + value[r, "bytes_written"]
  if (what == "gbyte_per_s") return bytes / value[r, "time_median_s"] / 1e9
  if (what == "tflop_per_s") return value[r, "flops"] / value[r, "time_median_s"] / 1e12
  if (!measured_energy(r)) return ""
  if (what == "pj_per_byte" && bytes > 0) return value[r, "gross_j_per_launch"] / bytes * 1e12
  if (what == "pj_per_flop" && value[r, "flops"] > 0) {
    return value[r, "gross_j_per_launch"] / value[r, "flops"] * 1e12
  }
  if (what == "watts") return value[r, "power_w"]
  return ""
}

function best_of(asked, what,    r, now, best, lower) {
  best = ""
  lower = what ~ /^pj/
  for (r = 1; r <= records; ++r) {
    if (!matches(r, asked)) continue
    now = quantity(r, what)
    if (now == "") continue
    if (best == "" || (lower ? now < best : now > best)) best = now
  }
  return best
}

FNR == 1 { ++file; delete column }
FILENAME ~ /gpu_predictions\.txt$/ {
  if ($0 ~ /^#/ || NF < 6) next
  name = $1; asked = $2; what = $3; low = $4; high = $5
  source = $0
  sub(/^[^ ]+ +[^ ]+ +[^ ]+ +[^ ]+ +[^ ]+ +/, "", source)
  if (asked == "idle") got = idle_s > 0 ? idle_j / idle_s : ""
  else got = best_of(asked, what)
  ++lines
  if (!printed++) printf "%-22s %-12s %10s %17s  %-12s %s\n", "prediction", "of", "measured", "expected", "", "from"
  if (got == "") {
    verdict = "not measured"
    shown = "-"
  } else {
    verdict = got >= low && got <= high ? "inside" : (got < low ? "BELOW" : "ABOVE")
    shown = sprintf("%.4g", got)
    ++came
    if (verdict == "inside") ++inside
  }
  printf "%-22s %-12s %10s %8g - %6g  %-12s %s\n", name, what, shown, low, high, verdict, source
  next
}
FNR == 1 { read_header($0, column); next }
"gross_j_per_launch" in column {
  split_csv($0, cells)
  if (cells[column["run_status"]] != "ok" || cells[column["check_status"]] == "wrong") next
  ++records
  for (name in column) value[records, name] = cells[column[name]]
}
"begin_ns" in column {
  split_csv($0, cells)
  idle_length[FNR - 2] = (cells[column["end_ns"]] - cells[column["begin_ns"]]) * 1e-9
}
"gross_j" in column && !("begin_ns" in column) {
  split_csv($0, cells)
  if (cells[column["domain"]] != "gpu" || cells[column["source"]] != "measured") next
  # The counter of the GPU, which is the first of its channels, and no power beside it.
  if (cells[column["channel_name"]] ~ /\/.*\//) next
  idle_j += cells[column["gross_j"]]
  idle_s += idle_length[cells[column["idle"]]]
}
END {
  printf "%d predictions, %d measured, %d inside\n", lines, came, inside
  # Of the model or a simulated meter nothing may look measured: only what was run counts.
  if (lines == 0) { print "why: no prediction was read"; exit 1 }
}
