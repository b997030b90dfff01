#pragma once

#include <cstddef>

namespace ergon::model {

// A block's dynamic shared memory: at a multiple of 1024 bytes, ending before a page that faults,
// with at most 1023 bytes between, which AddressSanitizer guards and which are looked at afterwards
// without it.
class SharedMemory {
 public:
  SharedMemory() = default;
  SharedMemory(const SharedMemory&) = delete;
  SharedMemory& operator=(const SharedMemory&) = delete;
  ~SharedMemory();

  void prepare(std::size_t bytes);
  // Of the blocks of a launch, at most as much as was prepared.
  void begin_launch(std::size_t bytes);
  // Every byte 0xff, which is NaN in every floating-point dtype.
  void begin_block();
  // Opens what was guarded, and gives whether nobody wrote there.
  [[nodiscard]] bool end_launch();

  [[nodiscard]] std::byte* data() const { return data_; }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  [[nodiscard]] bool holds(const void* pointer, std::size_t bytes) const;

 private:
  void unmap();

  std::byte* mapped_ = nullptr;
  std::size_t page_bytes_ = 0;  // that may be touched, from the second page on
  std::byte* data_ = nullptr;
  std::size_t bytes_ = 0;
};

}  // namespace ergon::model
