// The rules of examples/help_desk: who is told what, whose a conversation is, the bounds, and the clock.
#include "examples/help_desk/desk.hpp"
#include "examples/help_desk/secret.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace {

using help_desk::Desk;
using help_desk::Limits;
using nlohmann::json;

class FakePage final : public help_desk::Page {
 public:
  void send(const std::string& text) override { got.push_back(json::parse(text)); }
  /// The last message of that type; null where there is none.
  json last(const std::string& type) const {
    const auto found =
        std::find_if(got.rbegin(), got.rend(), [&](const json& message) { return message["type"] == type; });
    return found == got.rend() ? json() : *found;
  }
  std::string fault() {
    std::string text = got.empty() || got.back()["type"] != "error" ? "" : got.back()["text"];
    got.clear();
    return text;
  }
  std::vector<json> got;
};

struct Fixture {
  explicit Fixture(Limits with = {}) : limits(with) {}
  Limits limits;
  help_desk::TimePoint now{std::chrono::hours(1)};
  int secrets = 0;
  Desk desk{limits, [this] { return now; }, [this] { return "secret" + std::to_string(++secrets); }};

  void visitor(FakePage& page, const json& hello = {{"type", "hello"}}) {
    desk.visitor_came(page);
    desk.visitor_sent(page, hello.dump());
  }
  void says(FakePage& page, const std::string& text, const std::string& key) {
    desk.visitor_sent(page, json{{"type", "say"}, {"key", key}, {"text", text}}.dump());
  }
  void operator_at(FakePage& page, const std::string& name) {
    desk.operator_came(page);
    desk.operator_sent(page, json{{"type", "hello"}, {"name", name}}.dump());
  }
  void does(FakePage& page, const std::string& type, int id, json more = json::object()) {
    more["type"] = type;
    more["id"] = id;
    desk.operator_sent(page, more.dump());
  }
  void pass(std::chrono::seconds time) {
    now += time;
    desk.tick();
  }
};

}  // namespace

TEST_CASE("a conversation begins with the first line, and operators are not told its secret") {
  Fixture its;
  FakePage joe, ann;
  its.operator_at(ann, "Ann");
  its.visitor(joe);
  CHECK(joe.last("welcome")["staffed"] == true);
  CHECK(ann.last("conversation").is_null());
  its.says(joe, " hello\nthere ", "a-1");
  CHECK(joe.last("started")["id"] == "secret1");
  CHECK(joe.last("line")["line"]["text"] == "hello\nthere");
  CHECK(ann.last("conversation")["conversation"]["unread"] == 1);
  for (const json& message : ann.got) CHECK(message.dump().find("secret") == std::string::npos);
}

TEST_CASE("a line that is sent twice is kept once") {
  Fixture its;
  FakePage joe, again;
  its.visitor(joe);
  its.says(joe, "one", "a-1");
  its.says(joe, "one", "a-1");
  its.visitor(again, {{"type", "hello"}, {"id", "secret1"}});
  CHECK(again.last("welcome")["lines"].size() == 1);
  CHECK(again.last("welcome")["state"] == "waiting");
}

TEST_CASE("a conversation belongs to who took it, until it ends") {
  Fixture its;
  FakePage joe, ann, bob;
  its.visitor(joe);
  its.operator_at(ann, "Ann");
  its.operator_at(bob, "Bob");
  its.says(joe, "help", "a-1");
  its.does(ann, "say", 1, {{"key", "x"}, {"text", "yes?"}});
  CHECK(ann.fault() == "take the conversation first");
  its.does(ann, "take", 1);
  CHECK(joe.last("state")["operator"] == "Ann");
  for (const std::string type : {"take", "end"}) {
    its.does(bob, type, 1);
    CHECK(bob.fault() == "Ann has taken the conversation");
  }
  its.does(bob, "say", 1, {{"key", "y"}, {"text", "I!"}});
  CHECK(bob.fault() == "Ann has taken it");
  its.does(ann, "typing", 1, {{"on", true}});
  CHECK(joe.last("typing")["on"] == true);
  its.does(ann, "seen", 1, {{"n", 99}});
  CHECK(joe.last("seen")["n"] == 2);
  its.does(ann, "end", 1);
  CHECK(joe.last("state")["state"] == "ended");
  its.says(joe, "one thing more", "a-2");
  CHECK(joe.last("state")["state"] == "waiting");
  its.does(bob, "take", 1);
  CHECK(joe.last("state")["operator"] == "Bob");
}

TEST_CASE("an operator who is gone loses the conversations after a while, and not by a reload") {
  Fixture its;
  FakePage joe, ann, ann_again;
  its.visitor(joe);
  its.operator_at(ann, "Ann");
  its.says(joe, "help", "a-1");
  its.does(ann, "take", 1);
  its.desk.operator_left(ann);
  its.pass(its.limits.absence - std::chrono::seconds(1));
  CHECK(joe.last("state")["operator"] == "Ann");
  CHECK(joe.last("staffed")["staffed"] == false);
  its.operator_at(ann_again, "Ann");
  CHECK(joe.last("staffed")["staffed"] == true);
  its.pass(its.limits.absence);
  CHECK(joe.last("state")["operator"] == "Ann");
  its.desk.operator_left(ann_again);
  its.pass(its.limits.absence);
  CHECK(joe.last("state")["state"] == "waiting");
  CHECK(joe.last("state").count("operator") == 0);
}

