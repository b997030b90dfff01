#pragma once

#include "kernels/attention/cuda_mma_layout.h"
#include "kernels/attention/cuda_split.inl.h"

// FlashAttention-2 (Dao 2023) on mma.m16n8k16: a warp has whole rows, so that the largest score and
// the sum of a row meet in four lanes, and the scores' accumulators, rounded, are the a operand of
// the product with the values as they lie.
namespace ergon::ERGON_CUDA {

// A block's tile: kWarps warps of 16 kSixteens rows, kKeys keys at a time. Matrices of keys and of
// values take turns in a ring of kSlots places, of which kSlots - 1 are being filled by cp.async.
template <int kHeadColumns, int kTileWarps, int kTileSixteens, int kTileKeys, int kRingSlots,
          int kResident>
struct AttentionTile {
  static constexpr int kHead = kHeadColumns;
  static constexpr int kWarps = kTileWarps;
  static constexpr int kSixteens = kTileSixteens;
  static constexpr int kKeys = kTileKeys;
  static constexpr int kSlots = kRingSlots;
  static constexpr int kBlocks = kResident;
};

template <class Element, class Tile>
struct MmaAttention {
  using Arguments = AttentionArguments<Element>;
  static constexpr int kHead = Tile::kHead;
  static constexpr int kSixteens = Tile::kSixteens;
  static constexpr int kKeys = Tile::kKeys;
  static constexpr int kSlots = Tile::kSlots;
  static constexpr int kThreads = 32 * Tile::kWarps;
  static constexpr int kBlocks = Tile::kBlocks;
  static constexpr int kSm = 80;

  using Layout = AttentionLayout<kHead>;
  static constexpr int kWarpRows = 16 * kSixteens;
  static constexpr int kRows = kWarpRows * Tile::kWarps;
  static constexpr int kSteps = kHead / 16;
  static constexpr int kSlotBytes = kKeys * kHead * 2;
  static constexpr int kSharedBytes = kRows * kHead * 2 + kSlots * kSlotBytes;
  // Fragments of the queries stay in registers where they are no more than 32; else they are read
  // again for every tile of keys.
  static constexpr bool kQueriesStay = kSixteens * kSteps * 4 <= 32;
  // How far, as a power of two, weights may exceed 1 before everything is scaled to a new base: the
  // base cancels in the result, and 2^8 is far from what an f16 holds. As FlashAttention-4 does, so
  // that most tiles scale nothing.
  static constexpr float kSlack = 8;

  using Scores = float[kSixteens][kKeys / 8][4];
  using Weights = std::uint32_t[kKeys / 16][kSixteens][4];  // rounded: a operands
  using Fragments = std::uint32_t[kQueriesStay ? kSteps : 1][kSixteens][4];
  struct alignas(16) Chunk {
    std::uint32_t words[4];
  };
  struct alignas(8) Pair {
    float at[2];
  };

  // What a lane has of the rows lane / 4 and + 8 of each sixteen.
  struct Rows {
    float sums[kSixteens][kHead / 8][4];
    float base[kSixteens][2];     // what the weights are relative to, to base 2
    float weights[kSixteens][2];  // the sum of this lane's
    int first;                    // row of the unit, of the warp
    int seen_least, seen_most;    // keys, of the warp's rows
  };

  // Keys and values of the tiles up to `end`, of which some are still to be copied.
  struct Feed {
    std::int64_t first;  // element of the KV head
    int end;
    int read;  // the slot that is next to be read
  };

  ERGON_LANE static int warp_row() { return warp_index() * kWarpRows; }
  ERGON_LANE static std::byte* slot(int index) {
    return shared_memory() + kRows * kHead * 2 + index * kSlotBytes;
  }

  // kCount rows of head_size elements, of which `existing` exist; zeros for rows and columns that
  // do not, which are not read. Whole tiles are spared the questions.
  template <int kCount>
  ERGON_LANE static void copy_rows(std::byte* to, const Element* from, int existing,
                                   int head_size) {
    if (existing >= kCount && head_size == kHead) {
      copy_some<kCount, true>(to, from, existing, head_size);
    } else {
      copy_some<kCount, false>(to, from, existing, head_size);
    }
  }
  template <int kCount, bool kWhole>
  ERGON_LANE static void copy_some(std::byte* to, const Element* from, int existing,
                                   int head_size) {
    constexpr int kChunks = kHead / 8;
    constexpr int kRowsApart = kThreads / kChunks;
    static_assert(kThreads % kChunks == 0 && kCount % kRowsApart == 0);
    const int thread = fresh(thread_index());
    const int first = thread / kChunks, chunk = thread % kChunks;
    from += first * head_size + 8 * chunk;
    if (!kWhole && 8 * chunk >= head_size) existing = 0;
    const int stride = fresh(kRowsApart * head_size);
    ERGON_UNROLL
    for (int i = 0; i < kCount / kRowsApart; ++i) {
      const int row = first + i * kRowsApart;
      const bool valid = kWhole || row < existing;
      copy_async<16>(to + swizzled<kChunks>(row, chunk), valid ? from + i * stride : from, valid);
    }
  }

