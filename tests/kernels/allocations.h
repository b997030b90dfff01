#pragma once

#include <cstdint>

namespace ergon {

// How often malloc and its kin, operator new with them, were called in this process so far, by any
// thread.
[[nodiscard]] std::int64_t allocation_count();

}  // namespace ergon
