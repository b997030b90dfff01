#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace ergon::model {

// Who touched the shared memory of a block, and whether a barrier lies between: the order that
// barriers make, not the one that threads happened to run in, so one seed shows what another would
// hide. After FastTrack (Flanagan & Freund 2009): an access is an epoch of its warp, and a warp
// knows up to which epoch each other warp's accesses lie before its own. Lanes of a warp are at the
// same barriers, and ordered by these alone: shuffles order nothing.
class Races {
 public:
  enum class Did : std::uint8_t { nothing, read, wrote, copies };
  // What an access meets that no barrier orders before it; Did::nothing where all is in order.
  struct Met {
    Did did = Did::nothing;
    int thread = 0;
    std::size_t offset = 0;      // of a byte that both touch
    const void* code = nullptr;  // that wrote; null where it is not known
  };

  void begin_launch(std::size_t shared_bytes);  // of each block
  // All accesses of earlier blocks lie before those of this one.
  void begin_block();
  // The warps of the mask have waited for each other.
  void meet(std::uint32_t warps);

  // Accesses of a thread of the block, of bytes that begin_launch() was told of; what is met was
  // there before, and the access counts for later ones where it met nothing.
  [[nodiscard]] Met read(int thread, std::size_t offset, std::size_t bytes);
  [[nodiscard]] Met write(int thread, std::size_t offset, std::size_t bytes, const void* code);
  // An asynchronous copy, which writes until its thread has waited for it: then land() says so.
  [[nodiscard]] Met copy(int thread, std::size_t offset, std::size_t bytes);
  void land(int thread, std::size_t offset, std::size_t bytes);

 private:
  static constexpr int kWarps = 32;
  // Memory is looked at by lines of the widest access, and in these by the smallest element.
  static constexpr std::size_t kLine = 16;
  static constexpr std::size_t kGrain = 2;
  static constexpr std::size_t kGrains = kLine / kGrain;
  // Of a line's readers; one more takes the place of one of them, and a race with that is missed.
  static constexpr int kReaders = 8;
  struct Write {
    std::uint32_t epoch = 0;  // 0: none
    std::uint16_t thread = 0;
    bool copies = false;
    const void* code = nullptr;
  };
  struct Read {
    std::uint32_t epoch = 0;
    std::uint16_t thread = 0;
    std::uint16_t grains = 0;  // a bit each
  };
  struct Line {
    // Epochs, the greatest of each kind; kUnderWay while a copy may be.
    std::uint32_t newest_write = 0, newest_read = 0;
    Write writes[kGrains];
    Read reads[kReaders];
  };
  static constexpr std::uint32_t kUnderWay = 0xffffffffU;
  // What of a line an access touches.
  struct Part {
    Line* line;
    std::size_t offset;      // of the line
    std::size_t first, end;  // grains
    std::uint16_t grains() const { return static_cast<std::uint16_t>((1U << end) - (1U << first)); }
  };

  [[nodiscard]] bool ordered(std::uint32_t epoch, int of, int thread) const {
    return of == thread || epoch <= known_[thread / 32][of / 32];
  }
  [[nodiscard]] bool under_way(const Write& write) const {
    return write.copies && write.epoch > before_block_;
  }
  [[nodiscard]] Part part(std::size_t offset, std::size_t end);
  [[nodiscard]] Met meets_writes(const Part& part, int thread) const;
  [[nodiscard]] Met meets_reads(const Part& part, int thread) const;
  [[nodiscard]] Met put(int thread, std::size_t offset, std::size_t bytes, const Write& write);
  void set(const Part& part, const Write& write);

  std::vector<Line> lines_;
  std::uint32_t epoch_[kWarps] = {};  // of each warp's accesses from now on
  std::uint32_t known_[kWarps][kWarps] = {};
  std::uint32_t floor_[kWarps] = {};  // the least of known_[warp]: all of it is known
  std::uint32_t before_block_ = 0;
};

}  // namespace ergon::model
