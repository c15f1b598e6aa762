#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace encke::bench {

/// A message says who sent it and which of its messages it is: eight hexadecimal digits each, a dash after
/// each, then filler. Plain letters only, so that no transport has to escape anything in it.
inline constexpr std::size_t kLeastPayload = 18;

/// Writes messages into one buffer that is valid until the next call.
class PayloadWriter {
 public:
  explicit PayloadWriter(std::size_t size);
  std::string_view write(std::uint32_t sender, std::uint32_t number);

 private:
  std::string buffer_;
};

struct Payload {
  std::uint32_t sender = 0;
  std::uint32_t number = 0;
};

/// Reads a message back and checks all of its bytes; false if it is not one of `size` bytes that
/// PayloadWriter wrote.
bool read_payload(std::string_view message, std::size_t size, Payload& payload);

}  // namespace encke::bench
