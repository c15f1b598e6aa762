// The facade's frames, byte by byte (PROTOCOL 6.3, 6.4).
#include "transports/shared/facade_frames.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

namespace facade = encke::facade;
using encke::CloseReason;
using encke::Frame;
using encke::Message;
using facade::Letter;
using namespace std::string_view_literals;

namespace {

constexpr std::size_t kLimit = 1024;
constexpr facade::LetterLimits kLimits{kLimit, 8};

std::string encoded(const std::vector<Message>& messages, std::size_t bytes = kLimit) {
  std::vector<Frame> frames;
  for (const Message& message : messages) {
    frames.push_back({.kind = Frame::Kind::message, .message = &message});
  }
  std::string out;
  for (std::span<const Frame> rest = frames; !rest.empty();) {
    rest = rest.subspan(facade::append_frame(rest, bytes, out));
    out += '\n';
  }
  return out;
}

/// What a letter says, written out.
std::string said(std::string_view body) {
  Letter letter;
  const encke::Result<void> read = facade::parse_letter(body, kLimits, letter);
  if (!read) return "error " + std::to_string(read.error().status);
  std::string text;
  for (const Message& message : letter.messages) {
    text += message.is_binary() ? "bytes(" : "text(";
    text += message.data();
    text += ')';
  }
  if (letter.asks) text += "asks";
  if (letter.received) text += "has " + std::to_string(*letter.received);
  if (letter.close) text += "closes " + std::to_string(letter.close->code) + ' ' + letter.close->text;
  return text;
}

}  // namespace

TEST_CASE("consecutive messages of one kind are one frame (PROTOCOL 6.3)") {
  CHECK(encoded({Message::text("m1"), Message::text("\"")}) == "a[\"m1\",\"\\\"\"]\n");
  CHECK(encoded({Message::binary("\0\1\2"sv), Message::binary("\3\4")}) == "bAAEC,AwQ\n");
  CHECK(encoded({Message::binary({}), Message::binary({})}) == "b,\n");
  CHECK(encoded({Message::binary({})}) == "b\n");
  CHECK(encoded({Message::text("x"), Message::binary("x"), Message::binary("y"), Message::text("z")}) ==
        "a[\"x\"]\nbeA,eQ\na[\"z\"]\n");
}

TEST_CASE("base64 stands without padding, for every length up to 6 (PROTOCOL 6.3)") {
  const std::string_view frames[] = {"b\n",       "b/w\n",      "b//8\n",     "b////\n",
                                     "b/////w\n", "b//////8\n", "b////////\n"};
  for (std::size_t size = 0; size < std::size(frames); ++size) {
    CHECK(encoded({Message::binary(std::string(size, '\xff'))}) == frames[size]);
  }
}

TEST_CASE("a frame takes messages until it has the bytes asked for, and one at least (PROTOCOL 6.3)") {
  const std::vector<Message> messages{Message::text("123"), Message::text("456"), Message::text("789")};
  CHECK(encoded(messages, 0) == "a[\"123\"]\na[\"456\"]\na[\"789\"]\n");
  CHECK(encoded(messages, 3) == "a[\"123\"]\na[\"456\"]\na[\"789\"]\n");
  CHECK(encoded(messages, 4) == "a[\"123\",\"456\"]\na[\"789\"]\n");
  CHECK(encoded(messages, 7) == "a[\"123\",\"456\",\"789\"]\n");
}

TEST_CASE("acknowledgements, heartbeats and closes are frames alone (PROTOCOL 6.3)") {
  const CloseReason reason{1000, "Normal closure"};
  const Message message = Message::text("x");
  const std::vector<Frame> frames{{.kind = Frame::Kind::acknowledgement, .number = 12},
                                  {.kind = Frame::Kind::acknowledgement, .number = encke::kLargestNumber},
                                  {.kind = Frame::Kind::message, .message = &message},
                                  {.kind = Frame::Kind::heartbeat},
                                  {.kind = Frame::Kind::close, .reason = &reason}};
  std::string out;
  for (std::span<const Frame> rest = frames; !rest.empty();) {
    rest = rest.subspan(facade::append_frame(rest, kLimit, out));
    out += '\n';
  }
  CHECK(out == "k12\nk9007199254740991\na[\"x\"]\nh\nc[1000,\"Normal closure\"]\n");
}

TEST_CASE("a refusal tells its status and its text (PROTOCOL 6.9)") {
  std::string out;
  facade::append_refusal({.status = 404, .text = "no \"such\"\n"}, out);
  CHECK(out == R"(e[404,"no \"such\"\n"])");
}

TEST_CASE("a refusal is no HTML, even to a browser that looks for it in text (PROTOCOL 6.9)") {
  Letter letter;
  const encke::Result<void> read = facade::parse_letter("<script src=//a.example></script>", kLimits, letter);
  REQUIRE_FALSE(read);
  std::string out;
  facade::append_refusal(read.error(), out);
  CHECK(out.find('<') == std::string::npos);
  CHECK(out.find(R"(\u003cscript src=//a.example>)") != std::string::npos);
}

