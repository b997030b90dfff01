#pragma once

// Attention of some rows of one group, a block of keys at a time, with the running maximum and sum
// of the online softmax (Milakov and Gimelshein 2018; tiled as in FlashAttention, Dao et al. 2022).
// Private: included after tile.inl.h and keys.inl.h.

constexpr std::size_t kPackRows = 2 * kTileRows;  // fewer rows than this read the keys as they are

// One thread's scratch: panels of a block's keys, scores of a tile, and per row of a group the
// maximum and the sum so far.
struct Scratch {
  float* panels;  // head_size x kBlock
  float* scores;  // kTileRows x kBlock
  float* maxima;
  float* sums;
};

inline std::size_t scratch_floats(const Heads& heads) {
  return (heads.head_size + kTileRows) * kBlock + 2 * heads.rows;
}

inline Scratch divide_scratch(const Heads& heads, float* scratch) {
  float* scores = scratch + heads.head_size * kBlock;
  float* maxima = scores + kTileRows * kBlock;
  return {scratch, scores, maxima, maxima + heads.rows};
}

// Rows of one group, and the block of keys they meet: keys `key` .. key + count of the group.
struct Segment {
  std::size_t group, begin, end;
  std::size_t key, count;
  bool packed;
};

// Turns the scores of a row into weights and returns the factor for what was summed before: 2 to
// the power of what the maximum moved. `scale` takes scores to base 2. The row sees `seen` of the
// block's keys; weights up to `count` are zero.
inline float weigh(float* scores, std::size_t seen, std::size_t count, float scale, bool first,
                   float& max_so_far, float& sum_so_far) {
  if (seen == 0) {
    for (std::size_t j = 0; j < count; ++j) scores[j] = 0;
    return 1;
  }
  Vector max_at[2] = {set(first ? kLowest : max_so_far), set(kLowest)};
  std::size_t j = 0;
  for (; j + 2 * kLanes <= seen; j += 2 * kLanes) {
    max_at[0] = max(max_at[0], load(scores + j));
    max_at[1] = max(max_at[1], load(scores + j + kLanes));
  }
  for (; j < seen; j += kLanes) {
    const Part lanes = part(smaller(kLanes, seen - j));
    max_at[0] = max(max_at[0], load(scores + j, lanes, set(kLowest)));
  }
  const float max_now = max_of(max(max_at[0], max_at[1]));
  const Vector factor = set(scale);
  const Vector shift = set(-max_now * scale);
  Vector sum = set(0);
  for (j = 0; j < count; j += kLanes) {
    const Part lanes = part(j < seen ? smaller(kLanes, seen - j) : 0);
    const Vector weight = select(lanes, exp2(fma(load(scores + j), factor, shift)), set(0));
    store(scores + j, weight);
    sum = add(sum, weight);
  }
  const float before = first ? 0 : first_of(exp2(set((max_so_far - max_now) * scale)));
  max_so_far = max_now;
  sum_so_far = (first ? 0 : sum_so_far * before) + sum_of(sum);
  return before;
}

// kRows rows of the group from `row`, against the block.
template <std::size_t kRows>
inline void attend_tile(const Heads& heads, const Segment& segment, std::size_t row,
                        const Scratch& scratch) {
  std::size_t seen[kRows];
  std::size_t seen_max = 0;
  for (std::size_t r = 0; r < kRows; ++r) {
    const std::size_t all = heads.seen(row + r);
    if (all > seen_max) seen_max = all;
    seen[r] = all <= segment.key ? 0 : smaller(all - segment.key, segment.count);
  }
  if (seen_max <= segment.key) return;
  const std::size_t count = smaller(seen_max - segment.key, segment.count);
  const std::size_t offset = (segment.group * heads.rows + row) * heads.head_size;
  const std::size_t block = (segment.group * heads.keys + segment.key) * heads.head_size;
  if (segment.packed) {
    for (std::size_t j = 0; j < count; j += kPanel) {
      panel_scores<kRows>(heads.q + offset, scratch.panels + j * heads.head_size, heads.head_size,
                          scratch.scores + j, (smaller(kPanel, count - j) + kLanes - 1) / kLanes);
    }
  } else {
    for (std::size_t r = 0; r < kRows; ++r) {
      direct_scores(heads.q + offset + r * heads.head_size, heads.k + block, count, heads.head_size,
                    scratch.scores + r * kBlock);
    }
  }
  const bool first = segment.key == 0;
  const bool last = segment.key + segment.count >= seen_max;
  const float scale = kLog2E / std::sqrt(static_cast<float>(heads.head_size));
  float before[kRows];
  float after[kRows];
  for (std::size_t r = 0; r < kRows; ++r) {
    before[r] = weigh(scratch.scores + r * kBlock, seen[r], count, scale, first,
                      scratch.maxima[row + r], scratch.sums[row + r]);
    after[r] = last ? 1 / scratch.sums[row + r] : 1;
  }
  add_all_values<kRows>(scratch.scores, count,
                        {heads.v + block, heads.out + offset, heads.head_size}, first, before,
                        after);
}

// The same for `rows`, 1 .. kRows, known at run time.
template <std::size_t kRows = kTileRows>
inline void attend_rows(const Heads& heads, const Segment& segment, std::size_t row,
                        std::size_t rows, const Scratch& scratch) {
  if constexpr (kRows > 1) {
    if (rows < kRows) {
      attend_rows<kRows - 1>(heads, segment, row, rows, scratch);
      return;
    }
  }
  attend_tile<kRows>(heads, segment, row, scratch);
}

// Tiles of nearly equal height: 128 rows are 18 tiles of 6 and 4 of 5, where 21 of 6 and one of 2
// would leave the ports half idle in the last.
inline void attend_segment(const Heads& heads, Segment segment, const Scratch& scratch) {
  const std::size_t rows = segment.end - segment.begin;
  const std::size_t last = segment.end - 1;
  const bool one_head = segment.begin / heads.queries == last / heads.queries;
  const std::size_t keys = one_head ? heads.seen(last) : heads.keys;  // that any of the rows sees
  const std::size_t tiles = (rows + kTileRows - 1) / kTileRows;
  segment.packed = rows >= kPackRows;
  for (segment.key = 0; segment.key < keys; segment.key += kBlock) {
    segment.count = smaller(kBlock, keys - segment.key);
    if (segment.packed) {
      pack_keys(heads.k + (segment.group * heads.keys + segment.key) * heads.head_size,
                segment.count, heads.head_size, scratch.panels);
    }
    for (std::size_t tile = 0; tile < tiles; ++tile) {
      const std::size_t begin = segment.begin + rows * tile / tiles;
      const std::size_t end = segment.begin + rows * (tile + 1) / tiles;
      attend_rows(heads, segment, begin, end - begin, scratch);
    }
  }
}

inline void attend(const Heads& heads, HeadRows rows, float* scratch) {
  const Scratch divided = divide_scratch(heads, scratch);
  for (std::size_t begin = rows.begin; begin < rows.end;) {
    const std::size_t group = begin / heads.rows;
    const std::size_t end = smaller(rows.end, (group + 1) * heads.rows);
    attend_segment(heads,
                   {.group = group,
                    .begin = begin - group * heads.rows,
                    .end = end - group * heads.rows,
                    .key = 0,
                    .count = 0,
                    .packed = false},
                   divided);
    begin = end;
  }
}
