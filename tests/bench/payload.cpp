// The messages that the load generator sends, and the check of what comes back.
#include "tests/bench/payload.hpp"

#include <algorithm>

namespace encke::bench {
namespace {

constexpr std::size_t kDigits = 8;
constexpr char kDash = '-';
constexpr char kFiller = 'x';

void put_hex(char* out, std::uint32_t value) {
  for (std::size_t i = 0; i < kDigits; ++i) out[i] = "0123456789abcdef"[(value >> (28 - 4 * i)) & 15];
}

bool get_hex(const char* in, std::uint32_t& value) {
  value = 0;
  for (std::size_t i = 0; i < kDigits; ++i) {
    const char c = in[i];
    if (c >= '0' && c <= '9')
      value = value << 4 | static_cast<std::uint32_t>(c - '0');
    else if (c >= 'a' && c <= 'f')
      value = value << 4 | static_cast<std::uint32_t>(c - 'a' + 10);
    else
      return false;
  }
  return true;
}

}  // namespace

PayloadWriter::PayloadWriter(std::size_t size) : buffer_(std::max(size, kLeastPayload), kFiller) {
  buffer_[kDigits] = buffer_[2 * kDigits + 1] = kDash;
}

std::string_view PayloadWriter::write(std::uint32_t sender, std::uint32_t number) {
  put_hex(buffer_.data(), sender);
  put_hex(buffer_.data() + kDigits + 1, number);
  return buffer_;
}

bool read_payload(std::string_view message, std::size_t size, Payload& payload) {
  if (message.size() != size || message[kDigits] != kDash || message[2 * kDigits + 1] != kDash) return false;
  if (!get_hex(message.data(), payload.sender) || !get_hex(message.data() + kDigits + 1, payload.number))
    return false;
  return message.find_first_not_of(kFiller, kLeastPayload) == std::string_view::npos;
}

}  // namespace encke::bench