  // Starts the copy of a matrix, if there is one: a group either way. Numbers are twice the tile's,
  // and one more for values.
  ERGON_LANE static void feed_matrix(const Arguments& x, const Feed& feed, int number, int to) {
    if (number < 2 * feed.end) {
      const int first = number / 2 * kKeys;
      const Element* from = (number % 2 == 0 ? x.k : x.v) + feed.first;
      copy_rows<kKeys>(slot(to), from + std::int64_t{first} * x.units.head_size,
                       x.units.keys - first, x.units.head_size);
    }
    commit_copies();
  }

  // The matrix of that number. Behind the barrier it is there for all warps, and all are done with
  // the one before, into whose place goes another.
  ERGON_LANE static const std::byte* take(const Arguments& x, Feed& feed, int number) {
    wait_copies<kSlots - 2>();
    block_barrier();
    const int taken = feed.read;
    feed_matrix(x, feed, number + kSlots - 1, taken == 0 ? kSlots - 1 : taken - 1);
    feed.read = taken + 1 == kSlots ? 0 : taken + 1;
    return slot(taken);
  }

  ERGON_LANE static void load_queries(std::uint32_t (&a)[kSixteens][4], int lane, int step) {
    ERGON_UNROLL
    for (int i = 0; i < kSixteens; ++i) {
      load_matrices(a[i], shared_memory() + Layout::query(lane, warp_row() + 16 * i, step));
    }
  }

  // c += a b for two b operands side by side, of `b`'s halves.
  ERGON_LANE static void multiply(float (&left)[4], float (&right)[4], const std::uint32_t (&a)[4],
                                  const std::uint32_t (&b)[4]) {
    const std::uint32_t first[2] = {b[0], b[1]}, second[2] = {b[2], b[3]};
    mma(left, a, first, Element{});
    mma(right, a, second, Element{});
  }

  ERGON_LANE static void score(Scores& scores, Fragments& queries, const std::byte* keys) {
    const int lane = fresh(lane_index());
    ERGON_UNROLL
    for (int step = 0; step < kSteps; ++step) {
      auto& a = queries[kQueriesStay ? step : 0];
      if constexpr (!kQueriesStay) load_queries(a, lane, step);
      ERGON_UNROLL
      for (int j = 0; j < kKeys / 16; ++j) {
        std::uint32_t b[4];
        load_matrices(b, keys + Layout::key(lane, 16 * j, step));
        ERGON_UNROLL
        for (int i = 0; i < kSixteens; ++i) {
          multiply(scores[i][2 * j], scores[i][2 * j + 1], a[i], b);
        }
      }
    }
  }

  // Scores of keys from `first_key` that a row does not see become -infinity.
  ERGON_LANE static void mask(const AttentionUnits& units, const Rows& rows, Scores& scores,
                              int first_key) {
    const int column = first_key + lane_index() % 4 * 2;
    ERGON_UNROLL
    for (int i = 0; i < kSixteens; ++i) {
      ERGON_UNROLL
      for (int half = 0; half < 2; ++half) {
        const int row = rows.first + 16 * i + 8 * half + lane_index() / 4;
        const int seen = units.seen(std::min(row, units.rows - 1)) - column;
        ERGON_UNROLL
        for (int j = 0; j < kKeys / 8; ++j) {
          if (8 * j >= seen) scores[i][j][2 * half] = -INFINITY;
          if (8 * j + 1 >= seen) scores[i][j][2 * half + 1] = -INFINITY;
        }
      }
    }
  }

  // The largest score of each row, from the four lanes that have it.
  ERGON_LANE static void find_largest(const Scores& scores, float (&largest)[kSixteens][2]) {
    ERGON_UNROLL
    for (int i = 0; i < kSixteens; ++i) {
      ERGON_UNROLL
      for (int half = 0; half < 2; ++half) {
        float most = max(scores[i][0][2 * half], scores[i][0][2 * half + 1]);
        ERGON_UNROLL
        for (int j = 1; j < kKeys / 8; ++j) {
          most = max(most, max(scores[i][j][2 * half], scores[i][j][2 * half + 1]));
        }
        most = max(most, shuffle_xor(most, 1));
        largest[i][half] = max(most, shuffle_xor(most, 2));
      }
    }
  }

