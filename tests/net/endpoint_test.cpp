// Where a loop connects to: what is taken, and what is not.
#include "server/net/endpoint.hpp"

#include <doctest/doctest.h>

#include <string>

using encke::net::Endpoint;

TEST_CASE("hosts with a port, addresses of both kinds, and sockets of the file system are taken") {
  const auto text = [](std::string_view given) {
    const std::optional<Endpoint> endpoint = Endpoint::parse(given);
    return endpoint ? endpoint->text() : "nothing";
  };
  for (const char* given : {"irc.example:6667", "127.0.0.1:1", "[::1]:65535", "[2001:db8::1]:80",
                            "localhost:5222", "unix:/run/irc.sock", "a_b.example:7"})
    CHECK(text(given) == given);
  CHECK(text("IRC.Example:6667") == "irc.example:6667");
  CHECK(text("[2001:DB8:0:0::1]:80") == "[2001:db8::1]:80");
  // As one of IPv4, which it is.
  CHECK(text("[::ffff:192.0.2.1]:80") == "192.0.2.1:80");
}

TEST_CASE("nothing else is: other forms of addresses, ports beyond the range, what is missing") {
  for (const char* given : {"",
                            ":",
                            ":80",
                            "irc.example",
                            "irc.example:",
                            "irc.example:0",
                            "irc.example:65536",
                            "irc.example:-1",
                            "irc.example:+80",
                            "irc.example:080",
                            "irc.example: 80",
                            "irc.example:80 ",
                            "irc.example:8o",
                            "::1:80",
                            "[::1]",
                            "[::1]80",
                            "[::1:80",
                            "[127.0.0.1]:80",
                            "[localhost]:80",
                            "[::1%lo]:80",
                            "127.1:80",
                            "2130706433:80",
                            "0x7f000001:80",
                            "0x7f.0.0.1:80",
                            "017700000001:80",
                            "0177.0.0.1:80",
                            "127.0.0.01:80",
                            "127.0.0.1.:80",
                            "irc.example.:80",
                            "-a.example:80",
                            "a..b:80",
                            "a b:80",
                            "user@irc.example:80",
                            "http://irc.example:80",
                            "unix:",
                            "unix:run/irc.sock",
                            "irc.example:99999999999999999999"}) {
    CAPTURE(std::string(given));
    CHECK_FALSE(Endpoint::parse(given));
  }
  CHECK_FALSE(Endpoint::parse("unix:/" + std::string(107, 'x')));
  CHECK(Endpoint::parse("unix:/" + std::string(106, 'x')));
  CHECK_FALSE(Endpoint::parse(std::string_view("unix:/a\0b", 9)));
  CHECK_FALSE(Endpoint::parse(std::string_view("a\0b:80", 6)));
}

TEST_CASE("an address is told apart from a name") {
  CHECK(Endpoint::parse("192.0.2.1:80")->address() == encke::Address::parse("192.0.2.1"));
  CHECK_FALSE(Endpoint::parse("irc.example:80")->address());
  CHECK(Endpoint::parse("unix:/run/x")->is_local());
  CHECK_FALSE(Endpoint::parse("irc.example:80")->is_local());
}
