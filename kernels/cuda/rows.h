#pragma once

#include <algorithm>

#include "kernels/cuda/elements.h"
#include "kernels/cuda/group.h"
#include "kernels/cuda/row.h"

namespace ergon::ERGON_CUDA {

// Threads and blocks of a kernel that holds rows in registers, each in a group of kLanes threads. A
// thread has 64 bytes of its row on their way and 64 registers, 16 of which hold them; or twice
// that, and 128 registers but in the largest block. So a multiprocessor has up to 64 KB on their
// way, and 32 KB, enough for 4.8 TB/s (see Elementwise), from rows half as long as the group holds.
template <int kLanes, int kVectors>
struct RowGroups {
  static constexpr int kThreads = kLanes <= 32 ? 256 : kLanes;
  // Short rows' bookkeeping takes registers: with one block more ptxas would spill on sm_80.
  static constexpr int kBlocks =
      kThreads == 1024 ? 1 : 4096 / kVectors / kThreads - (kLanes == 8 ? 1 : 0);
  static constexpr int kSm = 53;
  static constexpr int kGroups = kThreads / kLanes;

  // take(row, lane) for every row of the group, and with row == rows where its neighbours in the
  // warp or block have a row left and it has none: combining takes all lanes.
  template <class Take>
  ERGON_LANE static void each_row(std::int64_t rows, const Take& take) {
    const std::int64_t step = std::int64_t{blocks_x()} * kGroups;
    for (std::int64_t i = std::int64_t{block_x()} * kGroups; i < rows; i += step) {
      const std::int64_t row = i + thread_index() / kLanes;
      take(row < rows ? row : rows, thread_index() % kLanes);
    }
  }
};

// Blocks enough for the rows, and no more than are resident: each takes rows in turn. Two
// combinations of a group have their slots in shared memory.
template <class Launchable, class Arguments>
[[nodiscard]] Launch launch_groups(const Binding& binding, std::int64_t rows,
                                   const Arguments& arguments) {
  const std::int64_t needed = (rows + Launchable::kGroups - 1) / Launchable::kGroups;
  const std::int64_t resident = multiprocessors(binding) * Launchable::kBlocks;
  const Grid grid = {.x = std::min(needed, resident),
                     .shared_bytes = 2 * kGroupSlots * static_cast<int>(sizeof(float))};
  return make_launch<Launchable>(binding.device, grid, arguments);
}

// Rows<Element, kLanes, kVectors> with the smallest group that holds a row of `columns`, which are
// at most kRowHeldMax.
template <template <class, int, int> class Rows, class Element, int kVectorsMax, class Arguments>
[[nodiscard]] Launch launch_rows(const Binding& binding, std::int64_t rows, std::int64_t columns,
                                 const Arguments& arguments) {
  const auto fits = [&](std::int64_t vectors) {
    return columns <= vectors * Vector<Element>::kCount;
  };
  const auto launch = [&]<class Launchable>(const Launchable*) {
    return launch_groups<Launchable>(binding, rows, arguments);
  };
  if (fits(8 * 4)) return launch(static_cast<const Rows<Element, 8, 4>*>(nullptr));
  if (fits(32 * 4)) return launch(static_cast<const Rows<Element, 32, 4>*>(nullptr));
  if (fits(32 * 8)) return launch(static_cast<const Rows<Element, 32, 8>*>(nullptr));
  if (fits(128 * 4)) return launch(static_cast<const Rows<Element, 128, 4>*>(nullptr));
  if (fits(256 * 4)) return launch(static_cast<const Rows<Element, 256, 4>*>(nullptr));
  if (fits(512 * 4)) return launch(static_cast<const Rows<Element, 512, 4>*>(nullptr));
  if (kVectorsMax == 4 || fits(1024 * 4)) {
    return launch(static_cast<const Rows<Element, 1024, 4>*>(nullptr));
  }
  return launch(static_cast<const Rows<Element, 1024, kVectorsMax>*>(nullptr));
}

// The longest row that they hold; 16 KB times kVectorsMax.
template <class Element, int kVectorsMax>
inline constexpr std::int64_t kRowHeldMax = RowPart<Element, 1024, kVectorsMax>::kMost;

}  // namespace ergon::ERGON_CUDA
