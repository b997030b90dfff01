#pragma once

#include <cstddef>

// Elsewhere, and where it is defined, switches cost a system call each.
#if !defined(__x86_64__) && !defined(ERGON_MODEL_UCONTEXT)
#define ERGON_MODEL_UCONTEXT
#endif
#if defined(ERGON_MODEL_UCONTEXT)
#include <ucontext.h>
#endif

namespace ergon::model {

// Code on a stack of its own, left where it switched away. The stack of a default-constructed one
// is that of the thread of the operating system which switches away from it first.
struct Fiber {
#if defined(ERGON_MODEL_UCONTEXT)
  ucontext_t context;
#else
  void* stack_pointer = nullptr;
#endif
  std::byte* stack = nullptr;  // lowest byte
  std::size_t stack_bytes = 0;
  void* fake_stack = nullptr;  // of AddressSanitizer
};

// Makes `fiber` begin at the start of `entry`, which never returns, when it is next switched to.
void begin_at(Fiber& fiber, void (*entry)());

// Leaves `from`, the code that runs, and goes on where `to` was left.
void switch_fiber(Fiber& from, Fiber& to);

// The first thing that the entry of a fiber calls.
void fiber_entered();

// Stacks between pages that cannot be touched.
class Stacks {
 public:
  Stacks() = default;
  Stacks(const Stacks&) = delete;
  Stacks& operator=(const Stacks&) = delete;
  ~Stacks();
  // Gives a fiber the stack of that number.
  void assign(int number, Fiber& fiber);

 private:
  static constexpr int kSlab = 64;  // stacks that are mapped at once
  static constexpr int kSlabs = 16;
  std::byte* slabs_[kSlabs] = {};
};

}  // namespace ergon::model
