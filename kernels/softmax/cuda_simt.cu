#include <limits>

#include "kernels/cuda/functions.h"
#include "kernels/cuda/rows.h"

// Three ways, by the bytes of a row:
// - to 128 KB, a group of threads holds it in registers: memory is read once and written once;
// - beyond, where the rows under way fit the L2 cache, a block streams its row twice, the second
//   time out of that cache: the same bytes of memory;
// - else several blocks share a row and two launches stream it, the second in the other order, so
//   that it begins with what the L2 cache still holds: two reads and one write at most.
namespace ergon::ERGON_CUDA {
namespace {

// A masked element is -inf. As no maximum is below the least finite float, no difference is of two
// infinities.
constexpr float kLeast = std::numeric_limits<float>::lowest();

// exp(x - largest), which is exactly 1 of the largest.
ERGON_LANE float exp_below(float x, float largest) { return exp2_fast((x - largest) * kLog2E); }

template <class Element>
struct SoftmaxArguments {
  const Element* in;
  Element* out;
  std::int64_t rows, columns;
};

template <class Element, int kLanes, int kVectors>
struct SoftmaxRows : RowGroups<kLanes, kVectors> {
  using Arguments = SoftmaxArguments<Element>;

  ERGON_LANE static void run(const Arguments& x) {
    auto* slots = reinterpret_cast<float*>(shared_memory());
    RowGroups<kLanes, kVectors>::each_row(x.rows, [&](std::int64_t row, int lane) {
      const std::int64_t offset = row * x.columns;
      const Run<Element> run(offset, row < x.rows ? x.columns : 0);
      const RowPart<Element, kLanes, kVectors> part(x.in + offset, run, lane);
      float largest = kLeast;
      part.each([&](const auto& v, std::int64_t) {
        for (const float each : v) largest = max(largest, each);
      });
      largest = combine_group<Larger, kLanes>(largest, slots);
      float sum = 0;
      part.each([&](const auto& v, std::int64_t) {
        for (const float each : v) sum += exp_below(each, largest);
      });
      const float scale = 1 / combine_group<Plus, kLanes>(sum, slots + kGroupSlots);
      part.store(x.out + offset, [&](auto& v, std::int64_t) {
        for (float& each : v) each = exp_below(each, largest) * scale;
      });
    });
  }
};

// The largest of some elements and the sum of their exponentials below it, taken together in one
// pass: Milakov & Gimelshein 2018, arXiv 1805.02867, algorithm 3.
struct Total {
  float largest = kLeast;
  float sum = 0;

  ERGON_LANE void raise(float to) {
    sum *= exp_below(largest, to);
    largest = to;
  }
  template <int kCount>
  ERGON_LANE void add(const float (&x)[kCount]) {
    float top = largest;
    ERGON_UNROLL
    for (int i = 0; i < kCount; ++i) top = max(top, x[i]);
    raise(top);
    ERGON_UNROLL
    for (int i = 0; i < kCount; ++i) sum += exp_below(x[i], largest);
  }
};

template <class Element, int kLanes>
ERGON_LANE Total total_of(const Element* in, const Run<Element>& run, int lane, float* slots) {
  Total total;
  stream_run<Element, kLanes, 4>(in, run, lane, [&](const auto& v, std::int64_t) { total.add(v); });
  total.raise(combine_group<Larger, kLanes>(total.largest, slots));
  total.sum = combine_group<Plus, kLanes>(total.sum, slots + kGroupSlots);
  return total;
}

template <class Element, int kLanes>
ERGON_LANE void write_run(const Element* in, Element* out, const Run<Element>& run, int lane,
                          const Total& total) {
  const float scale = 1 / total.sum;
  stream_run<Element, kLanes, 4>(in, run, lane, [&](auto& v, std::int64_t column) {
    for (float& each : v) each = exp_below(each, total.largest) * scale;
    store_elements(out + column, v);
  });
}

template <class Element>
struct SoftmaxTwice : RowGroups<1024, 4> {
  using Arguments = SoftmaxArguments<Element>;

  ERGON_LANE static void run(const Arguments& x) {
    auto* slots = reinterpret_cast<float*>(shared_memory());
    each_row(x.rows, [&](std::int64_t row, int lane) {
      const std::int64_t offset = row * x.columns;
      const Run<Element> run(offset, x.columns);
      const Total total = total_of<Element, 1024>(x.in + offset, run, lane, slots);
      write_run<Element, 1024>(x.in + offset, x.out + offset, run, lane, total);
    });
  }
};

// A row in parts, each a block's.
template <class Element>
struct PartsArguments {
  SoftmaxArguments<Element> rows;
  std::int64_t part_elements;  // of all parts but the row's last; a multiple of a vector's
  int parts;                   // of a row
  Total* totals;               // rows x parts
};

template <class Element>
struct PartOf {
  std::int64_t row, begin, count;  // `begin` is the first element of the operand

  // Parts begin at multiples of 16 bytes, but for the first of a row.
  ERGON_LANE PartOf(const PartsArguments<Element>& x, std::int64_t index) : row(index / x.parts) {
    const auto part = static_cast<int>(index % x.parts);
    const std::int64_t offset = row * x.rows.columns;
    const Run<Element> all(offset, x.rows.columns);
    const std::int64_t from = part == 0 ? 0 : all.head + part * x.part_elements;
    const std::int64_t to =
        part + 1 == x.parts ? x.rows.columns : all.head + (part + 1) * x.part_elements;
    begin = offset + from;
    count = to - from;
  }
};

template <class Element>
struct SoftmaxTotals {
  using Arguments = PartsArguments<Element>;
  static constexpr int kThreads = 256;
  static constexpr int kBlocks = 4;
  static constexpr int kSm = 53;

