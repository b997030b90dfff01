#include "kernels/cuda/model/shared_memory.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>

#include "kernels/error.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#endif

namespace ergon::model {
namespace {

constexpr std::size_t kPage = 4096;
constexpr std::size_t kAlignment = 1024;
constexpr int kNan = 0xff;

std::size_t round_up(std::size_t a, std::size_t b) { return (a + b - 1) / b * b; }

void guard([[maybe_unused]] std::byte* begin, [[maybe_unused]] std::byte* end,
           [[maybe_unused]] bool closed) {
#if defined(__SANITIZE_ADDRESS__)
  const auto bytes = static_cast<std::size_t>(end - begin);
  if (closed) {
    __asan_poison_memory_region(begin, bytes);
  } else {
    __asan_unpoison_memory_region(begin, bytes);
  }
#endif
}

}  // namespace

SharedMemory::~SharedMemory() { unmap(); }

void SharedMemory::unmap() {
  if (mapped_ == nullptr) return;
  guard(mapped_ + kPage, mapped_ + kPage + page_bytes_, false);
  munmap(mapped_, page_bytes_ + 2 * kPage);
}

void SharedMemory::prepare(std::size_t bytes) {
  const std::size_t pages = round_up(std::max<std::size_t>(bytes, 1), kPage);
  if (pages <= page_bytes_) return;
  unmap();
  page_bytes_ = pages;
  const std::size_t all = pages + 2 * kPage;
  void* mapped = mmap(nullptr, all, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ERGON_ASSERT(mapped != MAP_FAILED);
  mapped_ = static_cast<std::byte*>(mapped);
  ERGON_ASSERT(mprotect(mapped_ + kPage, pages, PROT_READ | PROT_WRITE) == 0);
}

// Bytes before the block's own, which a larger block had, are as forbidden as those behind.
void SharedMemory::begin_launch(std::size_t bytes) {
  std::byte* first = mapped_ + kPage;
  std::byte* end = first + page_bytes_;
  bytes_ = bytes;
  data_ = end - round_up(bytes, kAlignment);
  std::memset(first, kNan, page_bytes_);
  guard(first, data_, true);
  guard(data_ + bytes, end, true);
}

void SharedMemory::begin_block() { std::memset(data_, kNan, bytes_); }

bool SharedMemory::end_launch() {
  std::byte* first = mapped_ + kPage;
  std::byte* end = first + page_bytes_;
  guard(first, end, false);
  const auto intact = [](std::byte byte) { return byte == std::byte{kNan}; };
  return std::all_of(first, data_, intact) && std::all_of(data_ + bytes_, end, intact);
}

bool SharedMemory::holds(const void* pointer, std::size_t bytes) const {
  const auto* byte = static_cast<const std::byte*>(pointer);
  return byte >= data_ && byte <= data_ + bytes_ &&
         static_cast<std::size_t>(data_ + bytes_ - byte) >= bytes;
}

}  // namespace ergon::model
