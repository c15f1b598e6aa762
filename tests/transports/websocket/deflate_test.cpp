// permessage-deflate: the published messages of RFC 7692, both ways, and what must not be inflated.
#include "transports/websocket/deflate.hpp"

#include <doctest/doctest.h>
#include <zlib.h>

#include <string>
#include <vector>

#include "tests/transports/websocket/feeding.hpp"

using namespace encke::websocket;
using encke::websocket::testing::from_hex;

namespace {

std::string deflated(std::string_view message, int window_bits = 15) {
  Compressor compressor;
  std::string out;
  CHECK(compressor.compress(message, window_bits, out));
  return out;
}

std::string noise(std::size_t size, unsigned letters) {
  std::string out(size, '\0');
  std::uint32_t state = 12345;
  for (char& c : out) {
    state = state * 1664525 + 1013904223;
    c = static_cast<char>((state >> 16) % letters);
  }
  return out;
}

// Inflates as a client that holds a window of `bits` would.
bool inflates_with_window(const std::string& payload, int bits, const std::string& expected) {
  z_stream z{};
  REQUIRE(inflateInit2(&z, -bits) == Z_OK);
  std::string data = payload + from_hex("0000ffff");
  std::string out(expected.size() + 1, '\0');
  z.next_in = reinterpret_cast<Bytef*>(data.data());
  z.avail_in = static_cast<uInt>(data.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  const int status = inflate(&z, Z_SYNC_FLUSH);
  out.resize(z.total_out);
  inflateEnd(&z);
  return (status == Z_OK || status == Z_BUF_ERROR) && out == expected;
}

}  // namespace

TEST_CASE("published messages inflate (RFC 7692 sections 7.2.3.1 to 7.2.3.6)") {
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"f2 48 cd c9 c9 07 00", "Hello"},
      {"00 05 00 fa ff 48656c6c6f 00", "Hello"},
      {"f3 48 cd c9 c9 07 00 00", "Hello"},
      {"f2 48 05 00 00 00 ff ff ca c9 c9 07 00", "Hello"},
      {"00", ""},
      {"f3 48 cd c9 c9 07 00", "Hello"},  // the last block at the very end, without the 00 that should follow
      {"f3 48 cd c9 c9 07 00 f2 48 cd c9 c9 07 00", "HelloHello"},
      {"02 00", ""},
      {"", ""},
  };
  Decompressor decompressor;
  for (const auto& row : rows) {
    const std::string& hex = row.first;
    const std::string& expected = row.second;
    CAPTURE(hex);
    std::string out = "kept";
    CHECK(decompressor.inflate(from_hex(hex), 100, out));
    CHECK(out == "kept" + expected);
  }
}

TEST_CASE("our own messages are the published ones (RFC 7692 sections 7.2.3.1 and 7.2.3.6)") {
  CHECK(deflated("Hello") == from_hex("f248cdc9c90700"));
  CHECK(deflated("") == from_hex("00"));
}

TEST_CASE("no window outlives its message, on either side (RFC 7692 section 7.1.1)") {
  Compressor compressor;
  Decompressor decompressor;
  for (int round = 0; round < 3; ++round) {
    std::string out;
    CHECK(compressor.compress("Hello", 15, out));
    CHECK(out == from_hex("f248cdc9c90700"));
  }
  std::string out;
  CHECK(decompressor.inflate(from_hex("f248cdc9c90700"), 100, out));
  CHECK(decompressor.inflate(from_hex("f200110000"), 100, out).code == 1007);
  CHECK(decompressor.inflate(from_hex("f248cdc9c90700"), 100, out));
  CHECK(out == "HelloHello");
}

TEST_CASE(
    "every size and window comes back, and keeps to the window that was promised (RFC 7692 section "
    "7.1.2.1)") {
  Compressor compressor;
  Decompressor decompressor;
  for (const std::size_t size : {1UL, 2UL, 100UL, 249UL, 250UL, 251UL, 511UL, 512UL, 5000UL, 16383UL, 16384UL,
                                 16385UL, 40'000UL, 300'000UL}) {
    for (const unsigned letters : {2U, 256U}) {
      const std::string message = noise(size, letters);
      for (int bits = 9; bits <= 15; ++bits) {
        CAPTURE(size);
        CAPTURE(bits);
        std::string payload = "kept";
        CHECK(compressor.compress(message, bits, payload));
        payload.erase(0, 4);
        CHECK(inflates_with_window(payload, bits, message));
        std::string back;
        CHECK(decompressor.inflate(payload, size, back));
        CHECK(back == message);
      }
    }
  }
}

TEST_CASE("the limit holds while inflating: 64 MiB of zeros stop early (CVE-2026-39804 and its like)") {
  const std::string bomb = deflated(std::string(64U << 20, '\0'));
  CHECK(bomb.size() < 70'000);
  Decompressor decompressor;
  std::string out = "kept";
  const auto result = decompressor.inflate(bomb, 1U << 20, out);
  CHECK(result.code == 1009);
  CHECK(result.text == "message too big; at most 1048576 bytes are allowed once inflated");
  CHECK(out == "kept");
  CHECK(out.capacity() < 4U << 20);
}

TEST_CASE("exactly the limit passes, one byte more does not") {
  Decompressor decompressor;
  for (const std::size_t size : {5UL, 16384UL, 32768UL, 100'000UL}) {
    const std::string payload = deflated(std::string(size, 'x'));
    std::string out;
    CHECK(decompressor.inflate(payload, size, out));
    CHECK(out.size() == size);
    CHECK(decompressor.inflate(payload, size - 1, out).code == 1009);
  }
  std::string out;
  CHECK(decompressor.inflate(from_hex("00"), 0, out));
}

TEST_CASE("broken and unfinished data is 1007") {
  Decompressor decompressor;
  for (const std::string hex :
       {"ff", "07", "06", "f2 48 cd c9 c9 07 00 ff", "00 05 00 fb ff 48656c6c6f 00", "00 05 00 fa ff 4865",
        "f2 48 cd c9", "f2", "f3 48 cd c9", "04 00", "48656c6c6f"}) {
    CAPTURE(hex);
    std::string out = "kept";
    const auto result = decompressor.inflate(from_hex(hex), 1000, out);
    CHECK(result.code == 1007);
    CHECK(result.text.size() <= 123);
    CHECK(out == "kept");
  }
}

TEST_CASE("a message cut anywhere never inflates to the whole of it") {
  const std::string message = noise(3000, 40);
  const std::string payload = deflated(message);
  Decompressor decompressor;
  for (std::size_t cut = 0; cut < payload.size(); ++cut) {
    std::string out;
    const auto result = decompressor.inflate(std::string_view(payload).substr(0, cut), 10'000, out);
    CHECK((result.code == 1007 || (result.code == 0 && cut == 0)));
  }
}
