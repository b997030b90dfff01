#pragma once

// Attention of some rows of one group, a block of keys at a time, with the running maximum and sum
// of the online softmax (Milakov and Gimelshein 2018; tiled as in FlashAttention, Dao et al. 2022).
// Private: included after tile.inl.h and keys.inl.h. Floats are read and summed where they are; of
// bf16, queries, a block's values and the sums of the output are floats in the scratch.

constexpr std::size_t kPackRows = 2 * kTileRows;  // fewer rows than this read the keys as they are

// One thread's scratch: panels of a block's keys, scores of a tile, and per row of a group the
// maximum and the sum so far.
struct Scratch {
  float* panels;  // head_size x kBlock
  float* scores;  // kTileRows x kBlock
  float* maxima;
  float* sums;
  float* values;   // kBlock x head_size; of bf16 only, like what follows
  float* queries;  // rows x head_size
  float* outs;     // like queries
};

template <class Element>
constexpr bool kWidens = sizeof(Element) < sizeof(float);

template <class Element>
inline std::size_t scratch_floats(const HeadsOf<Element>& heads) {
  const std::size_t widened = kWidens<Element> ? (kBlock + 2 * heads.rows) * heads.head_size : 0;
  return (heads.head_size + kTileRows) * kBlock + 2 * heads.rows + widened;
}

template <class Element>
inline Scratch divide_scratch(const HeadsOf<Element>& heads, float* scratch) {
  float* scores = scratch + heads.head_size * kBlock;
  float* maxima = scores + kTileRows * kBlock;
  float* values = maxima + 2 * heads.rows;
  float* queries = values + kBlock * heads.head_size;
  return {.panels = scratch,
          .scores = scores,
          .maxima = maxima,
          .sums = maxima + heads.rows,
          .values = values,
          .queries = queries,
          .outs = queries + heads.rows * heads.head_size};
}

// Rows of one group, and the block of keys they meet: keys `key` .. key + count of the group.
struct Segment {
  std::size_t group, begin, end;
  std::size_t key, count;
  bool packed;
};

// The group's rows and the block's values as the tiles take them.
struct Floats {
  const float* queries;  // row r's at queries + r head_size
  float* outs;           // likewise
  const float* values;   // of the block
};

// to = from, as floats; and back.
template <class From, class To>
inline void copy_elements(const From* from, std::size_t count, To* to) {
  for (std::size_t i = 0; i < count; i += kLanes) {
    const Part lanes = part(smaller(kLanes, count - i));
    store(to + i, lanes, load(from + i, lanes));
  }
}

template <class Element>
inline Floats floats_of_group(const HeadsOf<Element>& heads, const Segment& segment,
                              const Scratch& scratch) {
  const std::size_t offset = segment.group * heads.rows * heads.head_size;
  if constexpr (kWidens<Element>) {
    const std::size_t first = segment.begin * heads.head_size;
    copy_elements(heads.q + offset + first, (segment.end - segment.begin) * heads.head_size,
                  scratch.queries + first);
    return {scratch.queries, scratch.outs, scratch.values};
  } else {
    return {heads.q + offset, heads.out + offset, nullptr};
  }
}

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
template <std::size_t kRows, class Element>
inline void attend_tile(const HeadsOf<Element>& heads, const Segment& segment, const Floats& floats,
                        std::size_t row, const Scratch& scratch) {
  std::size_t seen[kRows];
  std::size_t seen_max = 0;
  for (std::size_t r = 0; r < kRows; ++r) {
    const std::size_t all = heads.seen(row + r);
    if (all > seen_max) seen_max = all;
    seen[r] = all <= segment.key ? 0 : smaller(all - segment.key, segment.count);
  }
  if (seen_max <= segment.key) return;
  const std::size_t count = smaller(seen_max - segment.key, segment.count);
  const float* queries = floats.queries + row * heads.head_size;
  const std::size_t block = (segment.group * heads.keys + segment.key) * heads.head_size;
  if (segment.packed) {
    for (std::size_t j = 0; j < count; j += kPanel) {
      panel_scores<kRows>(queries, scratch.panels + j * heads.head_size, heads.head_size,
                          scratch.scores + j, (smaller(kPanel, count - j) + kLanes - 1) / kLanes);
    }
  } else {
    for (std::size_t r = 0; r < kRows; ++r) {
      direct_scores(queries + r * heads.head_size, heads.k + block, count, heads.head_size,
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
                        {floats.values, floats.outs + row * heads.head_size, heads.head_size},
                        first, before, after);
}

// The same for `rows`, 1 .. kRows, known at run time.
template <std::size_t kRows = kTileRows, class Element>
inline void attend_rows(const HeadsOf<Element>& heads, const Segment& segment, const Floats& floats,
                        std::size_t row, std::size_t rows, const Scratch& scratch) {
  if constexpr (kRows > 1) {
    if (rows < kRows) {
      attend_rows<kRows - 1>(heads, segment, floats, row, rows, scratch);
      return;
    }
  }
  attend_tile<kRows>(heads, segment, floats, row, scratch);
}

// Tiles of nearly equal height: 128 rows are 18 tiles of 6 and 4 of 5, where 21 of 6 and one of 2
// would leave the ports half idle in the last.
template <class Element>
inline void attend_segment(const HeadsOf<Element>& heads, Segment segment, const Scratch& scratch) {
  const std::size_t rows = segment.end - segment.begin;
  const std::size_t last = segment.end - 1;
  const bool one_head = segment.begin / heads.queries == last / heads.queries;
  const std::size_t keys = one_head ? heads.seen(last) : heads.keys;  // that any of the rows sees
  const std::size_t tiles = (rows + kTileRows - 1) / kTileRows;
  segment.packed = rows >= kPackRows;
  Floats floats = floats_of_group(heads, segment, scratch);
  for (segment.key = 0; segment.key < keys; segment.key += kBlock) {
    segment.count = smaller(kBlock, keys - segment.key);
    const std::size_t block = (segment.group * heads.keys + segment.key) * heads.head_size;
    if (segment.packed) {
      pack_keys(heads.k + block, segment.count, heads.head_size, scratch.panels);
    }
    if constexpr (kWidens<Element>) {
      copy_elements(heads.v + block, segment.count * heads.head_size, scratch.values);
    } else {
      floats.values = heads.v + block;
    }
    for (std::size_t tile = 0; tile < tiles; ++tile) {
      const std::size_t begin = segment.begin + rows * tile / tiles;
      const std::size_t end = segment.begin + rows * (tile + 1) / tiles;
      attend_rows(heads, segment, floats, begin, end - begin, scratch);
    }
  }
  if constexpr (kWidens<Element>) {
    const std::size_t first = segment.begin * heads.head_size;
    copy_elements(floats.outs + first, rows * heads.head_size,
                  heads.out + segment.group * heads.rows * heads.head_size + first);
  }
}

template <class Element>
inline void attend(const HeadsOf<Element>& heads, HeadRows rows, float* scratch) {
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