TEST_CASE("a number is digits without a leading zero, up to 2^53 - 1 (PROTOCOL 6.1)") {
  CHECK(facade::parse_number("0") == 0);
  CHECK(facade::parse_number("10") == 10);
  CHECK(facade::parse_number("9007199254740991") == encke::kLargestNumber);
  for (const std::string_view wrong : {""sv,
                                       "9007199254740992"sv,
                                       "18446744073709551616"sv,
                                       "99999999999999999999999999"sv,
                                       "-1"sv,
                                       "-0"sv,
                                       "+1"sv,
                                       "01"sv,
                                       "00"sv,
                                       " 1"sv,
                                       "1 "sv,
                                       "1\n"sv,
                                       "0x1"sv,
                                       "1e3"sv,
                                       "1.0"sv,
                                       "1,0"sv,
                                       "a"sv,
                                       "\0"sv,
                                       "1\0"sv,
                                       "\xd9\xa1"sv}) {
    CAPTURE(wrong);
    CHECK_FALSE(facade::parse_number(wrong));
  }
}

TEST_CASE("a letter says what its frames say (PROTOCOL 6.4)") {
  CHECK(said("") == "asks");
  CHECK(said("\n") == "asks");
  CHECK(said("q") == "asks");
  CHECK(said("q\n") == "asks");
  CHECK(said("a[]") == "");
  CHECK(said(R"(a["x","\u00e9"])") == "text(x)text(\u00e9)");
  CHECK(said("a[1,null]") == "text(1)text(null)");
  CHECK(said("b") == "bytes()");
  CHECK(said("b,") == "bytes()bytes()");
  CHECK(said("bAAEC,AwQ") == "bytes(\0\1\2)bytes(\3\4)"sv);
  CHECK(said("b/+8") == "bytes(\xff\xef)");
  CHECK(said("k0") == "has 0");
  CHECK(said("k7\nk5") == "has 5");
  CHECK(said(R"(c[1000,"bye"])") == "closes 1000 bye");
  CHECK(said(R"(c[4999,""])") == "closes 4999 ");
  CHECK(said("a[\"x\"]\nbeQ\nk3\nq\na[\"z\"]\nc[1001,\"\"]\n") ==
        "text(x)bytes(y)text(z)askshas 3closes 1001 ");
}

TEST_CASE("frames of a form stand in lines that end in CR LF (PROTOCOL 6.4)") {
  CHECK(said("a[\"x\"]\r\nbeQ\r\nk3\r\n") == "text(x)bytes(y)has 3");
  CHECK(said("q\r\rq") == "error 400");
  CHECK(said("\rq") == "error 400");
}

TEST_CASE("a letter that is read again says nothing of the one before (PROTOCOL 6.4)") {
  Letter letter;
  REQUIRE(facade::parse_letter("a[\"x\"]\nk3\nq\nc[1000,\"\"]", kLimits, letter));
  REQUIRE(facade::parse_letter("k4", kLimits, letter));
  CHECK(letter.messages.empty());
  CHECK(letter.received == 4);
  CHECK_FALSE(letter.asks);
  CHECK_FALSE(letter.close);
}

TEST_CASE("a broken frame is 400, wherever in the letter it stands (PROTOCOL 6.4, 6.9)") {
  const std::string_view broken[] = {"x",
                                     "o",
                                     "h",
                                     "r[1,0,0]",
                                     "[\"x\"]",
                                     " q",
                                     "\0"sv,
                                     "\xff",
                                     "a",
                                     "a\"x\"",
                                     "a{}",
                                     "a[",
                                     "a[\"x\"]y",
                                     "a[\"x\"]q",
                                     "a[\"x\",]",
                                     "a[\"\xff\"]",
                                     "b=",
                                     "bA",
                                     "bAA=",
                                     "bAA==",
                                     "bAAAAA",
                                     "bA*A",
                                     "b AA",
                                     "bAA,A",
                                     "bA-_A",
                                     "b\xff",
                                     "k",
                                     "k-1",
                                     "k01",
                                     "k1.0",
                                     "k 1",
                                     "k9007199254740992",
                                     "q1",
                                     "qq",
                                     "c",
                                     "c[]",
                                     "c[1000]",
                                     "c[1000,\"\",0]",
                                     "c1000",
                                     "c[999,\"\"]",
                                     "c[1002,\"\"]",
                                     "c[1006,\"\"]",
                                     "c[1011,\"\"]",
                                     "c[2999,\"\"]",
                                     "c[5000,\"\"]",
                                     "c[66536,\"\"]",
                                     "c[-1,\"\"]",
                                     "c[1e3,\"\"]z",
                                     "c[\"x\",\"\"]",
                                     "c[null,\"\"]"};
  for (const std::string_view frame : broken) {
    CAPTURE(frame);
    CHECK(said(frame) == "error 400");
    CHECK(said(std::string("q\n").append(frame)) == "error 400");
    CHECK(said(std::string(frame).append("\nq")) == "error 400");
    CHECK(said(std::string("a[\"x\"]\n").append(frame).append("\n")) == "error 400");
  }
  CHECK(said("q\n\nq") == "error 400");
  CHECK(said("\nq") == "error 400");
  CHECK(said("q\n\n") == "error 400");
  CHECK(said("c[1000,\"\"]\nq") == "error 400");
  CHECK(said("c[1000,\"\"]\nc[1000,\"\"]") == "error 400");
}

