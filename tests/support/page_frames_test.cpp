// Each frame of PROTOCOL 6.3 and 6.4 as the page reads and writes it.
#include "tests/support/page_frames.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace encke;
using namespace encke::test;

namespace {

/// A frame in words: "text x,bytes 3", "k 12", "h", "close 1000 bye", "refused 404 …"; "broken".
std::string read(std::string_view text) {
  const auto frame = parse_page_frame(text);
  if (!frame) return "broken";
  std::string words;
  switch (frame->kind) {
    case PageFrame::Kind::messages:
      for (const Message& message : frame->messages) {
        if (!words.empty()) words += ',';
        words += message.is_binary() ? "bytes " + std::to_string(message.size())
                                     : "text " + std::string(message.data());
      }
      return words;
    case PageFrame::Kind::acknowledgement:
      return "k " + std::to_string(frame->number);
    case PageFrame::Kind::beginning:
      return "s " + std::to_string(frame->number);
    case PageFrame::Kind::heartbeat:
      return "h";
    case PageFrame::Kind::close:
      return "close " + std::to_string(frame->reason.code) + " " + frame->reason.text;
    case PageFrame::Kind::refusal:
      return "refused " + std::to_string(frame->reason.code) + " " + frame->reason.text;
  }
  return {};
}

}  // namespace

TEST_CASE("6.3 each frame down means what the table says") {
  CHECK(read(R"(a["m1","m2"])") == "text m1,text m2");
  CHECK(read(R"(a["\u200c\ud83d\ude00\n"])") == "text \xE2\x80\x8C\xF0\x9F\x98\x80\n");
  CHECK(read("bAAEC,AwQ") == "bytes 3,bytes 2");
  CHECK(read("b") == "bytes 0");
  CHECK(read("b,") == "bytes 0,bytes 0");
  CHECK(parse_page_frame("bAAEC,AwQ")->messages[0].data() == std::string_view("\0\1\2", 3));
  CHECK(parse_page_frame("bAAEC,AwQ")->messages[1].data() == "\3\4");
  CHECK(read("s12") == "s 12");
  CHECK(read("k12") == "k 12");
  CHECK(read("k0") == "k 0");
  CHECK(read("k9007199254740991") == "k 9007199254740991");
  CHECK(read("h") == "h");
  CHECK(read(R"(c[1000,"Normal closure"])") == "close 1000 Normal closure");
  CHECK(read(R"(e[404,"no such session"])") == "refused 404 no such session");
}

TEST_CASE("6.3 what is no frame down is told from one") {
  for (const char* text : {"",
                           "a",
                           "a[]",
                           "a[1]",
                           R"(a["x")",
                           R"(a{"x":1})",
                           "bAAE=",
                           "bAA EC",
                           "bA",
                           "bAB",
                           "k",
                           "k-1",
                           "k1.0",
                           "k012",
                           "k 1",
                           "k9007199254740992",
                           "k99999999999999999999",
                           "hh",
                           "c",
                           "c[1000]",
                           R"(c["x",1000])",
                           R"(c[70000,"x"])",
                           R"(c[-1,"x"])",
                           "e404",
                           "o",
                           "q",
                           "r[1,0,0]",
                           "x"}) {
    CAPTURE(text);
    CHECK(read(text) == "broken");
  }
}

TEST_CASE("6.4 messages up share a frame with their neighbours of the same kind, up to the limit") {
  MessageFrames frames;
  CHECK(frames.add(Message::text("x"), 100));
  CHECK(frames.add(Message::text("\"\n\x01"), 100));
  CHECK(frames.add(Message::binary(std::string_view("\0\1\2", 3)), 100));
  CHECK(frames.add(Message::binary("\3\4"), 100));
  CHECK(frames.add(Message::binary(""), 100));
  CHECK(frames.add(Message::text(""), 100));
  CHECK(frames.text() == "a[\"x\",\"\\\"\\n\\u0001\"]\nbAAEC,AwQ,\na[\"\"]");
  CHECK(frames.take().size() == 36);
  CHECK(frames.text().empty());

  CHECK(frames.add(Message::text("longer than the limit"), 5));  // one message always fits
  CHECK_FALSE(frames.add(Message::text(""), 5));
  frames.take();
  CHECK(frames.add(Message::text("12345"), 17));
  CHECK_FALSE(frames.add(Message::text("6789ab"), 17));
  CHECK(frames.add(Message::text("6789a"), 18));
  CHECK(frames.text() == R"(a["12345","6789a"])");
}

TEST_CASE("6.4 acknowledgements and closes are written as the table says") {
  CHECK(acknowledgement_frame(12) == "k12");
  CHECK(close_frame({1000, "bye"}) == R"(c[1000,"bye"])");
  CHECK(close_frame({3000, "\"\\"}) == R"(c[3000,"\"\\"])");
}

TEST_CASE("6.2 an opening has a version, a key and the limits") {
  const auto opening =
      parse_opening(R"({"version":1,"session":"KEY","heartbeat":25000,"resume_window":60000,"window":524288,)"
                    R"("max_message_bytes":16777216,"transports":["websocket","jsonp"],"hosts":["b:81"]})");
  REQUIRE(opening);
  CHECK(opening->session == "KEY");
  CHECK(opening->heartbeat_ms == 25'000);
  CHECK(opening->resume_window_ms == 60'000);
  CHECK(opening->window == 524'288);
  CHECK(opening->max_message_bytes == 16'777'216);
  CHECK(opening->transports == std::vector<std::string>{"websocket", "jsonp"});
  CHECK(opening->hosts == std::vector<std::string>{"b:81"});
  CHECK_FALSE(parse_opening(R"({"version":2})"));
  CHECK_FALSE(parse_opening(R"({"version":1,"session":"KEY"})"));
  CHECK_FALSE(parse_opening("[1]"));
  CHECK_FALSE(parse_opening("{"));
}
