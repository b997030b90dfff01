#include "tests/kernels/guarded_operands.h"

#include <cstring>

#include "tests/kernels/operands.h"

namespace ergon {

GuardedOperands::GuardedOperands(const Problem& problem, Placement placement)
    : bytes_(make_operands(problem, 5)) {
  for (const std::vector<std::byte>& operand : bytes_) {
    guarded_.emplace_back(operand.size(), placement);
    buffers_.push_back(guarded_.back().buffer());
    std::memcpy(buffers_.back().get(), operand.data(), operand.size());
  }
}

void GuardedOperands::spoil_output(int byte) {
  std::memset(buffers_.back().get(), byte, bytes_.back().size());
}

std::vector<std::vector<std::byte>> GuardedOperands::result() const {
  std::vector<std::vector<std::byte>> all = bytes_;
  std::memcpy(all.back().data(), buffers_.back().get(), all.back().size());
  return all;
}

bool GuardedOperands::only_output_changed() const {
  bool intact = true;
  for (std::size_t i = 0; i < guarded_.size(); ++i) {
    intact = intact && guarded_[i].surroundings_intact();
    if (i + 1 == guarded_.size()) break;
    intact = intact && std::memcmp(buffers_[i].get(), bytes_[i].data(), bytes_[i].size()) == 0;
  }
  return intact;
}

}  // namespace ergon
