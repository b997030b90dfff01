#pragma once

// Keys as the tiles need them, from floats or bf16. Private: included after tile.inl.h.

// Transposes `count` keys, row-major from `keys`, into panels of kPanel keys: panel p holds
// head_size x kPanel floats; of the last, only the vectors that have a key are written, with zeros
// beyond the last key.
template <class Element>
inline void pack_keys(const Element* keys, std::size_t count, std::size_t head_size,
                      float* panels) {
  for (std::size_t first = 0; first < count; first += kLanes) {
    float* panel = panels + first / kPanel * kPanel * head_size + first % kPanel;
    for (std::size_t d = 0; d < head_size; d += kLanes) {
      const std::size_t width = smaller(kLanes, head_size - d);
      const Part lanes = part(width);
      Vector block[kLanes];
      for (std::size_t i = 0; i < kLanes; ++i) {
        const bool there = first + i < count;
        block[i] = there ? load(keys + (first + i) * head_size + d, lanes) : set(0);
      }
      transpose(block);
      for (std::size_t i = 0; i < width; ++i) store(panel + (d + i) * kPanel, block[i]);
    }
  }
}

// Scores of one query with `count` keys, row-major from `keys`: for tiles whose rows are too few to
// pay for packing. kLanes sums at a time, whose lanes a transposition brings together.
template <class Element>
inline void direct_scores(const float* query, const Element* keys, std::size_t count,
                          std::size_t head_size, float* scores) {
  for (std::size_t first = 0; first < count; first += kLanes) {
    const std::size_t wanted = smaller(kLanes, count - first);
    Vector sums[kLanes];
    for (Vector& sum : sums) sum = set(0);
    for (std::size_t d = 0; d < head_size; d += kLanes) {
      const Part lanes = part(smaller(kLanes, head_size - d));
      const Vector part_of_query = load(query + d, lanes);
      for (std::size_t i = 0; i < kLanes; ++i) {
        // The last key again in place of those that are not there.
        const Element* key = keys + (first + smaller(i, wanted - 1)) * head_size + d;
        sums[i] = fma(part_of_query, load(key, lanes), sums[i]);
      }
    }
    transpose(sums);
    Vector total = sums[0];
    for (std::size_t i = 1; i < kLanes; ++i) total = add(total, sums[i]);
    store(scores + first, part(wanted), total);
  }
}
