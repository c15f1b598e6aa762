// What a page does wrong: in one stream, which closes, or with the frames, which ends the session.
#include "tests/mux/mux_world.hpp"

using namespace encke;
using namespace encke::test;

namespace {

struct Open : MuxWorld {
  explicit Open(MuxOptions options = carrying()) : MuxWorld(std::move(options)) {
    begin();
    open(1, "/a");
    said();
  }
};

/// What the session is closed with, and that the stream's service hears of the same code.
std::string closes(const std::function<void(Open&)>& act) {
  Open world;
  act(world);
  CHECK(world.own->size() == 0);
  CHECK(world.said().empty());
  const std::vector<std::string> seen = world.at("/a").seen();
  CHECK(seen.size() == 1);
  CHECK(seen[0] == "1 c:" + world.wire.closed);
  return world.wire.closed;
}

}  // namespace

TEST_CASE("what breaks the framing closes the session with 1002, and all its streams") {
  CHECK(closes([](Open& world) {
          world.give_bytes("\x01\x09");
        }).starts_with("1002 a frame of stream 1 has the type 9;"));
  CHECK(closes([](Open& world) { world.open(2, "/a"); }) ==
        "1002 a page opened stream 2, expected an odd number");
  CHECK(closes([](Open& world) { world.open(1, "/a"); }) ==
        "1002 stream 1 comes after stream 1; expected a higher number than any before");
  CHECK(closes([](Open& world) { world.text(3, "x"); }) ==
        "1002 a frame is of stream 3, which was never opened");
  CHECK(closes([](Open& world) { world.close(2); }) == "1002 a frame is of stream 2, which was never opened");
  CHECK(closes([](Open& world) { world.give({.stream = 1, .type = mux::Type::opened, .number = 1024}); }) ==
        "1002 a page does not send OPENED, as it did for stream 1");
  CHECK(closes([](Open& world) { world.close(1, 1006); }) ==
        "1002 stream 1 is closed with 1006; expected 1000, 1001, 1002, 1005, 1007, 1009 or 3000 to 4999");
  CHECK(closes([](Open& world) { world.close(1, 1000, std::string(124, 'x')); }) ==
        "1002 the reason that stream 1 is closed for is longer than 123 bytes, or not UTF-8");
  CHECK(closes([](Open& world) { world.close(1, 1000, "\xFF"); }) ==
        "1002 the reason that stream 1 is closed for is longer than 123 bytes, or not UTF-8");
  CHECK(closes([](Open& world) {
          world.session->receive(Message::text("hello"));
          world.turn.end();
        }) == "1002 found a text message, expected frames in binary ones");
}

TEST_CASE("a reason of 123 bytes is taken") {
  Open world;
  world.close(1, 3000, std::string(123, 'x'));
  CHECK(world.wire.closed.empty());
  CHECK(world.at("/a").seen() == Seen{"1 c:3000 " + std::string(123, 'x')});
}

TEST_CASE("a message in a stream that is closed, or was refused, ends the session") {
  {
    Open world;
    world.close(1);
    world.text(1, "x");
    CHECK(world.wire.closed == "1002 a message came in stream 1, which is closed");
  }
  Open world;
  world.open(3, "/none");
  world.text(3, "x");
  CHECK(world.wire.closed == "1002 a message came in stream 3, which is closed");
}

