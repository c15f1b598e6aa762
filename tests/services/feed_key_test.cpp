// Keys of a feed's messages, and the slots that they are given.
#include "server/services/feed_key.hpp"
#include "server/services/feed_slots.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace encke;
using namespace encke::services;

namespace {

std::string key_of(const FeedKey& key, std::string_view message) {
  return KeyFinder(key).find(message).value_or("none");
}

}  // namespace

TEST_CASE("a JSON pointer leads to the key: a string, a number, true or false") {
  struct Row {
    std::string_view pointer, message, key;
  };
  const Row rows[] = {
      {"/symbol", R"({"symbol":"ACME","price":1})", "ACME"},
      {"/symbol", R"({"price":{"symbol":"no"},"other":["symbol"],"symbol":"yes"})", "yes"},
      {"/symbol", R"({"symbol":""})", ""},
      {"/symbol", R"({"symbol":"\u00e4\n"})", "\u00e4\n"},
      {"/id", R"({"id":12})", "12"},
      {"/id", R"({"id":-12})", "-12"},
      {"/id", R"({"id":1.50})", "1.50"},
      {"/id", R"({"id":true})", "true"},
      {"/a/b", R"({"b":1,"a":{"x":{"b":2},"b":3}})", "3"},
      {"/a/1", R"({"a":[[0,1,2],"one"]})", "one"},
      {"/0/s", R"([{"s":"first"},{"s":"second"}])", "first"},
      {"/a~1b/c~0d", R"({"a/b":{"c~d":"found"}})", "found"},
      {"/", R"({"":"empty"})", "empty"},
      {"/symbol", R"({"symbol":"A","price":)", "A"},  // it is looked no further than it takes
      {"/symbol", R"({"symbol":null})", "none"},
      {"/symbol", R"({"symbol":{"a":1}})", "none"},
      {"/symbol", R"({"symbol":["A"]})", "none"},
      {"/symbol", R"({"a":{"symbol":"A"}})", "none"},
      {"/a/b", R"({"a":"b"})", "none"},
      {"/a/b", R"({"a":{},"b":1})", "none"},
      {"/a/2", R"({"a":["0","1"]})", "none"},
      {"/symbol", R"("symbol")", "none"},
      {"/symbol", "symbol", "none"},
      {"/symbol", "", "none"},
      {"/symbol", R"({"price":1,)", "none"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.pointer);
    CAPTURE(row.message);
    CHECK(key_of(FeedKey::member(std::string(row.pointer)), row.message) == row.key);
  }
}

TEST_CASE("JSON that is nested without end is only not what was looked for") {
  CHECK(key_of(FeedKey::member("/a/b"), std::string(60'000, '[')) == "none");
  std::string text;
  for (int depth = 0; depth < 5000; ++depth) text += R"({"a":)";
  CHECK(key_of(FeedKey::member("/a/b"), text) == "none");
  const std::string beside = std::string(5000, '[') + std::string(5000, ']');
  CHECK(key_of(FeedKey::member("/a/1/b"), R"({"x":)" + beside + R"(,"a":[)" + beside + R"(,{"b":"key"}]})") ==
        "key");
}

TEST_CASE("what stands before the separator is the key, and may be nothing") {
  CHECK(key_of(FeedKey::before(","), "ACME,1.5,2") == "ACME");
  CHECK(key_of(FeedKey::before(","), ",1") == "");
  CHECK(key_of(FeedKey::before(","), "ACME") == "none");
  CHECK(key_of(FeedKey::before("::"), "a:b::c") == "a:b");
  CHECK(key_of({}, "a,b") == "none");
}

TEST_CASE("a key's option is a JSON pointer, or a separator that is not empty") {
  for (const char* good : {"/", "/a", "/a/b", "/~0~1", "/a b"}) CHECK(key_fault(FeedKey::member(good)) == "");
  for (const char* bad : {"", "a", "a/b", "/~", "/~2", "/a~"}) {
    CHECK(key_fault(FeedKey::member(bad)) == "a JSON pointer, as \"/symbol\"");
  }
  CHECK(key_fault(FeedKey::before(",")) == "");
  CHECK(key_fault(FeedKey::before("")) == "a text that is not empty");
  CHECK(key_fault({}) == "");
}

TEST_CASE("each key has a slot of its own, and keeps it") {
  FeedSlots slots(3);
  CHECK(slots.of("a") == 0);
  CHECK(slots.of("b") == 1);
  CHECK(slots.of("a") == 0);
  CHECK(slots.of("") == 2);
  CHECK(slots.forgotten() == 0);
}

TEST_CASE("beyond the most keys the one that was silent longest makes room") {
  FeedSlots slots(2);
  slots.of("a");
  slots.of("b");
  slots.of("a");
  CHECK(slots.of("c") == 1);  // b's
  CHECK(slots.forgotten() == 1);
  CHECK(slots.of("a") == 0);
  CHECK(slots.of("b") == 1);
  CHECK(slots.of("c") == 0);
  CHECK(slots.forgotten() == 3);
  FeedSlots single(1);
  for (int number = 0; number < 1000; ++number) CHECK(single.of(std::to_string(number)) == 0);
  CHECK(single.forgotten() == 999);
}
