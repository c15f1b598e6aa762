// Messages: shared bytes, and encoded forms that are kept only for others.
#include <encke/message.hpp>

#include <doctest/doctest.h>

#include <string>
#include <utility>

using encke::Message;
using encke::MessageEncoder;

namespace {

class Counting final : public MessageEncoder {
 public:
  explicit Counting(char mark) : mark_(mark) {}
  void encode(const Message& message, std::string& out) const override {
    ++calls;
    (out += mark_) += message.data();
  }
  mutable int calls = 0;

 private:
  char mark_;
};

std::string encoded(const Message& message, const MessageEncoder& encoder) {
  std::string out = "-";
  message.append_encoded(encoder, out);
  return out;
}

}  // namespace

TEST_CASE("a message holds its bytes, whatever they are, and its kind") {
  const std::string bytes("\0\xFF\n x", 5);
  const Message binary = Message::binary(bytes);
  CHECK(binary.data() == bytes);
  CHECK(binary.size() == 5);
  CHECK(binary.is_binary());
  const Message empty = Message::text("");
  CHECK(empty.data().empty());
  CHECK_FALSE(empty.is_binary());
}

TEST_CASE("copies share the bytes, and keep them alive") {
  Message first = Message::text("one");
  Message second = first;
  CHECK(first.data().data() == second.data().data());
  first = Message::text("two");
  CHECK(second.data() == "one");
  Message third = std::move(second);
  CHECK(third.data() == "one");
  third = third;
  CHECK(third.data() == "one");
  first = third;
  CHECK(first.data().data() == third.data().data());
}

TEST_CASE("a message that others hold too is encoded once for each encoder") {
  const Counting a('a');
  const Counting b('b');
  const Message message = Message::text("x");
  const Message other = message;
  CHECK(encoded(message, a) == "-ax");
  CHECK(encoded(other, a) == "-ax");
  CHECK(encoded(message, b) == "-bx");
  CHECK(encoded(other, b) == "-bx");
  CHECK(encoded(message, a) == "-ax");
  CHECK(a.calls == 1);
  CHECK(b.calls == 1);
}

TEST_CASE("a message that nobody else holds keeps no encoded form") {
  const Counting a('a');
  const Message message = Message::text("x");
  CHECK(encoded(message, a) == "-ax");
  CHECK(encoded(message, a) == "-ax");
  CHECK(a.calls == 2);
}

TEST_CASE("the last holder still finds the form that was made for all") {
  const Counting a('a');
  const Message last = Message::text("x");
  {
    const Message other = last;
    CHECK(encoded(other, a) == "-ax");
  }
  CHECK(encoded(last, a) == "-ax");
  CHECK(a.calls == 1);
}

TEST_CASE("a message may have an id beside its bytes, of which 255 bytes count") {
  CHECK(Message::text("x").id().empty());
  const Message message = Message::text("text", "17");
  CHECK(message.data() == "text");
  CHECK(message.id() == "17");
  CHECK(Message::text("", "17").id() == "17");
  CHECK(Message(Message::Kind::binary, "b", std::string(255, 'i')).id().size() == 255);
  CHECK(Message(Message::Kind::binary, "b", std::string(256, 'i')).id().size() == 255);
}
