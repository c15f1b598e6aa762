// Message digests: one-shot calls over OpenSSL's EVP.
#include "server/crypto/digest.hpp"

#include <openssl/evp.h>

#include <cstdlib>

namespace encke::crypto {
namespace {

// The algorithm is fetched once: a fetch costs more than hashing a handshake key does.
template <typename Digest>
Digest digest_with(const EVP_MD* algorithm, std::string_view bytes) {
  Digest out;
  // Without the algorithm (a FIPS-only libcrypto has no MD5) no handshake can be right, so there is no way
  // on.
  if (algorithm == nullptr ||
      EVP_Digest(bytes.data(), bytes.size(), out.data(), nullptr, algorithm, nullptr) != 1) {
    std::abort();
  }
  return out;
}

}  // namespace

Sha1 sha1(std::string_view bytes) {
  static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA1", nullptr);
  return digest_with<Sha1>(algorithm, bytes);
}

Md5 md5(std::string_view bytes) {
  static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "MD5", nullptr);
  return digest_with<Md5>(algorithm, bytes);
}

Sha256 sha256(std::string_view bytes) {
  static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return digest_with<Sha256>(algorithm, bytes);
}

}  // namespace encke::crypto
