// WebSocket frames as a client reads and writes them.
#include "tests/support/socket_frames.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

namespace encke::test {
namespace {

using namespace std::string_view_literals;

TEST_CASE("WebSocket frames of every length form are read at every split (RFC 6455, 5.2)") {
  for (const std::size_t size : {0U, 125U, 126U, 65535U, 65536U}) {
    const std::string payload(size, 'p');
    std::string head{"\x81", 1};
    if (size < 126) {
      head += static_cast<char>(size);
    } else {
      const std::size_t width = size < 65536 ? 2 : 8;
      head += static_cast<char>(size < 65536 ? 126 : 127);
      for (std::size_t i = width; i-- > 0;) head += static_cast<char>(size >> (8 * i));
    }
    const std::string bytes = head + payload;
    for (std::size_t cut = 0; cut < bytes.size(); cut += cut < 12 ? 1 : 4093) {
      std::string_view part = std::string_view(bytes).substr(0, cut);
      SocketFrame frame;
      CHECK(read_socket_frame(part, frame) == SocketRead::more);
      CHECK(part.size() == cut);
    }
    std::string_view whole = bytes;
    SocketFrame frame;
    REQUIRE(read_socket_frame(whole, frame) == SocketRead::frame);
    CHECK(whole.empty());
    CHECK(frame.fin);
    CHECK(frame.opcode == 1);
    CHECK(frame.payload == payload);
  }
}

TEST_CASE("masked frames and reserved bits from a server are refused (RFC 6455, 5.1 and 5.2)") {
  for (auto bytes : {"\x81\x80\x01\x02\x03\x04"sv, "\xc1\x01x"sv, "\x91\x01x"sv}) {
    SocketFrame frame;
    CHECK(read_socket_frame(bytes, frame) == SocketRead::broken);
  }
}

TEST_CASE("written frames are masked (RFC 6455, 5.7: \"Hello\" under the mask 37 fa 21 3d)") {
  std::string out;
  std::uint32_t mask = 0;
  static_assert(sizeof mask == 4);
  std::string("\x37\xfa\x21\x3d").copy(reinterpret_cast<char*>(&mask), sizeof mask);
  write_socket_frame(out, 1, "Hello", mask);
  CHECK(out == "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"sv);
  out.clear();
  write_socket_frame(out, 1, std::string(300, 'a'), 0);
  CHECK(out.substr(0, 8) == "\x81\xfe\x01\x2c\0\0\0\0"sv);
  CHECK(out.size() == 308);
  out.clear();
  write_socket_frame(out, 2, std::string(65536, 'a'), 0);
  CHECK(out.substr(0, 14) == "\x82\xff\0\0\0\0\0\x01\0\0\0\0\0\0"sv);
  CHECK(out.size() == 14 + 65536);
}

}  // namespace
}  // namespace encke::test