TEST_CASE("what is wrong with a frame is told in letters that are safe to send (PROTOCOL 6.9)") {
  Letter letter;
  const encke::Result<void> read =
      facade::parse_letter("k\x1b[31m<\xff" + std::string(100, 'y'), kLimits, letter);
  REQUIRE_FALSE(read);
  CHECK(read.error().text == "a broken frame: k?[31m<?" + std::string(32, 'y') + "; expected k and a number");
}

TEST_CASE("a message of the limit is taken, one byte more is 413 (PROTOCOL 6.9)") {
  const std::string fits(kLimit, 'y');
  CHECK(said("a[\"" + fits + "\"]") == "text(" + fits + ")");
  CHECK(said("a[\"" + fits + "y\"]") == "error 413");
  CHECK(said("a[\"x\",\"" + fits + "y\"]") == "error 413");
  CHECK(said(encoded({Message::binary(fits)})) == "bytes(" + fits + ")");
  CHECK(said(encoded({Message::binary(fits + "y")})) == "error 413");
  Letter letter;
  REQUIRE(facade::take_binary(fits, kLimits, letter));
  CHECK(letter.messages.size() == 1);
  CHECK(letter.messages[0].is_binary());
  const encke::Result<void> longer = facade::take_binary(fits + "y", kLimits, letter);
  REQUIRE_FALSE(longer);
  CHECK(longer.error().status == 413);
}

TEST_CASE("a letter of as many messages as may be is taken, one more is 413, however small (PROTOCOL 6.9)") {
  CHECK(said("b,,,\na[\"\",\"\",\"\",\"\"]").size() == 4 * 7 + 4 * 6);
  CHECK(said("b,,,,,,,") != "error 413");
  CHECK(said("b,,,,,,,,") == "error 413");
  CHECK(said("b,,,\na[\"\",\"\",\"\",\"\",\"\"]") == "error 413");
  CHECK(said("b,,,\nb,,,\nb") == "error 413");
  CHECK(said("b" + std::string(1 << 20, ',')) == "error 413");
}

TEST_CASE("a page may send at once what its window holds, in messages of no bytes (PROTOCOL 6.8)") {
  encke::ServiceOptions options;
  CHECK(facade::limits_of(options).messages > options.outbox_bytes / 2 / 48);
  options.outbox_bytes = 1;
  CHECK(facade::limits_of(options).messages == 1);
}

TEST_CASE("every byte comes back through a b frame, and every character through an a frame (PROTOCOL 6.3)") {
  std::string bytes;
  for (int byte = 0; byte < 256; ++byte) bytes += static_cast<char>(byte);
  CHECK(said(encoded({Message::binary(bytes)})) == "bytes(" + bytes + ")");
  const std::string text = bytes.substr(0, 128) + "\u00e9\u2028\uffff\U0001f600";
  CHECK(said(encoded({Message::text(text)})) == "text(" + text + ")");
}

TEST_CASE("r holds three numbers and nothing else (PROTOCOL 6.4)") {
  const encke::Result<facade::SocketJoining> read = facade::parse_joining("r[1,20,9007199254740991]");
  REQUIRE(read);
  CHECK(read->joining.carrier == 1);
  CHECK(read->joining.received == 20);
  CHECK(read->joining.tell);
  CHECK(read->first == encke::kLargestNumber);
  for (const std::string_view wrong : {""sv,
                                       "r"sv,
                                       "r["sv,
                                       "r[]"sv,
                                       "r[1]"sv,
                                       "r[1,2]"sv,
                                       "r[1,2,]"sv,
                                       "r[,2,3]"sv,
                                       "r[1,,3]"sv,
                                       "r[1,2,3,4]"sv,
                                       "r[1,2,3"sv,
                                       "r1,2,3]"sv,
                                       "R[1,2,3]"sv,
                                       "q"sv,
                                       " r[1,2,3]"sv,
                                       "r[1,2,3] "sv,
                                       "r[1,2,3]\n"sv,
                                       "r[1, 2,3]"sv,
                                       "r[01,2,3]"sv,
                                       "r[-1,2,3]"sv,
                                       "r[1,2,3.0]"sv,
                                       "r[1,2,9007199254740992]"sv,
                                       "r[\"1\",2,3]"sv,
                                       "r[1,2,3]]"sv,
                                       "r[[1,2,3]]"sv,
                                       "r[1,2,\0]"sv}) {
    CAPTURE(wrong);
    const encke::Result<facade::SocketJoining> refused = facade::parse_joining(wrong);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().status == 400);
  }
}