  // A row that has seen no key yet is relative to 0: its weights are zeros.
  ERGON_LANE static float finite(float base) { return base == -INFINITY ? 0 : base; }

  // Gives every row of the warp the base of its largest score so far.
  ERGON_LANE static void raise(Rows& rows, const float (&largest)[kSixteens][2], float scale) {
    ERGON_UNROLL
    for (int i = 0; i < kSixteens; ++i) {
      ERGON_UNROLL
      for (int half = 0; half < 2; ++half) {
        const float base = max(rows.base[i][half], largest[i][half] * scale);
        const float shrink = exp2_fast(rows.base[i][half] - finite(base));
        rows.base[i][half] = base;
        rows.weights[i][half] *= shrink;
        ERGON_UNROLL
        for (int j = 0; j < kHead / 8; ++j) {
          rows.sums[i][j][2 * half] *= shrink;
          rows.sums[i][j][2 * half + 1] *= shrink;
        }
      }
    }
  }

  // The weights of the scores, relative to the largest so far (online softmax, Milakov & Gimelshein
  // 2018). Their sum is of what they were before they were rounded.
  ERGON_LANE static void weigh(Rows& rows, Scores& scores, float scale, Weights& weights) {
    float largest[kSixteens][2];
    find_largest(scores, largest);
    bool above = false;
    ERGON_UNROLL
    for (int i = 0; i < kSixteens; ++i) {
      ERGON_UNROLL
      for (int half = 0; half < 2; ++half) {
        above = above || largest[i][half] * scale > rows.base[i][half] + kSlack;
      }
    }
    if (any(above)) raise(rows, largest, scale);
    ERGON_UNROLL
    for (int i = 0; i < kSixteens; ++i) {
      ERGON_UNROLL
      for (int half = 0; half < 2; ++half) {
        const float base = finite(rows.base[i][half]);
        ERGON_UNROLL
        for (int j = 0; j < kKeys / 8; ++j) {
          const float left = exp2_fast(fma(scores[i][j][2 * half], scale, -base));
          const float right = exp2_fast(fma(scores[i][j][2 * half + 1], scale, -base));
          rows.weights[i][half] += left + right;
          weights[j / 2][i][j % 2 * 2 + half] = pack<Element>(left, right);
        }
      }
    }
  }

  ERGON_LANE static void add_values(Rows& rows, const Weights& weights, const std::byte* values) {
    const int lane = fresh(lane_index());
    ERGON_UNROLL
    for (int j = 0; j < kKeys / 16; ++j) {
      ERGON_UNROLL
      for (int pair = 0; pair < kHead / 16; ++pair) {
        std::uint32_t b[4];
        load_matrices_transposed(b, values + Layout::value(lane, 16 * j, pair));
        ERGON_UNROLL
        for (int i = 0; i < kSixteens; ++i) {
          multiply(rows.sums[i][2 * pair], rows.sums[i][2 * pair + 1], weights[j][i], b);
        }
      }
    }
  }

  // Tiles of keys from `begin` up to `end`. A warp whose rows see nothing of one lets it pass.
  ERGON_LANE static void add_tiles(const Arguments& x, Rows& rows, Feed& feed, KeyTiles tiles) {
    Fragments queries;
    for (int tile = tiles.begin; tile < tiles.end; ++tile) {
      const std::byte* keys = take(x, feed, 2 * tile);
      if constexpr (kQueriesStay) {
        if (tile == tiles.begin) {
          ERGON_UNROLL
          for (int step = 0; step < kSteps; ++step) load_queries(queries[step], lane_index(), step);
        }
      }
      const int first_key = tile * kKeys;
      const bool seen = first_key < rows.seen_most;
      Weights weights = {};
      if (seen) {
        Scores scores = {};
        score(scores, queries, keys);
        if (first_key + kKeys > rows.seen_least) mask(x.units, rows, scores, first_key);
        weigh(rows, scores, x.scale, weights);
      }
      const std::byte* values = take(x, feed, 2 * tile + 1);
      if (seen) add_values(rows, weights, values);
    }
  }

  ERGON_LANE static Rows start_rows(const AttentionUnits& units, int first_row) {
    Rows rows = {};
    rows.first = first_row + warp_row();
    const int end = std::min(rows.first + kWarpRows, units.rows);
    rows.seen_least = rows.first < end ? units.seen_least(rows.first, end) : 0;
    rows.seen_most = rows.first < end ? units.seen_most(rows.first, end) : 0;
    ERGON_UNROLL
    for (int i = 0; i < kSixteens; ++i) rows.base[i][0] = rows.base[i][1] = -INFINITY;
    return rows;
  }

