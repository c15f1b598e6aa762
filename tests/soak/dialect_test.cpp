// The soak reads what transports send, and nothing else: a soak that let mistakes pass would find none.
#include "tests/soak/dialect.hpp"

#include "tests/soak/numbered.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>
#include <vector>

namespace encke::soak {
namespace {

std::string frame_of(Envelope envelope, std::string_view line) {
  std::string frame;
  const LineRead read = read_line(envelope, line, frame);
  return read == LineRead::frame ? frame : read == LineRead::nothing ? "(nothing)" : "(broken)";
}

TEST_CASE("2.1 each envelope gives its frame, and nothing for what stands around it") {
  CHECK(frame_of(Envelope::line, "a[\"x\"]") == "a[\"x\"]");
  CHECK(frame_of(Envelope::line, "h") == "h");
  CHECK(frame_of(Envelope::line, std::string(2048, 'h')) == "(nothing)");
  CHECK(frame_of(Envelope::event, "data: a[\"100%25\"]%0D%0A\r") == "a[\"100%\"]\r\n");
  CHECK(frame_of(Envelope::event, "\r") == "(nothing)");
  CHECK(frame_of(Envelope::script, R"(p("a[\"\u003c\ud83d\ude00\"]");)") == "a[\"<\xf0\x9f\x98\x80\"]");
  CHECK(frame_of(Envelope::script, "</script>\r") == "(nothing)");
  CHECK(frame_of(Envelope::script, "  function p(d) {") == "(nothing)");
  CHECK(frame_of(Envelope::call, R"(/**/_jp.soak("k1");)"
                                 "\r") == "k1");
  CHECK(frame_of(Envelope::part, "b") == "b");
  CHECK(frame_of(Envelope::part, "--encke--") == "(nothing)");
  CHECK(frame_of(Envelope::part, "Content-Type: text/plain; charset=us-ascii") == "(nothing)");
  CHECK(frame_of(Envelope::part, "") == "(nothing)");
}

TEST_CASE("2.1 frames of json_request are the strings of an array, and nothing else") {
  std::vector<std::string> frames;
  CHECK(read_strings(R"(["k1","a[\"x\"]"])", frames));
  CHECK(frames == std::vector<std::string>{"k1", "a[\"x\"]"});
  CHECK(read_strings("[]", frames));
  CHECK(frames.empty());
  CHECK_FALSE(read_strings("[\"k1\",1]", frames));
  CHECK_FALSE(read_strings("\"k1\"", frames));
  CHECK_FALSE(read_strings("[\"k1\"", frames));
}

TEST_CASE(
    "6.4 what jsonrequest_send is sent are frames in an array; its answer is a string, or a refusal in an "
    "array") {
  CHECK(strings_of("a[\"x\"]\nk1\n") == R"(["a[\"x\"]","k1"])");
  CHECK(strings_of("") == "[]");
  std::string text;
  CHECK(read_json_answer("\"k1\"", text) == 200);
  CHECK(text == "k1");
  CHECK(read_json_answer(R"(["e[409,\"no\"]"])", text) == 409);
  CHECK(text == "e[409,\"no\"]");
  CHECK(read_json_answer("[\"k1\"]", text) == 0);
  CHECK(read_json_answer("", text) == 0);
}

TEST_CASE("2.1 what is wrapped otherwise is broken") {
  CHECK(frame_of(Envelope::line, "") == "(broken)");
  CHECK(frame_of(Envelope::event, "data: a") == "(broken)");
  CHECK(frame_of(Envelope::event, "event: x\r") == "(broken)");
  CHECK(frame_of(Envelope::event, "data: %41\r") == "(broken)");
  CHECK(frame_of(Envelope::script, "p(\"a[]\")") == "(broken)");
  CHECK(frame_of(Envelope::script, "p(k1);") == "(broken)");
  CHECK(frame_of(Envelope::call, "_jp.soak(\"k1\");\r") == "(broken)");
  CHECK(frame_of(Envelope::call, "/**/other(\"k1\");\r") == "(broken)");
  CHECK(frame_of(Envelope::call, "/**/_jp.soak(\"k1\");") == "(broken)");
}

TEST_CASE("a form's field carries every byte") {
  CHECK(form_encoded("a[\"1 + 2\"]\n\xc3\xa9") == "a%5B%221+%2B+2%22%5D%0A%C3%A9");
}

TEST_CASE("a message that differs from what its number says is told") {
  const Message message = numbered(7, Way::up, 12);
  CHECK(wrong_with(message, 7, Way::up, 12).empty());
  CHECK_FALSE(wrong_with(message, 7, Way::up, 13).empty());
  CHECK_FALSE(wrong_with(message, 7, Way::down, 12).empty());
  CHECK_FALSE(wrong_with(message, 8, Way::up, 12).empty());
  CHECK_FALSE(wrong_with(Message::text(std::string(message.data()) + "x"), 7, Way::up, 12).empty());
}

TEST_CASE("messages are of both kinds, empty and long, and many are told apart") {
  std::set<std::string> different;
  bool binary = false;
  bool empty = false;
  bool large = false;
  for (std::uint64_t number = 0; number < 2'000; ++number) {
    const Message message = numbered(1, Way::down, number);
    different.emplace(message.data());
    binary = binary || message.is_binary();
    empty = empty || message.size() == 0;
    large = large || message.size() > 2'000;
  }
  CHECK(different.size() > 1'800);
  CHECK(binary);
  CHECK(empty);
  CHECK(large);
}

TEST_CASE("a run's first message says all of it") {
  const Run run =
      read_hello(Message::text(hello({.id = 3, .seed = 5, .messages = 200, .ending = Ending::echo})));
  CHECK(run.id == 3);
  CHECK(run.seed == 5);
  CHECK(run.messages == 200);
  CHECK(run.ending == Ending::echo);
  CHECK(read_hello(Message::text("another")).id == 0);
}

}  // namespace
}  // namespace encke::soak
