#pragma once

#include <cstdint>

namespace ergon {

// An IEEE half. Only its bits; what computes widens it first.
enum class F16 : std::uint16_t {};

}  // namespace ergon
