#include "tests/kernels/guarded.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <span>

#include "kernels/error.h"

namespace ergon {
namespace {

constexpr std::size_t kPage = 4096;
constexpr auto kCanary = std::byte{0xff};

std::size_t round_up(std::size_t a, std::size_t b) { return (a + b - 1) / b * b; }

}  // namespace

Guarded::Guarded(std::size_t bytes, Placement placement)
    : bytes_(bytes), page_bytes_(round_up(std::max<std::size_t>(bytes, 1), kPage)) {
  const std::size_t all = page_bytes_ + 2 * kPage;
  void* mapped = mmap(nullptr, all, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ERGON_ASSERT(mapped != MAP_FAILED);
  auto* start = static_cast<std::byte*>(mapped);
  pages_ = start + kPage;
  ERGON_ASSERT(mprotect(pages_, page_bytes_, PROT_READ | PROT_WRITE) == 0);
  std::memset(pages_, static_cast<int>(kCanary), page_bytes_);
  std::byte* data =
      placement == Placement::at_front ? pages_ : pages_ + page_bytes_ - round_up(bytes, 64);
  buffer_ = Buffer(data, [start, all](std::byte*) { munmap(start, all); });
}

bool Guarded::surroundings_intact() const {
  const auto intact = [](std::byte byte) { return byte == kCanary; };
  const std::byte* data = buffer_.get();
  return std::all_of(static_cast<const std::byte*>(pages_), data, intact) &&
         std::all_of(data + bytes_, static_cast<const std::byte*>(pages_) + page_bytes_, intact);
}

}  // namespace ergon
