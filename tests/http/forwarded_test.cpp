// What proxies say of whom they speak for.
#include "server/http/forwarded.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace encke::http {
namespace {

const Networks kProxies({"10.0.0.0/8", "2001:db8:1::/48"});

std::string client(std::string_view peer, const std::vector<std::string_view>& fields) {
  Request request;
  for (const std::string_view field : fields) request.fields.push_back({"X-Forwarded-FOR", field});
  return client_of(request, peer, kProxies).address;
}

TEST_CASE("the last address that is none of the proxies' is the client's") {
  CHECK(client("10.0.0.1", {"192.0.2.1"}) == "192.0.2.1");
  CHECK(client("10.0.0.1", {"203.0.113.1, 192.0.2.1"}) == "192.0.2.1");
  CHECK(client("10.0.0.1", {"203.0.113.1, 192.0.2.1, 10.0.0.2"}) == "192.0.2.1");
  CHECK(client("10.0.0.1", {"203.0.113.1", "192.0.2.1,10.0.0.2", "10.0.0.3"}) == "192.0.2.1");
  CHECK(client("2001:db8:1::1", {"2001:db8:2::7"}) == "2001:db8:2::7");
  CHECK(client("10.0.0.1", {"10.0.0.7, 10.0.0.2"}) == "10.0.0.7");
  CHECK(client("10.0.0.1", {"192.0.2.1:8080"}) == "192.0.2.1");
  CHECK(client("10.0.0.1", {"[2001:db8:2::7]:8080"}) == "2001:db8:2::7");
  CHECK(client("10.0.0.1", {"[2001:db8:2::7]"}) == "2001:db8:2::7");
}

TEST_CASE("what a peer says that is no proxy of ours is not heeded") {
  CHECK(client("192.0.2.9", {"192.0.2.1"}) == "192.0.2.9");
  CHECK(client("", {"192.0.2.1"}).empty());
  CHECK(client("10.0.0.1", {}) == "10.0.0.1");
  Request request;
  request.fields.push_back({"X-Forwarded-For", "192.0.2.1"});
  CHECK(client_of(request, "10.0.0.1", {}).address == "10.0.0.1");
}

TEST_CASE("what is no address where one would count makes it the peer's") {
  for (const std::string_view list :
       {"", ",", "unknown", "192.0.2.1, unknown", "192.0.2.1,", "192.0.2.1, unknown, 10.0.0.2",
        "192.0.2.1 10.0.0.2", "[192.0.2.1", "[::1]x", "example.com"}) {
    CAPTURE(list);
    CHECK(client("10.0.0.1", {list}) == "10.0.0.1");
  }
  CHECK(client("10.0.0.1", {"unknown, 192.0.2.1"}) == "192.0.2.1");
  std::string chain = "192.0.2.1";
  for (int i = 0; i < 40; ++i) chain += ", 10.0.0.2";
  CHECK(client("10.0.0.1", {chain}) == "10.0.0.1");
}

TEST_CASE("https is what the nearest proxy says, if it is ours") {
  const auto secure = [](std::string_view peer, const std::vector<std::string_view>& fields) {
    Request request;
    for (const std::string_view field : fields) request.fields.push_back({"x-forwarded-proto", field});
    return client_of(request, peer, kProxies).secure;
  };
  CHECK(secure("10.0.0.1", {"https"}));
  CHECK(secure("10.0.0.1", {"http, HTTPS"}));
  CHECK(secure("10.0.0.1", {"http", "https"}));
  CHECK(!secure("10.0.0.1", {"https, http"}));
  CHECK(!secure("10.0.0.1", {"https", "http"}));
  CHECK(!secure("10.0.0.1", {"httpss"}));
  CHECK(!secure("10.0.0.1", {}));
  CHECK(!secure("192.0.2.1", {"https"}));
}

}  // namespace
}  // namespace encke::http
