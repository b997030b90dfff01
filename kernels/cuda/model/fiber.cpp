#include "kernels/cuda/model/fiber.h"

#include <sys/mman.h>

#include <cstdint>

#include "kernels/error.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

#if !defined(ERGON_MODEL_UCONTEXT)
// Keeps the registers that a call keeps (System V ABI, "Registers": rbx, rbp, r12 to r15) on the
// stack that is left, and takes those of the other.
extern "C" void ergon_model_switch(void** from, void* to);
asm(R"(
.text
.type ergon_model_switch, @function
ergon_model_switch:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
.size ergon_model_switch, . - ergon_model_switch
)");
#endif

namespace ergon::model {
namespace {

constexpr std::size_t kPage = 4096;
// Of one thread of a block, with a page that faults below. Sanitizers widen frames, and report on
// the stack that they find fault with.
constexpr std::size_t kStack = std::size_t{256} << 10;
// Stacks begin at different sets of the caches, which would hold eight of equal ones.
constexpr std::size_t kColours = 32;
constexpr std::size_t kColour = 320;

#if defined(__SANITIZE_ADDRESS__)
constinit thread_local Fiber* left = nullptr;

void finish_switch(Fiber* to) {
  const void* bottom = nullptr;
  std::size_t bytes = 0;
  __sanitizer_finish_switch_fiber(to == nullptr ? nullptr : to->fake_stack, &bottom, &bytes);
  if (left->stack != nullptr) return;
  left->stack = static_cast<std::byte*>(const_cast<void*>(bottom));
  left->stack_bytes = bytes;
}
#endif

}  // namespace

void begin_at(Fiber& fiber, void (*entry)()) {
#if defined(__SANITIZE_ADDRESS__)
  __asan_unpoison_memory_region(fiber.stack, fiber.stack_bytes);
  fiber.fake_stack = nullptr;
#endif
#if !defined(ERGON_MODEL_UCONTEXT)
  // As if a caller at address 0, where stack traces end, had called the entry: then the stack
  // pointer is 8 off a multiple of 16. Below lie six registers.
  auto* top = reinterpret_cast<void**>(fiber.stack + fiber.stack_bytes);
  top[-1] = nullptr;
  top[-2] = reinterpret_cast<void*>(entry);
  for (int i = 3; i <= 8; ++i) top[-i] = nullptr;
  fiber.stack_pointer = top - 8;
#else
  getcontext(&fiber.context);
  fiber.context.uc_stack.ss_sp = fiber.stack;
  fiber.context.uc_stack.ss_size = fiber.stack_bytes;
  fiber.context.uc_link = nullptr;
  makecontext(&fiber.context, entry, 0);
#endif
}

void switch_fiber(Fiber& from, Fiber& to) {
#if defined(__SANITIZE_ADDRESS__)
  left = &from;
  __sanitizer_start_switch_fiber(&from.fake_stack, to.stack, to.stack_bytes);
#endif
#if !defined(ERGON_MODEL_UCONTEXT)
  ergon_model_switch(&from.stack_pointer, to.stack_pointer);
#else
  swapcontext(&from.context, &to.context);
#endif
#if defined(__SANITIZE_ADDRESS__)
  finish_switch(&from);
#endif
}

void fiber_entered() {
#if defined(__SANITIZE_ADDRESS__)
  finish_switch(nullptr);
#endif
}

void Stacks::assign(int number, Fiber& fiber) {
  std::byte*& slab = slabs_[number / kSlab];
  if (slab == nullptr) {
    void* mapped = mmap(nullptr, kSlab * kStack, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    ERGON_ASSERT(mapped != MAP_FAILED);
    slab = static_cast<std::byte*>(mapped);
    for (int i = 0; i < kSlab; ++i) {
      ERGON_ASSERT(mprotect(slab + static_cast<std::size_t>(i) * kStack, kPage, PROT_NONE) == 0);
    }
  }
  const auto colour = static_cast<std::size_t>(number) % kColours * kColour;
  fiber.stack = slab + static_cast<std::size_t>(number % kSlab) * kStack + kPage;
  fiber.stack_bytes = kStack - kPage - colour;
}

Stacks::~Stacks() {
  for (std::byte* slab : slabs_) {
    if (slab == nullptr) continue;
#if defined(__SANITIZE_ADDRESS__)
    __asan_unpoison_memory_region(slab, kSlab * kStack);
#endif
    munmap(slab, kSlab * kStack);
  }
}

}  // namespace ergon::model
