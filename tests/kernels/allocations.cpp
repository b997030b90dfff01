#include "tests/kernels/allocations.h"

#include <atomic>
#include <cstddef>

#if defined(__SANITIZE_ADDRESS__)
#define ERGON_ADDRESS_SANITIZER 1
// Of sanitizer/allocator_interface.h, which g++ does not install.
extern "C" int __sanitizer_install_malloc_and_free_hooks(  // NOLINT
    void (*malloc_hook)(const volatile void*, std::size_t),
    void (*free_hook)(const volatile void*));
#endif

namespace {

std::atomic<std::int64_t> count = 0;

}  // namespace

#if defined(ERGON_ADDRESS_SANITIZER)

namespace {

void counted(const volatile void* /*memory*/, std::size_t /*bytes*/) { ++count; }
void freed(const volatile void* /*memory*/) {}
const int installed = __sanitizer_install_malloc_and_free_hooks(counted, freed);

}  // namespace

#else

// glibc's own names for the functions that these replace in the whole process.
extern "C" {
void* __libc_malloc(std::size_t bytes);                           // NOLINT
void* __libc_calloc(std::size_t items, std::size_t bytes);        // NOLINT
void* __libc_realloc(void* memory, std::size_t bytes);            // NOLINT
void* __libc_memalign(std::size_t alignment, std::size_t bytes);  // NOLINT

void* malloc(std::size_t bytes) {
  ++count;
  return __libc_malloc(bytes);
}
void* calloc(std::size_t items, std::size_t bytes) {
  ++count;
  return __libc_calloc(items, bytes);
}
void* realloc(void* memory, std::size_t bytes) {
  ++count;
  return __libc_realloc(memory, bytes);
}
void* aligned_alloc(std::size_t alignment, std::size_t bytes) {
  ++count;
  return __libc_memalign(alignment, bytes);
}
}

#endif

namespace ergon {

std::int64_t allocation_count() { return count; }

}  // namespace ergon
