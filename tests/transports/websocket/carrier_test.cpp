// The carrier that is a WebSocket: order, backlog, heartbeats, and every way to close.
#include "transports/shared/socket_carrier.hpp"

#include "tests/transports/websocket/socket_support.hpp"
#include "transports/websocket/deflate.hpp"

using namespace encke;
using namespace encke::test;
using State = FakeStream::State;

TEST_CASE("the sample exchange in exact bytes, framed as SockJS (facts 9)") {
  Socket socket(kSockjsPath);
  CHECK(socket.head == accepted());
  CHECK(socket.first == server_text("o"));
  CHECK(socket.ask(client_text(R"(["a","b"])")) == "");
  CHECK(socket.ask(client_text(R"("c")")) == "");
  CHECK(socket.ask(client_text("") + client_text("[]")) == "");
  CHECK(socket.site.seen() == Seen{"m:a", "m:b", "m:c"});
  socket.site.send("1");
  socket.site.say("2");
  CHECK(socket.stream.sent() == server_text(R"(a["1"])") + server_text(R"(a["2"])"));
  socket.site.channel->close(3000, "Go away!");
  socket.site.loop.turn.end();
  CHECK(socket.stream.sent() == server_text(R"(c[3000,"Go away!"])") + server_close(1000, "Normal closure"));
  CHECK(socket.stream.open());
  CHECK(socket.ask(client_close(1000)) == "");
  CHECK(socket.stream.state() == State::left);
  CHECK(socket.site.seen() == Seen{"c:3000 Go away!"});
}

TEST_CASE("the sample exchange in exact bytes, raw") {
  Socket socket(kRawPath);
  CHECK(socket.head == accepted());
  CHECK(socket.first == "");
  CHECK(socket.ask(client_text("[1]") + client_frame(0x82, "\xff")) == "");
  CHECK(socket.site.seen() == Seen{"m:[1]", "m:\xff"});
  socket.site.send("text");
  REQUIRE(socket.site.channel->send(Message::binary("\xfe")));
  socket.site.channel->close(3000, "Go away!");
  socket.site.loop.turn.end();
  CHECK(socket.stream.sent() ==
        server_text("text") + server_frame(0x82, "\xfe") + server_close(3000, "Go away!"));
  CHECK(socket.ask(client_close(3000, "Go away!")) == "");
  CHECK(socket.stream.state() == State::left);
}

TEST_CASE("pongs and messages leave in the order of what they answer (RFC 6455 5.5.3)") {
  Socket socket(kRawPath);
  socket.site.echoes = true;
  CHECK(socket.ask(client_text("a") + client_frame(0x89, "1") + client_text("b") + client_frame(0x89, "2")) ==
        server_text("a") + server_frame(0x8a, "1") + server_text("b") + server_frame(0x8a, "2"));
  // In the middle of a fragmented message too.
  CHECK(socket.ask(client_frame(0x01, "x") + client_frame(0x89, "3") + client_frame(0x80, "y")) ==
        server_frame(0x8a, "3") + server_text("xy"));
}

TEST_CASE("frames may follow the request in its segment, or come byte by byte") {
  for (const bool single : {false, true}) {
    ServiceSite site(make_websocket());
    site.echoes = true;
    FakeStream& stream = site.connect();
    const std::string bytes = opening(kRawPath) + client_text("early") + client_close(1000, "bye");
    if (single) {
      for (const char& byte : bytes) stream.give({&byte, 1});
    } else {
      stream.give(bytes);
    }
    CHECK(stream.sent() == accepted() + server_text("early") + server_close(1000));
    CHECK(stream.state() == State::left);
    CHECK(site.seen() == Seen{"c:1000 bye"});
  }
}

