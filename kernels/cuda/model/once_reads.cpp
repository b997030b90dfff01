#include "kernels/cuda/model/once_reads.h"

#include <algorithm>
#include <cstring>

namespace ergon::model {

void OnceReads::begin() {
  reads_.clear();
  reads_.reserve(kSamples);
  seen_ = 0;
}

// The first reads are kept; later ones take the place of some, with a chance that falls as they
// become many: a uniform sample (Vitter, "Random Sampling with a Reservoir", algorithm R).
void OnceReads::note(const void* from, std::size_t bytes, int thread, Call call, Random& random) {
  ++seen_;
  std::uint32_t place = static_cast<std::uint32_t>(reads_.size());
  if (place == kSamples) {
    place = random.below(seen_);
    if (place >= kSamples) return;
  } else {
    reads_.emplace_back();
  }
  Read& read = reads_[place];
  read = {static_cast<const std::byte*>(from), static_cast<std::uint8_t>(bytes), {}, thread, call};
  std::memcpy(read.held, from, bytes);
}

const OnceReads::Read* OnceReads::changed() const {
  const auto differs = [](const Read& read) {
    return std::memcmp(read.from, read.held, read.bytes) != 0;
  };
  const auto found = std::find_if(reads_.begin(), reads_.end(), differs);
  return found == reads_.end() ? nullptr : &*found;
}

}  // namespace ergon::model
