// The hello of a raw socket: known answers, every beginning, every mistake.
#include "transports/flash/hello.hpp"

#include "transports/flash/frames.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace encke;
using namespace encke::flash;

namespace {

std::string hello(std::string_view payload, std::string_view begin = "encke.1\n") {
  std::string out(begin);
  append_frame(Kind::hello, payload, out);
  return out;
}

/// What is wrong with it; empty where nothing is, or more is needed.
std::string wrong(std::string_view bytes) {
  const Result<std::optional<Hello>> read = parse_hello(bytes);
  if (read) return {};
  CHECK(read.error().status == 400);
  return read.error().text;
}

}  // namespace

TEST_CASE("6.13 a hello names the service, the key and the origin, and takes its own bytes only") {
  const std::string bytes = hello("/a/echo/encke.1/KEY-_9/flash\nhttp://a.example:81");
  const std::string more = bytes + "t behind";
  const Result<std::optional<Hello>> read = parse_hello(more);
  REQUIRE(read);
  REQUIRE(*read);
  CHECK((*read)->service == "/a/echo");
  CHECK((*read)->key == "KEY-_9");
  CHECK((*read)->origin == "http://a.example:81");
  CHECK((*read)->size == bytes.size());
}

TEST_CASE("6.13 the last encke.1 of the path is the protocol's, and the origin may be missing") {
  const std::string bytes = hello("/encke.1/x/encke.1/K/flash\n");
  const Result<std::optional<Hello>> read = parse_hello(bytes);
  REQUIRE(read);
  REQUIRE(*read);
  CHECK((*read)->service == "/encke.1/x");
  CHECK((*read)->key == "K");
  CHECK((*read)->origin.empty());
}

TEST_CASE("6.13 of a hello that is not all there, from the greeting on, more is awaited") {
  const std::string bytes = hello("/s/encke.1/K/flash\nhttp://a");
  for (std::size_t size = kGreeting.size(); size < bytes.size(); ++size) {
    CAPTURE(size);
    const Result<std::optional<Hello>> read = parse_hello(std::string_view(bytes).substr(0, size));
    REQUIRE(read);
    CHECK_FALSE(*read);
  }
}

TEST_CASE("6.13 each mistake is told as soon as its bytes are there") {
  CHECK(wrong("encke.7\n") == "protocol version 7 is not spoken here: 1 is");
  CHECK(wrong("encke.11\n") == "protocol version 11 is not spoken here: 1 is");
  CHECK(wrong("encke.\n") == "protocol version  is not spoken here: 1 is");
  CHECK(wrong("encke.1\r") == "expected encke.1 and a line feed");
  CHECK(wrong("encke.\xff\n") == "expected encke.1 and a line feed");
  CHECK(wrong("encke.12345678").empty());
  CHECK(wrong("encke.123456789") == "expected encke.1 and a line feed");
  CHECK(wrong("encke.1\nt") == "the first frame is no hello; expected the letter h");
  const std::string head("encke.1\nh\0\0\x08", 12);
  CHECK(wrong(head + '\x01') == "a hello has 2048 bytes at most");
  CHECK(wrong(head + std::string(1, '\0')).empty());
  CHECK(wrong(hello("")) == "a hello is a path, a line feed and an origin");
  CHECK(wrong(hello("/s/encke.1/K/flash")) == "a hello is a path, a line feed and an origin");
}

TEST_CASE("6.13 a path that is none, an origin that is none") {
  const std::string no_path =
      "the path of a hello is not one; expected a service's, /encke.1/, a session's key and /flash";
  for (const char* path :
       {"", "/", "/flash", "/encke.1/K/flash", "/s/encke.1/flash", "/s/encke.1/K/flash/",
        "/s/encke.1/K/Flash", "/s/encke.1/K", "/s/encke.2/K/flash", "/s/encke.1K/flash", "flash"}) {
    CAPTURE(path);
    CHECK(wrong(hello(std::string(path) + "\nhttp://a")) == no_path);
  }
  const std::string no_origin =
      "the origin of a hello is not one; expected it as in http://example.com, or nothing";
  for (const std::string& origin :
       {std::string("http://a\n"), std::string("http://a b"), std::string("a\0b", 3), std::string("\xc3\xa9"),
        std::string(kLongestOrigin + 1, 'a')}) {
    CHECK(wrong(hello("/s/encke.1/K/flash\n" + origin)) == no_origin);
  }
  CHECK(wrong(hello("/s/encke.1/K/flash\n" + std::string(kLongestOrigin, 'a'))).empty());
}
