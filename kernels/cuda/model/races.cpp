#include "kernels/cuda/model/races.h"

#include <algorithm>

namespace ergon::model {

void Races::begin_launch(std::size_t shared_bytes) {
  const std::size_t lines = (shared_bytes + kLine - 1) / kLine;
  if (lines_.size() < lines) lines_.resize(lines);
}

void Races::begin_block() {
  before_block_ = *std::max_element(epoch_, epoch_ + kWarps);
  std::fill(epoch_, epoch_ + kWarps, before_block_ + 1);
  for (auto& of_warp : known_) std::fill(of_warp, of_warp + kWarps, before_block_);
  std::fill(floor_, floor_ + kWarps, before_block_);
}

void Races::meet(std::uint32_t warps) {
  std::uint32_t joined[kWarps] = {};
  for (int i = 0; i < kWarps; ++i) {
    if ((warps >> i & 1U) == 0) continue;
    for (int j = 0; j < kWarps; ++j) joined[j] = std::max(joined[j], known_[i][j]);
  }
  for (int i = 0; i < kWarps; ++i) {
    if ((warps >> i & 1U) != 0) joined[i] = epoch_[i]++;
  }
  const std::uint32_t floor = *std::min_element(joined, joined + kWarps);
  for (int i = 0; i < kWarps; ++i) {
    if ((warps >> i & 1U) == 0) continue;
    std::copy(joined, joined + kWarps, known_[i]);
    floor_[i] = floor;
  }
}

Races::Part Races::part(std::size_t offset, std::size_t end) {
  const std::size_t line = offset / kLine * kLine;
  const std::size_t last = std::min(end, line + kLine);
  return {.line = &lines_[offset / kLine],
          .offset = line,
          .first = (offset - line) / kGrain,
          .end = (last - line + kGrain - 1) / kGrain};
}

Races::Met Races::meets_writes(const Part& part, int thread) const {
  if (part.line->newest_write <= floor_[thread / 32]) return {};
  for (std::size_t i = part.first; i < part.end; ++i) {
    const Write& write = part.line->writes[i];
    const bool copies = under_way(write);
    if (!copies && ordered(write.epoch, write.thread, thread)) continue;
    return {.did = copies ? Did::copies : Did::wrote,
            .thread = write.thread,
            .offset = part.offset + i * kGrain,
            .code = write.code};
  }
  return {};
}

Races::Met Races::meets_reads(const Part& part, int thread) const {
  if (part.line->newest_read <= floor_[thread / 32]) return {};
  const std::uint16_t grains = part.grains();
  for (const Read& read : part.line->reads) {
    if ((read.grains & grains) == 0 || ordered(read.epoch, read.thread, thread)) continue;
    const int first = __builtin_ctz(static_cast<unsigned>(read.grains & grains));
    return {.did = Did::read,
            .thread = read.thread,
            .offset = part.offset + static_cast<std::size_t>(first) * kGrain};
  }
  return {};
}

Races::Met Races::read(int thread, std::size_t offset, std::size_t bytes) {
  const std::size_t end = offset + bytes;
  for (; offset < end; offset = offset / kLine * kLine + kLine) {
    const Part part = this->part(offset, end);
    if (const Met met = meets_writes(part, thread); met.did != Did::nothing) return met;
    const std::uint32_t epoch = epoch_[thread / 32];
    Read& read = part.line->reads[thread % kReaders];
    const bool again = read.thread == thread && read.epoch == epoch;
    read = {.epoch = epoch,
            .thread = static_cast<std::uint16_t>(thread),
            .grains = static_cast<std::uint16_t>((again ? read.grains : 0) | part.grains())};
    part.line->newest_read = std::max(part.line->newest_read, epoch);
  }
  return {};
}

// What meets an access before this write meets the write, which lies behind it.
void Races::set(const Part& part, const Write& write) {
  Line& line = *part.line;
  std::fill(line.writes + part.first, line.writes + part.end, write);
  for (Read& read : line.reads) read.grains &= static_cast<std::uint16_t>(~part.grains());
  line.newest_write = 0;
  for (const Write& each : line.writes) {
    line.newest_write = std::max(line.newest_write, under_way(each) ? kUnderWay : each.epoch);
  }
}

Races::Met Races::put(int thread, std::size_t offset, std::size_t bytes, const Write& write) {
  const std::size_t end = offset + bytes;
  for (; offset < end; offset = offset / kLine * kLine + kLine) {
    const Part part = this->part(offset, end);
    if (const Met met = meets_writes(part, thread); met.did != Did::nothing) return met;
    if (const Met met = meets_reads(part, thread); met.did != Did::nothing) return met;
    set(part, write);
  }
  return {};
}

Races::Met Races::write(int thread, std::size_t offset, std::size_t bytes, const void* code) {
  return put(thread, offset, bytes,
             {.epoch = epoch_[thread / 32],
              .thread = static_cast<std::uint16_t>(thread),
              .copies = false,
              .code = code});
}

Races::Met Races::copy(int thread, std::size_t offset, std::size_t bytes) {
  return put(thread, offset, bytes,
             {.epoch = epoch_[thread / 32],
              .thread = static_cast<std::uint16_t>(thread),
              .copies = true,
              .code = nullptr});
}

void Races::land(int thread, std::size_t offset, std::size_t bytes) {
  const std::size_t end = offset + bytes;
  for (; offset < end; offset = offset / kLine * kLine + kLine) {
    const Part part = this->part(offset, end);
    const Write& write = part.line->writes[part.first];
    if (write.thread != thread || !under_way(write)) continue;
    set(part,
        {.epoch = epoch_[thread / 32], .thread = write.thread, .copies = false, .code = nullptr});
  }
}

}  // namespace ergon::model
