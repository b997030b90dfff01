#include "harness/sha256.h"

#include <openssl/evp.h>

#include <array>

#include "kernels/error.h"

namespace ergon {

std::string sha256(std::string_view bytes) {
  std::array<unsigned char, 32> digest{};
  std::size_t length = 0;
  const int ok =
      EVP_Q_digest(nullptr, "SHA256", nullptr, bytes.data(), bytes.size(), digest.data(), &length);
  ERGON_ASSERT(ok == 1 && length == digest.size());
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const unsigned char byte : digest) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

}  // namespace ergon
