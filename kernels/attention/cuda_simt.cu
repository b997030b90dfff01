#include <type_traits>

#include "kernels/attention/cuda_split.inl.h"
#include "kernels/refusal.h"

namespace ergon::ERGON_CUDA {
namespace {

struct alignas(16) Float4 {
  float at[4];
};

// Tiles of kRows rows and of 32 keys, padded to kHead columns, all as floats in shared memory; keys
// and values take turns in one place. Threads are 8 rows x 16 columns: thread (y, x) has the rows
// y + 8 i, of the scores the keys x + 16 j, of the output the columns 64 c + 4 x .. + 3. So a row's
// weights come from the 16 threads that use them, and a warp's 16-byte loads, two rows of one tile
// and sixteen of the other, meet no bank twice: rows are 4 banks apart.
template <class Element, int kHead, int kTileRows>
struct SimtAttention {
  using Arguments = AttentionArguments<Element>;
  static constexpr int kRows = kTileRows;
  static constexpr int kKeys = 32;
  static constexpr int kThreads = 128;
  // 8 rows x kHead / 16 sums, 16 scores and their operands leave room for the loads of a tile under
  // way: 128 registers for heads of 64, 168 for 128.
  static constexpr int kBlocks = (kHead == 256 ? 2 : kHead == 128 ? 3 : 4) + (kTileRows == 8);
  static constexpr int kSm = 53;

  static constexpr int kRowsEach = kRows / 8;
  static constexpr int kKeysEach = kKeys / 16;
  static constexpr int kFours = kHead / 64;
  static constexpr int kStride = kHead + 4;
  static constexpr int kWeightStride = kKeys + 16;  // two rows' 16 stores meet no bank twice
  static constexpr int kSharedBytes = 4 * ((kRows + kKeys) * kStride + kRows * kWeightStride);

  struct alignas(16) Part {
    static constexpr int kCount = 16 / static_cast<int>(sizeof(Element));
    Element at[kCount];
  };

  // What a thread has of its rows.
  struct Rows {
    float sums[kRowsEach][kFours][4];
    float base[kRowsEach];     // what the scores are relative to: the largest so far, to base 2
    float weights[kRowsEach];  // the sum of this thread's
  };

  ERGON_LANE static float* queries() { return reinterpret_cast<float*>(shared_memory()); }
  ERGON_LANE static float* pairs() { return queries() + kRows * kStride; }  // keys, then values
  ERGON_LANE static float* weights() { return pairs() + kKeys * kStride; }
  ERGON_LANE static int x_index() { return thread_index() % 16; }
  ERGON_LANE static int y_index() { return thread_index() / 16; }
  ERGON_LANE static Float4 four(const float* from) {
    return *reinterpret_cast<const Float4*>(from);
  }

  // Sixteen bytes of a row; zeros where there is no such row or column.
  ERGON_LANE static Part load_part(const Element* row, bool exists, int column, int head_size) {
    Part part = {};
    if (!exists || column >= head_size) return part;
    if (head_size % Part::kCount == 0) {
      return load_once(reinterpret_cast<const Part*>(row + column));
    }
    ERGON_UNROLL
    for (int i = 0; i < Part::kCount; ++i) {
      if (column + i < head_size) part.at[i] = load_once(row + column + i);
    }
    return part;
  }

  // kTile rows of head_size elements, of which `count` exist; eight loads a thread under way.
  template <int kTile>
  ERGON_LANE static void load_tile(float* to, const Element* from, int count, int head_size) {
    constexpr int kRowParts = kHead / Part::kCount;
    constexpr int kParts = kTile * kRowParts;
    constexpr int kAtOnce = kParts >= 8 * kThreads ? 8 : 1;
    for (int begin = thread_index(); begin < kParts; begin += kThreads * kAtOnce) {
      Part parts[kAtOnce];
      ERGON_UNROLL
      for (int i = 0; i < kAtOnce; ++i) {
        const int row = (begin + i * kThreads) / kRowParts;
        const int column = (begin + i * kThreads) % kRowParts * Part::kCount;
        parts[i] = load_part(from + std::int64_t{row} * head_size, row < count, column, head_size);
      }
      ERGON_UNROLL
      for (int i = 0; i < kAtOnce; ++i) {
        const int row = (begin + i * kThreads) / kRowParts;
        const int column = (begin + i * kThreads) % kRowParts * Part::kCount;
        ERGON_UNROLL
        for (int j = 0; j < Part::kCount; j += 4)
          store_four(to + row * kStride + column + j, parts[i], j);
      }
    }
  }
  ERGON_LANE static void store_four(float* to, const Part& part, int from) {
    *reinterpret_cast<Float4*>(to) = {
        {ERGON_CUDA::widen(part.at[from]), ERGON_CUDA::widen(part.at[from + 1]),
         ERGON_CUDA::widen(part.at[from + 2]), ERGON_CUDA::widen(part.at[from + 3])}};
  }