  ERGON_LANE static void run(const Arguments& x) {
    auto* slots = reinterpret_cast<float*>(shared_memory());
    const std::int64_t index = block_x();
    const PartOf<Element> part(x, index);
    const Run<Element> run(part.begin, part.count);
    const Total total =
        total_of<Element, kThreads>(x.rows.in + part.begin, run, thread_index(), slots);
    if (thread_index() == 0) x.totals[index] = total;
  }
};

template <class Element>
struct SoftmaxParts {
  using Arguments = PartsArguments<Element>;
  static constexpr int kThreads = 256;
  static constexpr int kBlocks = 4;
  static constexpr int kSm = 53;

  ERGON_LANE static void run(const Arguments& x) {
    const PartOf<Element> part(x, std::int64_t{blocks_x()} - 1 - block_x());
    Total total;
    for (int i = lane_index(); i < x.parts; i += 32) {
      const Total one = load_once(x.totals + part.row * x.parts + i);
      const float top = max(total.largest, one.largest);
      total.raise(top);
      total.sum += one.sum * exp_below(one.largest, top);
    }
    total.raise(combine_lanes<Larger, 32>(total.largest));
    total.sum = combine_lanes<Plus, 32>(total.sum);
    write_run<Element, kThreads>(x.rows.in + part.begin, x.rows.out + part.begin,
                                 Run<Element>(part.begin, part.count), thread_index(), total);
  }
};

// Parts of 64 KB, four vectors of each thread four times; less where there are so few rows that
// multiprocessors would be without one of their four blocks, but never below one round.
template <class Element>
[[nodiscard]] Launch launch_parts(const Binding& binding, const SoftmaxArguments<Element>& rows) {
  constexpr std::int64_t kRound = 4 * SoftmaxParts<Element>::kThreads * Vector<Element>::kCount;
  constexpr std::int64_t kPartsMax = 1024;
  const auto divided = [](std::int64_t a, std::int64_t b) { return (a + b - 1) / b; };
  const std::int64_t resident = SoftmaxParts<Element>::kBlocks * multiprocessors(binding);
  const std::int64_t wanted = std::min(
      kPartsMax, std::max(divided(resident, rows.rows), divided(rows.columns, 4 * kRound)));
  const std::int64_t rounds = divided(divided(rows.columns, wanted), kRound);
  const std::int64_t part_elements = rounds * kRound;
  const std::int64_t parts = divided(rows.columns, part_elements);
  const Buffer totals = binding.device.allocate(
      static_cast<std::size_t>(rows.rows * parts) * sizeof(Total), binding.threads);
  const PartsArguments<Element> arguments = {.rows = rows,
                                             .part_elements = part_elements,
                                             .parts = static_cast<int>(parts),
                                             .totals = reinterpret_cast<Total*>(totals.get())};
  const Grid grid = {.x = rows.rows * parts,
                     .shared_bytes = 2 * kGroupSlots * static_cast<int>(sizeof(float))};
  const Launch first = make_launch<SoftmaxTotals<Element>>(binding.device, grid, arguments);
  const Launch second = make_launch<SoftmaxParts<Element>>(binding.device, grid, arguments);
  return [first, second, totals] {
    first();
    second();
  };
}

// Whether every multiprocessor has a row, and all rows under way stay in half of the L2 cache.
[[nodiscard]] bool twice_from_l2(const Binding& binding, std::int64_t rows, std::size_t row_bytes) {
  const CudaProperties& gpu = cuda_device(binding.device).properties();
  return rows >= gpu.multiprocessors &&
         static_cast<std::size_t>(gpu.multiprocessors) * row_bytes <= gpu.l2_bytes / 2;
}

template <class Element>
[[nodiscard]] Launch launch_softmax(const Binding& binding) {
  const std::int64_t rows = binding.problem.extent("rows");
  const std::int64_t columns = binding.problem.extent("columns");
  const SoftmaxArguments<Element> arguments = {.in = operand<Element>(binding, 0),
                                               .out = operand<Element>(binding, 1),
                                               .rows = rows,
                                               .columns = columns};
  if (columns <= kRowHeldMax<Element, 8>) {
    return launch_rows<SoftmaxRows, Element, 8>(binding, rows, columns, arguments);
  }
  if (twice_from_l2(binding, rows, static_cast<std::size_t>(columns) * sizeof(Element))) {
    return launch_groups<SoftmaxTwice<Element>>(binding, rows, arguments);
  }
  return launch_parts<Element>(binding, arguments);
}

Launch bind(const Binding& binding) {
  return of_element(binding.problem,
                    [&]<class Element>(Element) { return launch_softmax<Element>(binding); });
}

}  // namespace
}  // namespace ergon::ERGON_CUDA

namespace ergon::ERGON_CUDA_KERNELS {
extern const Kernel softmax_cuda_simt = {
    .primitive = "softmax",
    .name = "cuda_simt",
    .device = DeviceKind::cuda,
    .requirement = {.sm_min = 53},
    .source = "rows in registers; longer ones online, in two passes (Milakov & Gimelshein 2018)",
    .refuses = ERGON_CUDA::refuse_but_floats,
    .missing = nullptr,
    .bind = ERGON_CUDA::bind,
};
}  // namespace ergon::ERGON_CUDA_KERNELS
