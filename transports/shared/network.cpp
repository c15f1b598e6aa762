// Which network a client is in.
#include "transports/shared/network.hpp"

#include "server/crypto/digest.hpp"
#include "server/crypto/hex.hpp"

#include <arpa/inet.h>

#include <array>

namespace encke::facade {

namespace {

constexpr std::size_t kPrefix4 = 3;  // bytes: /24, what one household, office or cell is behind
constexpr std::size_t kPrefix6 = 6;  // /48, what one site is given
constexpr std::size_t kDigits = 8;

}  // namespace

std::string network_of(std::string_view address) {
  const std::string text(address);
  std::array<char, sizeof(in6_addr)> bytes{};
  std::string network = "encke network ";
  if (::inet_pton(AF_INET, text.c_str(), bytes.data()) == 1) {
    network.append("4").append(bytes.data(), kPrefix4);
  } else if (::inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1) {
    network.append("6").append(bytes.data(), kPrefix6);
  } else {
    network.append("?").append(text);
  }
  return crypto::hex(crypto::sha256(network)).substr(0, kDigits);
}

}  // namespace encke::facade