TEST_CASE("a peer that sends without reading is paused, and gets every answer once it reads") {
  Socket socket(kRawPath);
  socket.site.echoes = true;
  socket.stream.take_only(0);
  std::string expected;
  int count = 0;
  while (!socket.stream.paused()) {
    const std::string text = std::to_string(count) + std::string(3000, 'x');
    socket.stream.give(client_text(text) + client_frame(0x89, std::to_string(count)));
    expected += server_text(text) + server_frame(0x8a, std::to_string(count));
    REQUIRE(++count < 1000);
  }
  CHECK(socket.stream.queued() < 256 * 1024);
  for (int more = 0; more < 50; ++more, ++count) {
    const std::string text = std::to_string(count) + std::string(3000, 'x');
    socket.stream.give(client_text(text));
    expected += server_text(text);
  }
  CHECK(socket.stream.inbox() > 100'000);
  std::string received;
  for (int rounds = 0; received.size() < expected.size() && rounds < 1000; ++rounds) {
    socket.stream.take_only(20'000);
    socket.stream.settle();
    received += socket.stream.sent();
  }
  CHECK(received == expected);
  CHECK_FALSE(socket.stream.paused());
}

TEST_CASE("a flood of pings is slowed as well, in one read or in many") {
  std::string flood;
  for (int count = 0; count < 3000; ++count) flood += client_frame(0x89, std::string(100, 'p'));
  const std::size_t answers = 3000 * server_frame(0x8a, std::string(100, 'p')).size();
  Socket socket(kRawPath);
  socket.stream.take_only(0);
  socket.stream.give(flood);
  CHECK(socket.stream.paused());
  CHECK(socket.stream.queued() < 128 * 1024);
  std::size_t received = 0;
  for (int rounds = 0; received < answers && rounds < 1000; ++rounds) {
    socket.stream.take_only(50'000);
    socket.stream.settle();
    received += socket.stream.sent().size();
  }
  CHECK(received == answers);
  CHECK(socket.stream.caught_up() > 2000);  // weighed as what comes
}

TEST_CASE("a service that says more than its reader takes waits in the outbox") {
  Socket socket(kRawPath);
  socket.stream.take_only(0);
  std::string expected;
  for (int count = 0; count < 50; ++count) {
    const std::string text = std::to_string(count) + std::string(10'000, 'x');
    socket.site.say(text);
    expected += server_text(text);
  }
  CHECK(socket.stream.queued() < 256 * 1024);
  CHECK(socket.site.channel->buffered() > 100'000);
  socket.stream.drain();
  for (int rounds = 0; socket.site.channel->buffered() > 0 && rounds < 100; ++rounds) socket.stream.settle();
  CHECK(socket.stream.sent() == expected);
}

TEST_CASE("a close frame that is not answered in 5 seconds ends the stream (RFC 6455 7.1.1)") {
  Socket socket(kRawPath);
  socket.site.channel->close(1000, "done");
  socket.site.loop.turn.end();
  CHECK(socket.stream.sent() == server_close(1000, "done"));
  CHECK(socket.site.sessions() == 0);
  socket.site.loop.pass(Millis{4'900});
  // What the peer still sends is read and dropped.
  CHECK(socket.ask(client_text("late") + client_frame(0x89, "late")) == "");
  CHECK(socket.stream.open());
  socket.site.loop.pass(Millis{200});
  CHECK(socket.stream.state() == State::closed);
  CHECK(socket.site.seen() == Seen{"c:1000 done"});
}

TEST_CASE("a peer that was paused when the service closes can still answer the close frame") {
  Socket socket(kRawPath);
  socket.stream.take_only(0);
  std::string flood;
  for (int count = 0; count < 1500; ++count) flood += client_frame(0x89, std::string(100, 'p'));
  socket.stream.give(flood);
  REQUIRE(socket.stream.paused());
  socket.stream.give(client_close(1000));
  socket.site.channel->close(1000, "done");
  socket.site.loop.turn.end();
  socket.stream.drain();
  CHECK(socket.stream.state() == State::left);
  CHECK(socket.site.seen() == Seen{"c:1000 done"});
}

TEST_CASE("the peer's close is answered with its code and told to the service (RFC 6455 5.5.1)") {
  for (const std::string_view path : {kRawPath, kSockjsPath}) {
    Socket with_code(path);
    CHECK(with_code.ask(client_close(1001, "leaving")) == server_close(1001));
    CHECK(with_code.stream.state() == State::left);
    CHECK(with_code.site.seen() == Seen{"c:1001 leaving"});
    Socket without(path);
    CHECK(without.ask(client_frame(0x88, "")) == server_frame(0x88, ""));
    CHECK(without.site.seen() == Seen{"c:1005 "});
    CHECK(without.stream.state() == State::left);
  }
}

TEST_CASE("what the service said before the peer's close leaves before the answer") {
  Socket socket(kRawPath);
  socket.site.echoes = true;
  CHECK(socket.ask(client_text("a") + client_close(1000) + client_text("never")) ==
        server_text("a") + server_close(1000));
}

TEST_CASE("both close at once: each frame stands once (RFC 6455 7.1.3)") {
  Socket socket(kRawPath);
  socket.site.channel->close(4000, "ours");
  CHECK(socket.ask(client_close(4001, "theirs")) == server_close(4000, "ours"));
  CHECK(socket.stream.state() == State::left);
  CHECK(socket.site.seen().size() == 1);
}

TEST_CASE("a peer's mistake is closed with its code, and the text says what was expected") {
  Socket unmasked(kRawPath);
  const std::string answer = unmasked.ask(server_text("no mask"));
  CHECK(answer.substr(0, 1) == "\x88");
  CHECK(answer.substr(2, 2) == close_payload(1002));
  CHECK(unmasked.stream.state() == State::closed);
  CHECK(unmasked.site.seen()[0].substr(0, 7) == "c:1002 ");
  Socket text(kRawPath);
  CHECK(text.ask(client_text("\xff")).substr(2, 2) == close_payload(1007));
  ServiceOptions options;
  options.max_message_bytes = 10;
  Socket large(kRawPath, options);
  CHECK(large.ask(client_text("0123456789")) == "");
  CHECK(large.ask(client_text("0123456789a")).substr(2, 2) == close_payload(1009));
}

TEST_CASE("a message may have limits.empty_fragments fragments without payload; 0 is any number") {
  const auto empties = [](int count) {
    std::string frames = client_frame(0x01, "");
    for (int more = 1; more < count; ++more) frames += client_frame(0x00, "");
    return frames;
  };
  ServiceOptions options;
  options.limits.empty_fragments = 3;
  Socket few(kRawPath, options);
  const std::string fits = empties(3) + client_frame(0x80, "x");
  CHECK(few.ask(fits + fits) == "");
  CHECK(few.ask(empties(4)).substr(2, 2) == close_payload(1008));
  CHECK(few.site.seen().size() == 3);
  options.limits.empty_fragments = 0;
  Socket any(kRawPath, options);
  CHECK(any.ask(empties(70'000) + client_frame(0x80, "x")) == "");
  CHECK(any.site.seen() == Seen{"m:x"});
}

TEST_CASE("broken SockJS framing closes with 3000 and no c frame before it (facts 9)") {
  for (const char* text : {"[\"a", "{}", "x"}) {
    Socket socket(kSockjsPath);
    CHECK(socket.ask(client_text(R"(["good"])") + client_text(text) + client_text(R"(["never"])")) ==
          server_close(3000, "Broken framing."));
    CHECK(socket.stream.state() == State::closed);
    CHECK(socket.site.seen() == Seen{"m:good", "c:3000 Broken framing."});
  }
}

TEST_CASE("heartbeats are pings every 25 seconds; 10 without a pong and the session closes (facts 9)") {
  Socket socket(kSockjsPath);
  const std::string ping = server_frame(0x89, "");
  socket.site.loop.pass(Millis{24'900});
  CHECK(socket.stream.sent() == "");
  socket.site.loop.pass(Millis{200});
  CHECK(socket.stream.sent() == ping);
  CHECK(socket.ask(client_frame(0x8a, "")) == "");
  socket.site.loop.pass(Millis{25'100});
  CHECK(socket.stream.sent() == ping);
  socket.site.loop.pass(Millis{10'100});
  CHECK(socket.stream.sent() ==
        server_text(R"(c[3000,"No response from heartbeat"])") + server_close(1000, "Normal closure"));
  CHECK(socket.site.seen() == Seen{"c:3000 No response from heartbeat"});
}

TEST_CASE("a lost stream ends the session in each of its states") {
  Socket open(kRawPath);
  open.stream.lose();
  CHECK(open.site.seen() == Seen{"c:1006 the connection was lost"});

  Socket full(kRawPath);
  full.stream.take_only(0);
  for (int count = 0; count < 4; ++count) full.site.say(std::string(50'000, 'x'));
  full.stream.lose();
  CHECK(full.site.seen() == Seen{"c:1006 the connection was lost"});
  CHECK(full.site.sessions() == 0);

  Socket closing(kRawPath);
  closing.site.channel->close(1000, "done");
  closing.site.loop.turn.end();
  closing.stream.lose();
  CHECK(closing.site.seen() == Seen{"c:1000 done"});
}

TEST_CASE("a reader that falls behind is cut off") {
  ServiceOptions options;
  options.outbox_bytes = 100'000;
  Socket socket(kRawPath, options);
  socket.stream.take_only(0);
  for (int count = 0; count < 40 && socket.site.channel->send(std::string(10'000, 'x')); ++count) {
    socket.site.loop.turn.end();
  }
  socket.site.loop.turn.end();
  CHECK(socket.stream.state() == State::aborted);
  CHECK(socket.site.seen() == Seen{"c:1008 the reader fell behind by more than 100000 bytes"});
  CHECK(socket.site.sessions() == 0);
}

TEST_CASE("negotiated deflate: long messages leave compressed, compressed ones arrive (RFC 7692 7.2)") {
  Socket socket(kRawPath, {}, "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n");
  CHECK(socket.head.find("Sec-WebSocket-Extensions: permessage-deflate") != std::string::npos);
  socket.site.echoes = true;
  CHECK(socket.ask(client_frame(0xc1, from_hex("f248cdc9c90700"))) == server_text("Hello"));
  const std::string text(5000, 'x');
  const std::string answer = socket.ask(client_text(text));
  REQUIRE(answer.size() > 2);
  REQUIRE(answer.size() < 200);
  CHECK(answer.substr(0, 1) == "\xc1");
  std::string inflated;
  websocket::Decompressor decompressor;
  const std::string payload = answer.substr(answer[1] < 126 ? 2 : 4);
  CHECK(decompressor.inflate(payload, 10'000, inflated));
  CHECK(inflated == text);
  CHECK(socket.ask(client_frame(0xc1, "\xff\xff\xff")).substr(0, 1) == "\x88");
}

TEST_CASE("a sub-protocol of both is chosen, and the application is told (RFC 6455 4.2.2)") {
  ServiceOptions options;
  options.protocols = {"chat", "echo"};
  for (const std::string_view path : {kRawPath, kSockjsPath}) {
    for (const std::string_view fields : {"Sec-WebSocket-Protocol: other, echo, chat\r\n",
                                          "Sec-WebSocket-Protocol: other\r\nSec-WebSocket-Protocol: "
                                          "x,echo\r\nSec-WebSocket-Protocol: chat\r\n"}) {
      Socket socket(path, options, fields);
      CHECK(socket.head == accepted("Sec-WebSocket-Protocol: echo\r\n"));
      CHECK(socket.site.channel->protocol() == "echo");
    }
    Socket other(path, options, "Sec-WebSocket-Protocol: other, Chat\r\n");
    CHECK(other.head == accepted());
    CHECK(other.site.channel->protocol().empty());
    Socket silent(path, options);
    CHECK(silent.head == accepted());
    CHECK(silent.site.channel->protocol().empty());
  }
}
