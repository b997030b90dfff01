#include "kernels/gemm/library.h"

#include <dlfcn.h>

#if defined(__SANITIZE_ADDRESS__)
#define ERGON_ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ERGON_ADDRESS_SANITIZER 1
#endif
#endif

#if defined(ERGON_ADDRESS_SANITIZER)
// The leak checker guesses where a library that was opened keeps its thread-local variables, and
// faults over BLIS'; without this guess it looks at those of the program alone.
extern "C" const char* __asan_default_options();                             // NOLINT
const char* __asan_default_options() { return "intercept_tls_get_addr=0"; }  // NOLINT
#endif

namespace ergon {

void* open_library(std::span<const char* const> names) {
  // Address sanitizer forbids RTLD_DEEPBIND, as it replaces symbols of its own.
#if defined(ERGON_ADDRESS_SANITIZER)
  constexpr int kMode = RTLD_NOW | RTLD_LOCAL;
#else
  constexpr int kMode = RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND;
#endif
  for (const char* name : names) {
    if (void* library = dlopen(name, kMode); library != nullptr) return library;
  }
  return nullptr;
}

}  // namespace ergon
