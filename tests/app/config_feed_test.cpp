// Feeds in a configuration: what is read, and each fault.
#include "server/net/endpoint.hpp"
#include "tests/app/config_support.hpp"

#include <doctest/doctest.h>

namespace encke::app {
namespace {

/// A feed with these members beside its type and source.
std::string feed_with(const std::string& members,
                      const std::string& source = R"({"udp": "239.1.2.3:9000"})") {
  return R"({"services": {"/f": {"type": "feed", "source": )" + source + members + "}}}";
}

LiveFeedOptions good(const std::string& text) {
  const ConfigResult result = parse_config(text, "", kTestTransports);
  CHECK(result.errors == std::vector<std::string>{});
  REQUIRE(result.config.services.size() == 1);
  REQUIRE(result.config.services[0].feed);
  return *result.config.services[0].feed;
}

void check_fault(const std::string& text, const std::string& expected) {
  CAPTURE(text);
  const ConfigResult result = parse_config(text, "", kTestTransports);
  REQUIRE(result.errors.size() == 1);
  CHECK(result.errors[0] == "$.services[\"/f\"]." + expected);
}

TEST_CASE("a feed has a source, and what else there is to it") {
  CHECK(good(feed_with("")) == LiveFeedOptions{.udp = UdpSource{"239.1.2.3:9000"}});
  const LiveFeedOptions all = good(feed_with(
      R"(, "key": "/symbol", "last_value": false, "most_keys": 7)",
      R"({"udp": "[ff15::1]:9000", "interface": "lo", "from": ["192.0.2.0/24", "::1"], "kind": "binary"})"));
  CHECK(all == LiveFeedOptions{.udp = UdpSource{"[ff15::1]:9000", "lo", {"192.0.2.0/24", "::1"}},
                               .key = FeedKey::member("/symbol"),
                               .last_value = false,
                               .most_keys = 7,
                               .kind = Message::Kind::binary});
  CHECK(good(feed_with("", R"({"tcp": "quotes.example:7000", "kind": "binary"})")) ==
        LiveFeedOptions{.tcp = "quotes.example:7000", .kind = Message::Kind::binary});
  CHECK(good(feed_with(R"(, "key": {"before": ","})")).key == FeedKey::before(","));
}

TEST_CASE("a feed's readers have less waiting, and events, unless something else is said") {
  const auto options_of = [](const std::string& text) {
    return parse_config(text, "", kTestTransports).config.services.at(0).options;
  };
  CHECK(options_of(feed_with("")) == live_feed_service());
  CHECK(options_of(feed_with("")).events);
  CHECK(options_of(feed_with("")).outbox_bytes == 262'144);
  CHECK(options_of(feed_with("")).unsent_bytes == 32'768);
  CHECK(options_of(feed_with(R"(, "outbox_bytes": 5)")).outbox_bytes == 5);
  CHECK(options_of(feed_with(R"(, "unsent_bytes": 0)")).unsent_bytes == 0);
  CHECK_FALSE(options_of(feed_with(R"(, "events": false)")).events);
  CHECK(options_of(R"({"services": {"/c": {"type": "broadcast", "events": true}}})").events);
  CHECK_FALSE(options_of(R"({"services": {"/c": {"type": "broadcast"}}})").events);
}

TEST_CASE("each fault of a feed is told") {
  const std::string address =
      R"(a numeric address and a port, as "127.0.0.1:9000", "[::1]:9000", or a group's, "239.1.2.3:9000")";
  const std::string key =
      R"(a JSON pointer, as "/symbol", or {"before": ","} for what stands before the first of that)";
  check_fault(R"({"services": {"/f": {"type": "feed"}}})",
              R"(source: missing, expected an object: {"udp": "239.1.2.3:9000"})");
  check_fault(feed_with("", "7"), "source: found 7, expected an object");
  check_fault(feed_with("", "{}"), "source.udp: missing, expected " + address + "; or tcp");
  check_fault(feed_with("", R"({"tcp": "quotes.example"})"),
              R"(source.tcp: found "quotes.example", expected )" + std::string(net::kEndpointForm));
  check_fault(feed_with("", R"({"tcp": "quotes.example:7000", "udp": "127.0.0.1:9000"})"),
              "source.udp: is not for lines of tcp, expected none");
  check_fault(feed_with("", R"({"tcp": "quotes.example:7000", "interface": "lo"})"),
              "source.interface: is not for lines of tcp, expected none");
  for (const std::string bad : {"9000", "localhost:9000", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:65536",
                                "::1:9000", "[127.0.0.1]:9000", "[::1]", "239.1.2.3:90x", ""}) {
    check_fault(feed_with("", R"({"udp": ")" + bad + R"("})"),
                "source.udp: found \"" + bad + "\", expected " + address);
  }
  check_fault(
      feed_with("", R"({"upd": "127.0.0.1:9000", "udp": "127.0.0.1:9000"})"),
      R"(source.upd: unknown key; did you mean "udp"? (known here: udp, tcp, interface, from, kind))");
  check_fault(feed_with("", R"({"udp": "127.0.0.1:9000", "interface": "lo"})"),
              "source.interface: is for groups alone, and 127.0.0.1:9000 is none; expected no interface");
  check_fault(feed_with("", R"({"udp": "239.1.2.3:9000", "interface": ""})"),
              R"(source.interface: found "", expected an interface, by its name or one of its addresses)");
  check_fault(feed_with("", R"({"udp": "239.1.2.3:9000", "kind": "json"})"),
              R"(source.kind: found "json", expected "text" or "binary")");
  check_fault(feed_with(R"(, "key": "symbol")"), R"(key: found "symbol", expected )" + key);
  check_fault(feed_with(R"(, "key": "/a~2")"), R"(key: found "/a~2", expected )" + key);
  check_fault(feed_with(R"(, "key": 1)"), "key: found 1, expected " + key);
  check_fault(feed_with(R"(, "key": {})"), "key.before: missing, expected a text");
  check_fault(feed_with(R"(, "key": {"before": ""})"),
              R"(key.before: found "", expected a text that is not empty)");
  check_fault(feed_with(R"(, "key": {"after": ",", "before": ","})"),
              R"(key.after: unknown key (known here: before))");
  check_fault(feed_with(R"(, "last_value": 1)"), "last_value: found 1, expected true or false");
  check_fault(feed_with(R"(, "most_keys": 0)"), "most_keys: found 0, expected a number from 1 to 1000000");
  check_fault(feed_with(R"(, "events": "yes")"), R"(events: found "yes", expected true or false)");
  check_fault(
      feed_with(R"(, "slow_reader": "block")"),
      R"(slow_reader: found "block", expected "close" or "drop_oldest", since a feed waits for nobody)");
}

TEST_CASE("what is a feed's is no other service's") {
  for (const std::string member :
       {R"("source": {})", R"("key": "/a")", R"("last_value": true)", R"("most_keys": 1)"}) {
    const std::string name = member.substr(1, member.find('"', 1) - 1);
    const ConfigResult result =
        parse_config(R"({"services": {"/f": {"type": "echo", )" + member + "}}}", "", kTestTransports);
    REQUIRE(result.errors.size() == 1);
    CHECK(result.errors[0].starts_with("$.services[\"/f\"]." + name + ": unknown key"));
  }
}

TEST_CASE("two feeds may have one group, and no other address") {
  const auto two = [](const std::string& address) {
    const std::string feed = R"({"type": "feed", "source": {"udp": ")" + address + R"("}})";
    return parse_config(R"({"services": {"/a": )" + feed + R"(, "/f": )" + feed + "}}", "", kTestTransports)
        .errors;
  };
  CHECK(two("239.1.2.3:9000").empty());
  CHECK(two("127.0.0.1:9000") ==
        std::vector<std::string>{
            R"($.services["/f"].source.udp: 127.0.0.1:9000 is the source of "/a", expected another)"});
}

}  // namespace
}  // namespace encke::app