  ERGON_LANE static void score(float (&scores)[kRowsEach][kKeysEach], int head_size) {
    const float* query = queries() + y_index() * kStride;
    const float* key = pairs() + x_index() * kStride;
    for (int d = 0; d < head_size; d += 4) {
      Float4 keys[kKeysEach];
      ERGON_UNROLL
      for (int j = 0; j < kKeysEach; ++j) keys[j] = four(key + 16 * j * kStride + d);
      ERGON_UNROLL
      for (int i = 0; i < kRowsEach; ++i) {
        const Float4 q = four(query + 8 * i * kStride + d);
        ERGON_UNROLL
        for (int j = 0; j < kKeysEach; ++j) {
          ERGON_UNROLL
          for (int e = 0; e < 4; ++e) scores[i][j] = fma(q.at[e], keys[j].at[e], scores[i][j]);
        }
      }
    }
  }

  // Scores become weights: exponentials relative to the largest score so far, by which what was
  // summed before is scaled (online softmax, Milakov & Gimelshein 2018). `seen`: keys of this tile
  // that row i sees.
  ERGON_LANE static void weigh(Rows& rows, int i, float (&scores)[kKeysEach], int seen,
                               float scale) {
    float largest = -INFINITY;
    ERGON_UNROLL
    for (int j = 0; j < kKeysEach; ++j) {
      if (x_index() + 16 * j >= seen) scores[j] = -INFINITY;
      largest = max(largest, scores[j]);
    }
    ERGON_UNROLL
    for (int mask = 8; mask > 0; mask /= 2) largest = max(largest, shuffle_xor(largest, mask));
    const float base = max(rows.base[i], largest * scale);
    // A row that has seen no key has weights of zero and nothing to scale.
    const float finite = base == -INFINITY ? 0 : base;
    const float shrink = exp2_fast(rows.base[i] - finite);
    rows.base[i] = base;
    rows.weights[i] *= shrink;
    ERGON_UNROLL
    for (int c = 0; c < kFours; ++c) {
      ERGON_UNROLL
      for (int e = 0; e < 4; ++e) rows.sums[i][c][e] *= shrink;
    }
    float* to = weights() + (y_index() + 8 * i) * kWeightStride + x_index();
    ERGON_UNROLL
    for (int j = 0; j < kKeysEach; ++j) {
      const float weight = exp2_fast(fma(scores[j], scale, -finite));
      rows.weights[i] += weight;
      to[16 * j] = weight;
    }
  }

  ERGON_LANE static void add_values(Rows& rows) {
    const float* weight = weights() + y_index() * kWeightStride;
    const float* value = pairs() + 4 * x_index();
    for (int key = 0; key < kKeys; key += 4) {
      Float4 w[kRowsEach];
      ERGON_UNROLL
      for (int i = 0; i < kRowsEach; ++i) w[i] = four(weight + 8 * i * kWeightStride + key);
      ERGON_UNROLL
      for (int k = 0; k < 4; ++k) {
        ERGON_UNROLL
        for (int c = 0; c < kFours; ++c) {
          const Float4 v = four(value + (key + k) * kStride + 64 * c);
          ERGON_UNROLL
          for (int i = 0; i < kRowsEach; ++i) {
            ERGON_UNROLL
            for (int e = 0; e < 4; ++e) {
              rows.sums[i][c][e] = fma(w[i].at[k], v.at[e], rows.sums[i][c][e]);
            }
          }
        }
      }
    }
  }

  // One tile of keys from `first_key`: the weights of its scores, and the values by them.
  ERGON_LANE static void add_tile(const Arguments& x, std::int64_t kv_row, int first_row,
                                  int first_key, Rows& rows) {
    const AttentionUnits& units = x.units;
    const int count = std::min(int{kKeys}, units.keys - first_key);
    const std::int64_t offset = (kv_row + first_key) * units.head_size;
    block_barrier();
    load_tile<kKeys>(pairs(), x.k + offset, count, units.head_size);
    block_barrier();
    float scores[kRowsEach][kKeysEach] = {};
    score(scores, units.head_size);
    ERGON_UNROLL
    for (int i = 0; i < kRowsEach; ++i) {
      const int row = std::min(first_row + y_index() + 8 * i, units.rows - 1);
      weigh(rows, i, scores[i], units.seen(row) - first_key, x.scale);
    }
    block_barrier();
    load_tile<kKeys>(pairs(), x.v + offset, count, units.head_size);
    block_barrier();
    add_values(rows);
  }