TEST_CASE("a page that opens streams and does not read their refusals is stopped") {
  MuxOptions options = MuxWorld::carrying();
  options.streams = 2;
  Open world(options);
  world.wire.room = 0;
  world.at("/a").channels[0]->send(std::string(300'000, 'x'));
  world.credit(1, 1'000'000);
  std::uint32_t stream = 3;
  while (world.wire.closed.empty() && world.session->is_open() && stream < 10'000) {
    world.open(stream, "/none");
    stream += 2;
  }
  CHECK(stream == 3 + 2 * (2 + 1024));
  world.make_room(10'000);
  CHECK(world.wire.closed == "1002 streams are opened and closed faster than the answers are read");
}

TEST_CASE("a session without the sub-protocol closes at once") {
  MuxWorld world;
  world.begin("");
  CHECK(world.wire.closed == "1002 expected the sub-protocol encke-mux.1, as Encke.Mux asks for");
}

TEST_CASE("what no page sends breaks the framing in a stream that is gone too") {
  const auto end = [](const mux::Frame& frame) {
    Open world;
    world.close(1);
    CHECK(world.said() == Seen{"1 CLOSE 1000"});
    world.give(frame);
    return world.wire.closed;
  };
  CHECK(end({.stream = 1, .type = mux::Type::opened, .number = 1024}) ==
        "1002 a page does not send OPENED, as it did for stream 1");
  CHECK(end({.stream = 1, .type = mux::Type::close, .number = 1006}) ==
        "1002 stream 1 is closed with 1006; expected 1000, 1001, 1002, 1005, 1007, 1009 or 3000 to 4999");
  CHECK(end({.stream = 1, .type = mux::Type::close, .number = 1005}).empty());
}

TEST_CASE("a window below 1024 refuses the stream") {
  Open world;
  world.open(3, "/a", 1023);
  CHECK(world.said() == Seen{"3 CLOSE 1002 the window is 1023, expected at least 1024"});
  world.open(5, "/a", 1024);
  CHECK(world.said() == Seen{"5 OPENED 262144"});
}

TEST_CASE("more than the window closes the stream with 1002, and a byte less does not") {
  MuxOptions options = MuxWorld::carrying();
  options.window = 1024;
  Open world(options);
  world.at("/a").channels[0]->pause();
  world.text(1, std::string(1024 - mux::kPieceCost, 'x'));
  CHECK(world.said().empty());
  world.open(3, "/a");
  world.said();
  world.at("/a").channels[1]->pause();
  world.text(3, std::string(1025 - mux::kPieceCost, 'x'));
  CHECK(world.said() ==
        Seen{"3 CLOSE 1002 more came than the window of 1024 bytes has room for; wait for CREDIT"});
  CHECK(world.at("/a").seen() ==
        Seen{"2 c:1002 more came than the window of 1024 bytes has room for; wait for CREDIT"});
  CHECK(world.at("/a").sessions.size() == 1);
}

TEST_CASE("credit of more than 2147483647 bytes closes the stream with 1002") {
  Open world;
  world.credit(1, mux::kLargest - 65'536);
  CHECK(world.said().empty());
  world.credit(1, 1);
  CHECK(world.said() == Seen{"1 CLOSE 1002 the credit is more than 2147483647 bytes in all"});
  CHECK(world.wire.closed.empty());
}

TEST_CASE("such credit before the answer refuses the stream, whatever the answer is") {
  MuxWorld world;
  std::vector<Access> asked;
  world.at("/a").authorizer = [&](const AccessRequest&, const Access& access) { asked.push_back(access); };
  world.begin();
  world.open(1, "/a", mux::kLargest);
  world.credit(1, 1);
  CHECK(world.said() == Seen{"1 CLOSE 1002 the credit is more than 2147483647 bytes in all"});
  CHECK_FALSE(asked[0].awaited());
  asked[0].grant();
  world.turn.end();
  CHECK(world.said().empty());
  CHECK(world.at("/a").sessions.size() == 0);
}

TEST_CASE("a message longer than its service takes closes the stream with 1009") {
  ServiceOptions small;
  small.max_message_bytes = 100;
  Open world;
  world.add("/b", small);
  world.open(3, "/b");
  world.said();
  world.text(3, std::string(60, 'x'), true);
  world.text(3, std::string(40, 'x'));
  CHECK(world.at("/b").seen().size() == 1);
  world.text(3, std::string(60, 'x'), true);
  world.text(3, std::string(41, 'x'), true);
  CHECK(world.said() == Seen{"3 CLOSE 1009 a message has more than 100 bytes"});
  CHECK(world.at("/b").seen() == Seen{"1 c:1009 a message has more than 100 bytes"});
  world.text(3, "crosses");
  world.text(1, "others go on");
  CHECK(world.at("/a").seen() == Seen{"1 m:others go on"});
}

TEST_CASE("text that is not UTF-8 closes the stream with 1007") {
  Open world;
  world.text(1, "\xC3", true);
  world.text(1, "x");
  CHECK(world.said() == Seen{"1 CLOSE 1007 a text message is not UTF-8"});
}

TEST_CASE("messages that have come in part take as much as they may in all streams together") {
  MuxOptions options = MuxWorld::carrying();
  options.partial_bytes = 100;
  Open world(options);
  world.open(3, "/b");
  world.said();
  world.text(1, std::string(60, 'x'), true);
  world.text(3, std::string(40, 'x'), true);
  CHECK(world.said().empty());
  world.text(3, "y", true);
  CHECK(world.said() ==
        Seen{"3 CLOSE 1009 messages that have come in part take more than this session may hold"});
  world.text(1, std::string(40, 'x'), true);
  CHECK_MESSAGE(world.said().empty(), "what the closed stream held is free again");
  world.text(1, "whole");
  CHECK(world.at("/a").seen().size() == 1);
  world.text(1, std::string(100, 'x'), true);
  CHECK(world.said().empty());
}
