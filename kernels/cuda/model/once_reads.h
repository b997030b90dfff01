#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "kernels/cuda/model/random.h"
#include "kernels/cuda/model/thread.h"

namespace ergon::model {

// Memory that load_once reads must not be written by the same launch: its way past the coherent
// cache may give old bytes. A sample of what was read is kept, and compared when the launch ends.
class OnceReads {
 public:
  struct Read {
    const std::byte* from;
    std::uint8_t bytes;
    std::byte held[16];
    int thread;
    Call call;
  };

  void begin();
  void note(const void* from, std::size_t bytes, int thread, Call call, Random& random);
  // One that was written to since; null where there is none.
  [[nodiscard]] const Read* changed() const;

 private:
  static constexpr std::uint32_t kSamples = 1024;
  std::vector<Read> reads_;
  std::uint32_t seen_ = 0;
};

}  // namespace ergon::model