  template <class To>
  ERGON_LANE static void store_row(To* to, const float (&sums)[kFours][4], float scale,
                                   int head_size) {
    ERGON_UNROLL
    for (int c = 0; c < kFours; ++c) {
      ERGON_UNROLL
      for (int e = 0; e < 4; ++e) {
        const int column = 64 * c + 4 * x_index() + e;
        if (column < head_size) to[column] = narrow_to<To>(sums[c][e] * scale);
      }
    }
  }

  ERGON_LANE static void finish(const Arguments& x, std::int64_t unit, int first_row, Rows& rows) {
    const AttentionUnits& units = x.units;
    ERGON_UNROLL
    for (int i = 0; i < kRowsEach; ++i) {
      float weight = rows.weights[i];
      ERGON_UNROLL
      for (int mask = 8; mask > 0; mask /= 2) weight += shuffle_xor(weight, mask);
      const int row = first_row + y_index() + 8 * i;
      if (row >= units.rows) continue;
      const std::int64_t at = unit * units.rows + row;
      if (x.splits == 1) {
        store_row(x.out + at * units.head_size, rows.sums[i], 1 / weight, units.head_size);
        continue;
      }
      const std::int64_t part = block_y() * units.units * units.rows + at;
      store_row(x.sums + part * units.head_size, rows.sums[i], 1, units.head_size);
      if (x_index() == 0) {
        x.stats[2 * part] = rows.base[i];
        x.stats[2 * part + 1] = weight;
      }
    }
  }

  ERGON_LANE static void run(const Arguments& x) {
    const AttentionUnits& units = x.units;
    const RowTiles::Place place = x.tiles.place(block_x());
    const int first_row = place.first_row;
    const int end_row = std::min(first_row + kRows, units.rows);
    load_tile<kRows>(queries(), x.q + (place.unit * units.rows + first_row) * units.head_size,
                     end_row - first_row, units.head_size);
    Rows rows = {};
    ERGON_UNROLL
    for (int i = 0; i < kRowsEach; ++i) rows.base[i] = -INFINITY;
    const int seen = units.seen_most(first_row, end_row);
    const KeyTiles tiles = key_tiles((seen + kKeys - 1) / kKeys, x.splits, block_y());
    const std::int64_t kv_row = place.unit / units.units_per_kv * units.keys;
    for (int tile = tiles.begin; tile < tiles.end; ++tile) {
      add_tile(x, kv_row, first_row, tile * kKeys, rows);
    }
    finish(x, place.unit, first_row, rows);
  }
};

constexpr int kHeadMax = 256;

std::string refuses(const Problem& problem, bool weights_packed) {
  if (std::string why = refuse_packed_weights(weights_packed); !why.empty()) return why;
  if (std::string why = refuse_dtypes_outside({{},
                                               {Dtype::f16, Dtype::f16, Dtype::f32, Dtype::f16},
                                               {Dtype::bf16, Dtype::bf16, Dtype::f32, Dtype::bf16}},
                                              problem);
      !why.empty()) {
    return why;
  }
  return refuse_attention_extents(problem, kHeadMax);
}

// Eight rows to a block where a unit has no more, or where the memory for more is missing.
template <class Element, int kHead, int kRows>
Launch bind_head(const Binding& binding) {
  using Many = SimtAttention<Element, kHead, kRows>;
  using Few = SimtAttention<Element, kHead, 8>;
  const AttentionUnits units = attention_units(binding.problem, Many::kRows);
  const CudaProperties& gpu = cuda_device(binding.device).properties();
  if (units.rows <= 2 * Few::kRows || gpu.shared_bytes_max < Many::kSharedBytes) {
    return bind_attention_tiles<Few, Element>(binding);
  }
  return bind_attention_tiles<Many, Element>(binding);
}

template <class Element>
Launch bind_element(const Binding& binding) {
  const std::int64_t head_size = binding.problem.extent("head_size");
  if (head_size <= 64) return bind_head<Element, 64, 64>(binding);
  if (head_size <= 128) return bind_head<Element, 128, 64>(binding);
  return bind_head<Element, 256, 32>(binding);
}

Launch bind(const Binding& binding) {
  switch (binding.problem.dtypes.a) {
    case Dtype::f16:
      return bind_element<F16>(binding);
    case Dtype::bf16:
      return bind_element<Bf16>(binding);
    default:
      return bind_element<float>(binding);
  }
}

}  // namespace
}  // namespace ergon::ERGON_CUDA

namespace ergon::ERGON_CUDA_KERNELS {
extern const Kernel attention_cuda_simt = {
    .primitive = "attention",
    .name = "cuda_simt",
    .device = DeviceKind::cuda,
    .requirement = {.sm_min = 53},
    .source = "online softmax over tiles of keys (FlashAttention-2, Dao 2023), no tensor cores",
    .refuses = ERGON_CUDA::refuses,
    .missing = nullptr,
    .bind = ERGON_CUDA::bind,
};
}  // namespace ergon::ERGON_CUDA_KERNELS
