// What -fsanitize=thread makes the compiler call before every access to memory of the code of
// kernels: not ThreadSanitizer, which knows no blocks and no barriers of theirs, but the model. The
// names are those of LLVM's and GCC's instrumentation (compiler-rt, tsan_interface.h).
#include <cstddef>
#include <cstdint>

#include "kernels/cuda/model/block.h"

// Of AddressSanitizer, where the program has it (sanitizer/asan_interface.h).
extern "C" __attribute__((weak)) void* __asan_region_is_poisoned(  // NOLINT
    void* begin, std::size_t bytes);

namespace ergon::model {
namespace {

bool on_its_stack(const Thread& thread, const void* pointer) {
  const auto* byte = static_cast<const std::byte*>(pointer);
  return byte >= thread.fiber.stack && byte < thread.fiber.stack + thread.fiber.stack_bytes;
}

// What AddressSanitizer would have looked at, had it instrumented this code.
bool may_be_touched(const void* pointer, std::size_t bytes) {
  return __asan_region_is_poisoned == nullptr ||
         __asan_region_is_poisoned(const_cast<void*>(pointer), bytes) == nullptr;
}

// Code that binds runs on no thread of the model.
void see(const void* pointer, std::size_t bytes, bool writes, const void* code) {
  if (current_thread == nullptr || on_its_stack(*current_thread, pointer)) return;
  Block& block = *current_thread->block;
  const Call call = {writes ? "what it writes" : "what it reads", {nullptr, 0}};
  if (block.shared().holds(pointer, bytes)) {
    if (writes) {
      block.note_write(pointer, bytes, call, code);
    } else {
      block.note_read(pointer, bytes, call, code);
    }
  } else if (!may_be_touched(pointer, bytes)) {
    block.fail(call, Wrong::outside_memory, reinterpret_cast<std::intptr_t>(pointer),
               static_cast<std::int64_t>(bytes), code);
  }
}

}  // namespace
}  // namespace ergon::model

#define ERGON_SEE(bytes, writes) \
  ergon::model::see(pointer, bytes, writes, __builtin_return_address(0))

// NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming)
extern "C" {
void __tsan_init() {}
void __tsan_func_entry(void* /*caller*/) {}
void __tsan_func_exit(void* /*nothing*/) {}
void __tsan_vptr_update(void* /*pointer*/, void* /*value*/) {}
void __tsan_vptr_read(void* /*pointer*/) {}

void __tsan_read1(void* pointer) { ERGON_SEE(1, false); }
void __tsan_read2(void* pointer) { ERGON_SEE(2, false); }
void __tsan_read4(void* pointer) { ERGON_SEE(4, false); }
void __tsan_read8(void* pointer) { ERGON_SEE(8, false); }
void __tsan_read16(void* pointer) { ERGON_SEE(16, false); }
void __tsan_unaligned_read2(void* pointer) { ERGON_SEE(2, false); }
void __tsan_unaligned_read4(void* pointer) { ERGON_SEE(4, false); }
void __tsan_unaligned_read8(void* pointer) { ERGON_SEE(8, false); }
void __tsan_unaligned_read16(void* pointer) { ERGON_SEE(16, false); }
void __tsan_read_range(void* pointer, long bytes) {
  ERGON_SEE(static_cast<std::size_t>(bytes), false);
}

void __tsan_write1(void* pointer) { ERGON_SEE(1, true); }
void __tsan_write2(void* pointer) { ERGON_SEE(2, true); }
void __tsan_write4(void* pointer) { ERGON_SEE(4, true); }
void __tsan_write8(void* pointer) { ERGON_SEE(8, true); }
void __tsan_write16(void* pointer) { ERGON_SEE(16, true); }
void __tsan_unaligned_write2(void* pointer) { ERGON_SEE(2, true); }
void __tsan_unaligned_write4(void* pointer) { ERGON_SEE(4, true); }
void __tsan_unaligned_write8(void* pointer) { ERGON_SEE(8, true); }
void __tsan_unaligned_write16(void* pointer) { ERGON_SEE(16, true); }
void __tsan_write_range(void* pointer, long bytes) {
  ERGON_SEE(static_cast<std::size_t>(bytes), true);
}

// Atomics of the code that binds, on counts of references.
unsigned __tsan_atomic32_fetch_add(volatile void* value, unsigned by, int /*order*/) {
  return __atomic_fetch_add(static_cast<volatile unsigned*>(value), by, __ATOMIC_SEQ_CST);
}
unsigned __tsan_atomic32_fetch_sub(volatile void* value, unsigned by, int /*order*/) {
  return __atomic_fetch_sub(static_cast<volatile unsigned*>(value), by, __ATOMIC_SEQ_CST);
}
}
// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming)
#undef ERGON_SEE
