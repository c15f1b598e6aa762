// Looking things up in a request.
#include "server/http/request.hpp"

#include <doctest/doctest.h>

using namespace encke::http;

namespace {

Request request_with(std::string_view query, std::vector<Field> fields = {}) {
  Request request;
  request.read_query(query);
  request.fields = std::move(fields);
  return request;
}

}  // namespace

TEST_CASE("fields are found without case, the first of a name counts (RFC 9110 5.1)") {
  const Request request = request_with("", {{"Origin", "a"}, {"ORIGIN", "b"}, {"X", ""}});
  CHECK(request.field("origin") == "a");
  CHECK(request.field("oRiGiN") == "a");
  CHECK(request.field("orig") == "");
  CHECK(request.has_field("x"));
  CHECK_FALSE(request.has_field("y"));
}

TEST_CASE("query parameters are given raw; a missing one is not an empty one") {
  const Request request = request_with("c=a%20b&d=&e&cc=1&c=2");
  CHECK(request.parameter("c") == "a%20b");
  CHECK(request.parameter("d").data() != nullptr);
  CHECK(request.parameter("d").empty());
  CHECK(request.parameter("e").data() != nullptr);
  CHECK(request.parameter("cc") == "1");
  CHECK(request.parameter("b").data() == nullptr);
  CHECK(request_with("").parameter("a").data() == nullptr);
  CHECK(request_with("&&").parameter("a").data() == nullptr);
  // What stands behind an empty parameter is the page's own (PROTOCOL 6.1).
  CHECK(request_with("a=1&&b=2").parameter("a") == "1");
  CHECK(request_with("a=1&&b=2").parameter("b").data() == nullptr);
  CHECK(request_with("&a=1").parameter("a").data() == nullptr);
  CHECK(request_with("a=1&").parameter("a") == "1");
  CHECK(request_with("a=b=c").parameter("a") == "b=c");
  CHECK(request_with("=1&a=2").parameter("a") == "2");
  // So is what stands behind the sixteenth.
  CHECK(request_with("1&2&3&4&5&6&7&8&9&10&11&12&13&14&15&a=1&b=2").parameter("a") == "1");
  CHECK(request_with("1&2&3&4&5&6&7&8&9&10&11&12&13&14&15&a=1&b=2").parameter("b").data() == nullptr);
}

TEST_CASE("cookies (RFC 6265 4.2)") {
  const Request request = request_with("", {{"Cookie", "a=1; JSESSIONID=x=y;b=2;  c=3"}});
  CHECK(request.cookie("JSESSIONID") == "x=y");
  CHECK(request.cookie("a") == "1");
  CHECK(request.cookie("b") == "2");
  CHECK(request.cookie("c") == "3");
  CHECK(request.cookie("SESSIONID").data() == nullptr);
  CHECK(request_with("").cookie("a").data() == nullptr);
}

TEST_CASE("lists hold tokens whatever their case and blanks (RFC 9110 5.6.1)") {
  CHECK(list_holds("keep-alive, Upgrade", "upgrade"));
  CHECK(list_holds(" \tUPGRADE\t ", "upgrade"));
  CHECK(list_holds(",,upgrade,", "upgrade"));
  CHECK_FALSE(list_holds("upgrades", "upgrade"));
  CHECK_FALSE(list_holds("not upgrade", "upgrade"));
  CHECK_FALSE(list_holds("", "upgrade"));
}

TEST_CASE("trim takes blanks and tabs, nothing else") {
  CHECK(trim(" \t a b \t") == "a b");
  CHECK(trim("\na") == "\na");
  CHECK(trim(" \t") == "");
}
