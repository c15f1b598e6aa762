// Comparing secrets without telling how much of them was right.
#include "server/crypto/compare.hpp"

#include <openssl/crypto.h>

namespace encke::crypto {

bool constant_time_equal(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  return a.empty() || CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace encke::crypto
