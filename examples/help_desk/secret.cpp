// 128 bits from the system, and a comparison that tells nothing by its time.
#include "examples/help_desk/secret.hpp"

#include <sys/random.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <system_error>

namespace help_desk {

std::string make_secret() {
  std::array<unsigned char, 16> bytes{};
  if (getentropy(bytes.data(), bytes.size()) != 0) {
    throw std::system_error(errno, std::generic_category(), "getentropy");
  }
  std::string text;
  for (const unsigned char byte : bytes) {
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

bool same_secret(std::string_view one, std::string_view other) {
  if (one.size() != other.size()) return false;
  volatile unsigned char difference = 0;  // volatile: the loop is not left early
  for (std::size_t at = 0; at < one.size(); ++at) {
    difference = static_cast<unsigned char>(difference | (one[at] ^ other[at]));
  }
  return difference == 0;
}

}  // namespace help_desk
