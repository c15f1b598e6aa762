// Frames of multiplexed sessions, byte by byte.
#include "server/mux/frames.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace encke;
using namespace std::string_view_literals;
using mux::Frame;
using mux::Type;

namespace {

std::string written(const Frame& frame) {
  std::string bytes;
  append(frame, bytes);
  return bytes;
}

std::string fault_of(std::string_view bytes) {
  const Result<Frame> frame = mux::parse(bytes);
  if (frame) return {};
  CHECK(frame.error().close_code == 1002);
  return frame.error().text;
}

}  // namespace

TEST_CASE("each frame has these bytes (docs/mux.md)") {
  const std::vector<std::pair<Frame, std::string_view>> vectors{
      {{.stream = 1,
        .type = Type::open,
        .number = 65'536,
        .bytes = "/chat",
        .token = "t",
        .protocols = {"v1", "v2"}},
       "\x01\x00\x80\x80\x04\x05/chat\x01t\x02\x02v1\x02v2"sv},
      {{.stream = 1, .type = Type::open, .number = 1024, .bytes = "/a"}, "\x01\x00\x80\x08\x02/a\x00\x00"sv},
      {{.stream = 1, .type = Type::opened, .number = 262'144, .bytes = "v1"}, "\x01\x01\x80\x80\x10v1"sv},
      {{.stream = 3, .type = Type::text, .bytes = "hi"}, "\x03\x02hi"sv},
      {{.stream = 3, .type = Type::text, .more = true, .bytes = "h"}, "\x03\x82h"sv},
      {{.stream = 129, .type = Type::binary, .bytes = "\x00\xff"sv}, "\x81\x01\x03\x00\xff"sv},
      {{.stream = 129, .type = Type::binary, .more = true, .bytes = "b"},
       "\x81\x01\x83"
       "b"sv},
      {{.stream = 5, .type = Type::credit, .number = 127}, "\x05\x04\x7f"sv},
      {{.stream = mux::kLargest, .type = Type::close, .number = 1000, .bytes = "bye"},
       "\xff\xff\xff\xff\x07\x05\xe8\x07"
       "bye"sv}};
  for (const auto& [frame, bytes] : vectors) {
    CHECK(written(frame) == bytes);
    const Result<Frame> read = mux::parse(bytes);
    REQUIRE(read);
    CHECK(read->stream == frame.stream);
    CHECK(read->type == frame.type);
    CHECK(read->more == frame.more);
    CHECK(read->number == frame.number);
    CHECK(read->bytes == frame.bytes);
    CHECK(read->token == frame.token);
    CHECK(read->protocols == frame.protocols);
  }
}

TEST_CASE("of an OPEN nothing can be missing, and nothing come behind it") {
  const std::string whole = written({.stream = 1,
                                     .type = Type::open,
                                     .number = 65'536,
                                     .bytes = "/chat",
                                     .token = "t",
                                     .protocols = {"v1"}});
  for (std::size_t size = 0; size < whole.size(); ++size)
    CHECK_MESSAGE(!fault_of(whole.substr(0, size)).empty(), size);
  CHECK(fault_of(whole).empty());
  CHECK(fault_of(whole + "x") ==
        "a frame of stream 1 is malformed: OPEN is a window, a path, a token and a list of sub-protocols");
}

TEST_CASE("what is no frame is told apart by its text") {
  CHECK(fault_of("") == "a frame does not begin with the number of a stream, from 1 to 2147483647");
  CHECK(fault_of("\xff\xff\xff\xff\x08\x02"sv) == fault_of(""));
  CHECK(fault_of("\xff\xff\xff\xff\xff\x01\x02"sv) == fault_of(""));
  CHECK_MESSAGE(fault_of("\x81\x00\x02"sv) == fault_of(""), "a number that is longer than it need be");
  CHECK(fault_of("\x00\x02"sv) == "a frame is of stream 0; numbers of streams begin with 1");
  CHECK(fault_of("\x01") == "a frame of stream 1 ends before its type");
  CHECK(fault_of("\x01\x06"sv) ==
        "a frame of stream 1 has the type 6; there are 0 to 5, and 130 and 131 for pieces that more follow");
  CHECK(fault_of("\x01\x84\x01"sv).starts_with("a frame of stream 1 has the type 132"));
  CHECK(fault_of("\x01\x04\x00"sv) == "a frame of stream 1 is malformed: CREDIT is a number above 0");
  CHECK(fault_of("\x01\x04"sv) == fault_of("\x01\x04\x00"sv));
  CHECK(fault_of("\x01\x04\x01x"sv) == fault_of("\x01\x04\x00"sv));
  CHECK(fault_of("\x01\x05"sv) == "a frame of stream 1 is malformed: CLOSE is a code and a reason");
  CHECK(fault_of("\x01\x01"sv) == "a frame of stream 1 is malformed: OPENED is a window and a sub-protocol");
}

TEST_CASE("a piece has 16384 bytes at most, and sub-protocols are 32 at most") {
  CHECK(fault_of("\x01\x02" + std::string(mux::kPieceBytes, 'x')).empty());
  CHECK(fault_of("\x01\x02" + std::string(mux::kPieceBytes + 1, 'x')) ==
        "a frame of stream 1 is malformed: a piece has 16384 bytes at most");
  Frame open{.stream = 1, .type = Type::open, .number = 1024, .bytes = "/a"};
  open.protocols.assign(32, "p");
  CHECK(fault_of(written(open)).empty());
  open.protocols.emplace_back("p");
  CHECK_FALSE(fault_of(written(open)).empty());
}
