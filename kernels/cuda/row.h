#pragma once

#include "kernels/cuda/vector.h"

namespace ergon::ERGON_CUDA {

// A run of packed elements, one row or a part of one, as its whole vectors and its edges: the
// elements before the first multiple of 16 bytes and behind the last. An operand begins at a
// multiple of 64 bytes, so `offset`, the run's first element, tells where those multiples are, in
// the output as in the input.
template <class Element>
struct Run {
  static constexpr int kWide = Vector<Element>::kCount;
  std::int64_t count;
  int head;  // elements before the first whole vector
  std::int64_t vectors;
  int edges;  // elements outside the vectors: fewer than 2 kWide

  ERGON_LANE Run(std::int64_t offset, std::int64_t elements) : count(elements) {
    const auto past = static_cast<int>(offset % kWide);
    const int before = past == 0 ? 0 : kWide - past;
    head = before < count ? before : static_cast<int>(count);
    vectors = (count - head) / kWide;
    edges = static_cast<int>(count - vectors * kWide);
  }
  // Where in the run edge i is, and vector i begins.
  ERGON_LANE std::int64_t edge(int i) const { return i < head ? i : count - edges + i; }
  ERGON_LANE std::int64_t vector(std::int64_t i) const { return head + i * kWide; }
};

// Stores a vector's elements, or one element, that a look has changed.
template <class Element, int kCount>
ERGON_LANE void store_elements(Element* to, const float (&x)[kCount]) {
  if constexpr (kCount == 1) {
    store_once(to, narrow_to<Element>(x[0]));
  } else {
    store_once(vectors_at(to), narrow_all<Element>(x));
  }
}

// What one of kLanes threads holds of a row of at most kMost elements, in registers: every
// kLanes'th vector and edge.
template <class Element, int kLanes, int kVectors>
struct RowPart {
  using V = Vector<Element>;
  static constexpr int kWide = V::kCount;
  static constexpr int kEdges = (2 * kWide - 2 + kLanes - 1) / kLanes;
  static constexpr int kMost = kLanes * kVectors * kWide;

  Run<Element> run;
  int lane;
  V vectors[kVectors];
  Element edges[kEdges];

  // All loads are on their way before the first is used.
  ERGON_LANE RowPart(const Element* row, const Run<Element>& of, int thread)
      : run(of), lane(thread) {
    const int count = static_cast<int>(run.vectors);
    const V* from = vectors_at(row + run.head);
    ERGON_UNROLL
    for (int i = 0; i < kVectors; ++i) {
      if (lane + i * kLanes < count) vectors[i] = load_once(from + lane + i * kLanes);
    }
    ERGON_UNROLL
    for (int i = 0; i < kEdges; ++i) {
      if (lane + i * kLanes < run.edges) edges[i] = load_once(row + run.edge(lane + i * kLanes));
    }
  }

  // look(x, column) at the elements, as float x[kWide] or x[1], the first of which is at `column`.
  template <class Look>
  ERGON_LANE void each(const Look& look) const {
    const int count = static_cast<int>(run.vectors);
    ERGON_UNROLL
    for (int i = 0; i < kVectors; ++i) {
      if (lane + i * kLanes >= count) continue;
      float x[kWide];
      widen_all<Element>(vectors[i], x);
      look(x, run.vector(lane + i * kLanes));
    }
    ERGON_UNROLL
    for (int i = 0; i < kEdges; ++i) {
      if (lane + i * kLanes >= run.edges) continue;
      float x[1] = {widen(edges[i])};
      look(x, run.edge(lane + i * kLanes));
    }
  }

  // Stores what change(x, column) leaves in the elements.
  template <class Change>
  ERGON_LANE void store(Element* row, const Change& change) const {
    each([&](auto& x, std::int64_t column) {
      change(x, column);
      store_elements(row + column, x);
    });
  }
};

// A run of any length, streamed by kLanes threads with kAhead vectors each on their way:
// look(x, column) as above.
template <class Element, int kLanes, int kAhead, class Look>
ERGON_LANE void stream_run(const Element* row, const Run<Element>& run, int lane,
                           const Look& look) {
  constexpr int kWide = Vector<Element>::kCount;
  const Vector<Element>* from = vectors_at(row + run.head);
  for (std::int64_t first = lane; first < run.vectors; first += kAhead * kLanes) {
    Vector<Element> vectors[kAhead];
    ERGON_UNROLL
    for (int i = 0; i < kAhead; ++i) {
      if (first + i * kLanes < run.vectors) vectors[i] = load_once(from + first + i * kLanes);
    }
    ERGON_UNROLL
    for (int i = 0; i < kAhead; ++i) {
      if (first + i * kLanes >= run.vectors) continue;
      float x[kWide];
      widen_all<Element>(vectors[i], x);
      look(x, run.vector(first + i * kLanes));
    }
  }
  for (int i = lane; i < run.edges; i += kLanes) {
    float x[1] = {widen(load_once(row + run.edge(i)))};
    look(x, run.edge(i));
  }
}

}  // namespace ergon::ERGON_CUDA
