// The generator understands what servers say, however it is split, and refuses what is wrong: a generator
// that let mistakes pass would measure them.
#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

#include "tests/bench/facade_page.hpp"
#include "tests/bench/frames.hpp"
#include "tests/bench/payload.hpp"

namespace encke::bench {
namespace {

TEST_CASE("SockJS frames are told apart, and broken ones refused (SockJS 0.3 framing)") {
  std::vector<std::string_view> messages;
  std::string storage;
  CHECK(read_frame("o", messages, storage) == FrameKind::Open);
  CHECK(read_frame("h", messages, storage) == FrameKind::Heartbeat);
  CHECK(read_frame("c[3000,\"Go away!\"]", messages, storage) == FrameKind::Close);
  CHECK(read_frame("a[]", messages, storage) == FrameKind::Messages);
  CHECK(messages.empty());
  REQUIRE(read_frame(R"(a["one","t\"w\\o\u0033\/","","four"])", messages, storage) == FrameKind::Messages);
  CHECK(messages == std::vector<std::string_view>{"one", "t\"w\\o3/", "", "four"});
  for (const auto text : {"", "x", "a", "a[", "a[\"one\"", "a[\"one]", "a[\"one\",]", "a[\"one\"]]", "a[1]",
                          "a[\"\\x\"]", "a[\"\\u00\"]", "oo"}) {
    CAPTURE(text);
    CHECK(read_frame(text, messages, storage) == FrameKind::Broken);
  }
}

TEST_CASE(
    "a page of the facade's acknowledges after a quarter of the window, or a second (PROTOCOL "
    "6.8)") {
  using Frame = FacadePage::Frame;
  FacadePage page;
  std::vector<std::string_view> messages;
  std::string storage;
  const Loop::Time begin{};
  CHECK_FALSE(page.read_opening("{}"));
  CHECK_FALSE(page.read_opening(R"({"session":"short","window":4096})"));
  const std::string key(36, 'K');
  REQUIRE(page.read_opening(R"({"version":1,"session":")" + key + R"(","window":8192,"hosts":[]})"));
  CHECK(page.key() == key);
  CHECK(page.read("k1", messages, storage, begin) == Frame::Broken);  // nothing was sent
  page.count_sent();
  CHECK(page.read("k1", messages, storage, begin) == Frame::Acknowledgement);
  for (const auto wrong : {"k", "k-1", "k2", "o", "s1", "c[1000,\"\"]", "e[404,\"\"]", "x", ""}) {
    CHECK(page.read(wrong, messages, storage, begin) == Frame::Broken);
  }
  CHECK(page.read("h", messages, storage, begin) == Frame::Heartbeat);
  CHECK_FALSE(page.owes());
  const auto receive = [&](int count) {
    while (count-- > 0) REQUIRE(page.read(R"(a["x"])", messages, storage, begin) == Frame::Messages);
  };
  receive(41);  // 49 bytes each; a quarter of the window is 2048
  CHECK_FALSE(page.due());
  receive(1);
  CHECK(page.due());
  CHECK(page.state() == 42);
  CHECK_FALSE(page.due());
  REQUIRE(page.read(R"(a["x"])", messages, storage, begin) == Frame::Messages);
  CHECK_FALSE(page.rested(begin + std::chrono::milliseconds(999)));
  CHECK(page.rested(begin + std::chrono::seconds(1)));
  page.state();
  CHECK_FALSE(page.rested(begin + std::chrono::seconds(1)));
}

TEST_CASE("each envelope gives its frame, and nothing for the lines around it (SockJS 0.3 framing)") {
  std::string_view frame;
  std::string storage;
  REQUIRE(read_envelope(Envelope::Line, "a[\"x\"]", frame, storage));
  CHECK(frame == "a[\"x\"]");
  CHECK_FALSE(read_envelope(Envelope::Line, std::string(2048, 'h'), frame, storage));
  REQUIRE(read_envelope(Envelope::Event, "data: a[\"x\"]\r", frame, storage));
  CHECK(frame == "a[\"x\"]");
  CHECK_FALSE(read_envelope(Envelope::Event, "\r", frame, storage));
  REQUIRE(read_envelope(Envelope::Script, R"(p("a[\"x\"]");)", frame, storage));
  CHECK(frame == "a[\"x\"]");
  for (const auto line :
       {"<script>", "</script>\r", "    function p(d) {c.message(d);};", "p(\"a[]\")", "p(\"o"})
    CHECK_FALSE(read_envelope(Envelope::Script, line, frame, storage));
  REQUIRE(read_envelope(Envelope::Call,
                        R"(/**/_jp.x("a[\"x\"]");)"
                        "\r",
                        frame, storage));
  CHECK(frame == "a[\"x\"]");
  CHECK_FALSE(read_envelope(Envelope::Call, "_jp.x(\"o\");\r", frame, storage));
}

TEST_CASE("a message that differs in one byte from what was sent is not taken") {
  PayloadWriter writer(32);
  const std::string message(writer.write(0xabc, 0x12345678));
  CHECK(message == "00000abc-12345678-xxxxxxxxxxxxxx");
  Payload payload;
  REQUIRE(read_payload(message, 32, payload));
  CHECK(payload.sender == 0xabc);
  CHECK(payload.number == 0x12345678);
  for (std::size_t i = 0; i < message.size(); ++i) {
    std::string wrong = message;
    wrong[i] = 'y';
    CHECK_FALSE(read_payload(wrong, 32, payload));
  }
  CHECK_FALSE(read_payload(message + "x", 32, payload));
  CHECK_FALSE(read_payload(message.substr(1), 32, payload));
  CHECK_FALSE(read_payload("", 32, payload));
}

}  // namespace
}  // namespace encke::bench