  // The sums over the weights' sum, by way of the place of the warp's own queries, which are done
  // with: 16 bytes a lane go to memory at a time.
  ERGON_LANE static void store_rows(const Arguments& x, const Rows& rows, std::int64_t first,
                                    int existing) {
    ERGON_UNROLL
    for (int i = 0; i < kSixteens; ++i) {
      ERGON_UNROLL
      for (int half = 0; half < 2; ++half) {
        const float scale = 1 / rows.weights[i][half];
        ERGON_UNROLL
        for (int j = 0; j < kHead / 8; ++j) {
          const int row = warp_row() + 16 * i + 8 * half;
          *reinterpret_cast<std::uint32_t*>(shared_memory() +
                                            Layout::output(lane_index(), row, j)) =
              pack<Element>(rows.sums[i][j][2 * half] * scale,
                            rows.sums[i][j][2 * half + 1] * scale);
        }
      }
    }
    warp_barrier();
    constexpr int kChunks = kHead / 8;
    for (int index = lane_index(); index < kWarpRows * kChunks; index += 32) {
      const int row = index / kChunks, chunk = index % kChunks;
      if (row >= existing || 8 * chunk >= x.units.head_size) continue;
      const auto* from = reinterpret_cast<const Chunk*>(shared_memory() +
                                                        swizzled<kChunks>(warp_row() + row, chunk));
      store_once(reinterpret_cast<Chunk*>(x.out + (first + row) * x.units.head_size + 8 * chunk),
                 *from);
    }
  }

  ERGON_LANE static void store_part(const Arguments& x, const Rows& rows, std::int64_t first,
                                    int existing) {
    first += block_y() * x.units.units * x.units.rows;
    ERGON_UNROLL
    for (int i = 0; i < kSixteens; ++i) {
      ERGON_UNROLL
      for (int half = 0; half < 2; ++half) {
        const int row = 16 * i + 8 * half + lane_index() / 4;
        if (row >= existing) continue;
        float* to = x.sums + (first + row) * x.units.head_size;
        ERGON_UNROLL
        for (int j = 0; j < kHead / 8; ++j) {
          const int column = 8 * j + lane_index() % 4 * 2;
          if (column >= x.units.head_size) continue;
          *reinterpret_cast<Pair*>(to + column) = {
              {rows.sums[i][j][2 * half], rows.sums[i][j][2 * half + 1]}};
        }
        if (lane_index() % 4 != 0) continue;
        *reinterpret_cast<Pair*>(x.stats +
                                 2 * (first + row)) = {{rows.base[i][half], rows.weights[i][half]}};
      }
    }
  }

  ERGON_LANE static void finish(const Arguments& x, Rows& rows, std::int64_t first, int existing) {
    ERGON_UNROLL
    for (int i = 0; i < kSixteens; ++i) {
      ERGON_UNROLL
      for (int half = 0; half < 2; ++half) {
        float& weight = rows.weights[i][half];
        weight += shuffle_xor(weight, 1);
        weight += shuffle_xor(weight, 2);
      }
    }
    if (x.splits == 1) {
      store_rows(x, rows, first, existing);
    } else {
      store_part(x, rows, first, existing);
    }
  }

  ERGON_LANE static void run(const Arguments& x) {
    const AttentionUnits& units = x.units;
    const RowTiles::Place place = x.tiles.place(block_x());
    const int end_row = std::min(place.first_row + kRows, units.rows);
    const int seen = units.seen_most(place.first_row, end_row);
    const KeyTiles tiles = key_tiles((seen + kKeys - 1) / kKeys, x.splits, block_y());
    const std::int64_t first = place.unit * units.rows + place.first_row;
    const std::int64_t kv = place.unit / units.units_per_kv * units.keys * units.head_size;

    copy_rows<kRows>(shared_memory(), x.q + first * units.head_size, end_row - place.first_row,
                     units.head_size);
    Feed feed = {.first = kv, .end = tiles.end, .read = 0};
    ERGON_UNROLL
    for (int i = 0; i < kSlots - 1; ++i) feed_matrix(x, feed, 2 * tiles.begin + i, i);
    Rows rows = start_rows(units, place.first_row);
    add_tiles(x, rows, feed, tiles);
    finish(x, rows, first + warp_row(), end_row - place.first_row - warp_row());
  }
};

}  // namespace ergon::ERGON_CUDA
