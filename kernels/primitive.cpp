#include "kernels/primitive.h"

namespace ergon::primitive {

const Primitive* named(std::string_view name) {
  for (const Primitive* primitive : all()) {
    if (primitive->name == name) return primitive;
  }
  return nullptr;
}

}  // namespace ergon::primitive