TEST_CASE("a conversation in which nothing is said is forgotten, and its visitor may begin another") {
  Fixture its;
  FakePage joe, ann, late;
  its.visitor(joe);
  its.operator_at(ann, "Ann");
  its.says(joe, "help", "a-1");
  its.does(ann, "read", 1);
  its.pass(its.limits.idle - std::chrono::seconds(1));
  CHECK(joe.last("gone").is_null());
  its.pass(std::chrono::seconds(1));
  CHECK(joe.last("gone").is_object());
  CHECK(ann.last("gone")["id"] == 1);
  its.visitor(late, {{"type", "hello"}, {"id", "secret1"}});
  CHECK(late.last("welcome")["forgotten"] == true);
  its.says(joe, "still here", "a-2");
  CHECK(joe.last("started")["id"] == "secret2");
}

TEST_CASE("there are at most so many conversations: one that has ended makes room, others do not") {
  Fixture its({.conversations = 2});
  FakePage one, two, three, ann;
  its.operator_at(ann, "Ann");
  for (FakePage* page : {&one, &two, &three}) its.visitor(*page);
  its.says(one, "1", "a");
  its.says(two, "2", "b");
  its.says(three, "3", "c");
  CHECK(three.got.back()["key"] == "c");
  CHECK(three.fault() == "the desk is full: please come again later");
  its.does(ann, "end", 2);
  its.says(three, "3", "c");
  CHECK(three.last("line")["line"]["text"] == "3");
  CHECK(two.last("gone").is_object());
  CHECK(one.last("gone").is_null());
}

TEST_CASE("of one conversation the newest lines are kept, and so many pages are open with it") {
  Fixture its({.lines = 3, .pages = 2});
  FakePage joe, second, third;
  its.visitor(joe);
  for (int at = 1; at <= 4; ++at) its.says(joe, std::to_string(at), "k" + std::to_string(at));
  const json hello = {{"type", "hello"}, {"id", "secret1"}};
  its.visitor(second, hello);
  REQUIRE(second.last("welcome")["lines"].size() == 3);
  CHECK(second.last("welcome")["lines"][0]["n"] == 2);
  its.visitor(third, hello);
  CHECK(third.fault() == "the conversation is open in too many pages: close one of them");
  its.desk.visitor_left(second);
  its.desk.visitor_sent(third, hello.dump());
  CHECK(third.last("welcome")["id"] == "secret1");
}

TEST_CASE("a line and a name have their most bytes, and no control characters") {
  Fixture its({.line_bytes = 4, .name_bytes = 3});
  FakePage joe, ann;
  its.visitor(joe);
  its.says(joe, "12345", "a");
  CHECK(joe.fault() == "expected \"text\" of at most 4 bytes");
  its.says(joe,
           "1\x01\x7f"
           "234",
           "a");
  CHECK(joe.last("line")["line"]["text"] == "1234");
  its.operator_at(ann, "Anna");
  CHECK(ann.fault() == "expected \"name\" of at most 3 bytes");
  its.desk.operator_sent(ann, R"({"type":"read","id":1})");
  CHECK(ann.fault() == "expected hello, with a name, first");
}

TEST_CASE("what is wrong in a message is told, and changes nothing") {
  Fixture its;
  FakePage joe, ann;
  its.visitor(joe);
  its.operator_at(ann, "Ann");
  for (const std::string text : {"", "{", "1", "[]", "null", "{}", R"({"type":1})", "{\"type\":\"\xff\"}"}) {
    its.desk.visitor_sent(joe, text);
    CHECK(joe.fault() == "expected a JSON object with a type");
    its.desk.operator_sent(ann, text);
    CHECK(ann.fault() == "expected a JSON object with a type");
  }
  its.says(joe, "x", "a b");
  CHECK(joe.fault() == "expected \"key\" of letters, digits and '-'");
  its.desk.operator_sent(ann, R"({"type":"take","id":-1})");
  CHECK(ann.fault() == "expected \"id\", a whole number from 0");
  its.does(ann, "take", 7);
  CHECK(ann.fault() == "there is no such conversation any more");
  its.desk.operator_sent(ann, R"({"type":"shout"})");
  CHECK(ann.fault() == "expected a type: hello, read, take, end, say, typing or seen");
}

TEST_CASE("secrets have 128 bits, are not the same twice, and compare as texts do") {
  const std::string one = help_desk::make_secret();
  CHECK(one.size() == 32);
  CHECK(one != help_desk::make_secret());
  CHECK(help_desk::same_secret(one, one));
  CHECK_FALSE(help_desk::same_secret(one, one.substr(1)));
  CHECK_FALSE(help_desk::same_secret(one, ""));
  CHECK_FALSE(help_desk::same_secret("ab", "ac"));
}
