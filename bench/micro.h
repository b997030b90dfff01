#pragma once

#include <benchmark/benchmark.h>

#include <cstdint>
#include <string>

#include "harness/config/point.h"
#include "kernels/device.h"

namespace ergon {

// Google Benchmark's name of a point: its key, so that a filter can name any condition.
[[nodiscard]] std::string micro_name(const Point& point);

// Runs a point as Google Benchmark runs a function: the same operands, binding and rotation of
// buffers as the harness, its loop around single launches (a GPU's: around as many as take 2 ms),
// for time only. Reports flops and bytes
// a second. A point that this machine cannot run is an error of the benchmark, with the reason.
void micro_run(benchmark::State& state, const Point& point, Device& device);

}  // namespace ergon
