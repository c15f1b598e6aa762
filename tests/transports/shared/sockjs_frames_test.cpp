// Frames, known answers (PROTOCOL 2.2).
#include "transports/shared/sockjs_frames.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using encke::CloseReason;
using encke::Frame;
using encke::Message;
namespace sockjs = encke::sockjs;
using namespace std::string_view_literals;

TEST_CASE("consecutive messages are one frame (PROTOCOL 2.2)") {
  const Message messages[] = {Message::text("m1"), Message::text("say \"x\""), Message::text("")};
  std::vector<Frame> frames;
  for (const Message& message : messages)
    frames.push_back({.kind = Frame::Kind::message, .message = &message});
  std::string out;
  sockjs::append_messages(frames, out);
  CHECK(out == R"(a["m1","say \"x\"",""])");
  out.clear();
  sockjs::append_messages(std::span(frames).first(1), out);
  CHECK(out == R"(a["m1"])");
}

TEST_CASE("a close is its code and its text (PROTOCOL 2.2)") {
  std::string out;
  sockjs::append_close({3000, "Go away!"}, out);
  CHECK(out == R"(c[3000,"Go away!"])");
  out.clear();
  sockjs::append_close({1000, "a\"b\n"}, out);
  CHECK(out == R"(c[1000,"a\"b\n"])");
}

TEST_CASE("the frames of one write are cut at open, heartbeat and close, and at the most that is asked for") {
  const Message message = Message::text("x");
  const CloseReason reason{3000, "Go away!"};
  const Frame queued{.kind = Frame::Kind::message, .message = &message};
  const std::vector<Frame> frames = {{.kind = Frame::Kind::open},
                                     queued,
                                     queued,
                                     queued,
                                     {.kind = Frame::Kind::close, .reason = &reason},
                                     {.kind = Frame::Kind::heartbeat}};
  const auto cut = [&](std::size_t at_most) {
    std::string out;
    for (std::span<const Frame> rest = frames; !rest.empty();) {
      rest = rest.subspan(sockjs::append_frame(rest, out, at_most));
      out += '\n';
    }
    return out;
  };
  CHECK(cut(100) == "o\na[\"x\",\"x\",\"x\"]\nc[3000,\"Go away!\"]\nh\n");
  CHECK(cut(2) == "o\na[\"x\",\"x\"]\na[\"x\"]\nc[3000,\"Go away!\"]\nh\n");
  CHECK(cut(1) == "o\na[\"x\"]\na[\"x\"]\na[\"x\"]\nc[3000,\"Go away!\"]\nh\n");
}

TEST_CASE("a binary message goes as the text that its bytes are (PROTOCOL 2.3)") {
  const Message message = Message::binary("\xFFok");
  const Frame frame{.kind = Frame::Kind::message, .message = &message};
  std::string out;
  sockjs::append_messages({&frame, 1}, out);
  CHECK(out == R"(a["\ufffdok"])");
}

TEST_CASE(
    "an event stream carries percent, CR, LF and NUL percent-encoded, and nothing else (PROTOCOL 2.1)") {
  const auto event = [](std::string_view frame) {
    std::string out = ":";
    sockjs::append_event_data(frame, out);
    return out.substr(1);
  };
  CHECK(event("") == "");
  CHECK(event("a[\"x\"]") == "a[\"x\"]");
  CHECK(event("a[\"100%\"]") == "a[\"100%25\"]");
  CHECK(event("%") == "%25");
  CHECK(event("a\rb") == "a%0Db");
  CHECK(event("a\nb") == "a%0Ab");
  CHECK(event("a\0b"sv) == "a%00b");
  CHECK(event("%%41") == "%25%2541");
  CHECK(event("\0a\r\nb%"sv) == "%00a%0D%0Ab%25");
  std::string others;
  for (int byte = 1; byte < 256; ++byte) {
    if (byte != '%' && byte != '\r' && byte != '\n') others += static_cast<char>(byte);
  }
  CHECK(event(others) == others);
}
