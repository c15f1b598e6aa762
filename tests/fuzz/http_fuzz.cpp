// A connection: however its bytes are cut, it answers the same. The first byte of an input says how.
#include "server/http/connection.hpp"
#include "tests/support/fake_stream.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

using namespace encke;
using encke::test::FakeLoop;
using encke::test::FakeStream;
using encke::test::must;

namespace {

constexpr std::size_t kMost =
    8 * 1024;  // below what is read ahead, and what a chunked body may be of framing

class RawEcho final : public ByteStream::Owner {
 public:
  explicit RawEcho(ByteStream& stream) : stream_(stream) {}
  void on_bytes(std::span<char> bytes) override { stream_.write({bytes.data(), bytes.size()}); }
  void on_lost() override {}

 private:
  ByteStream& stream_;
};

/// All there is: /later answers when it is told to, /stream in pieces, /up leaves HTTP, the rest tells what
/// it was asked. Everything is admitted, since what is refused may depend on how much has come.
class Everything final : public http::Resource, public http::Handler {
 public:
  explicit Everything(http::Exchange*& waiting) : waiting_(waiting) {}

  http::Admission admit(http::Request& request, std::string_view) override {
    if (request.path == "/move") return http::Admission::move(1);
    return http::Admission::serve(*this, 64);
  }
  void handle(http::Exchange& exchange) override {
    const http::Request& request = exchange.request();
    if (request.path == "/later") {
      exchange.wait(std::make_unique<Waiter>(waiting_));
      waiting_ = &exchange;
    } else if (request.path == "/stream") {
      exchange.begin(http::ResponseHead(200));
      exchange.write_framed("5\r\nhello\r\n");
      exchange.end();
    } else if (request.path == "/up") {
      std::string unread;
      ByteStream& stream = exchange.upgrade(unread);
      auto owner = std::make_unique<RawEcho>(stream);
      RawEcho& echo = *owner;
      stream.set_owner(std::move(owner));
      echo.on_bytes(unread);
    } else {
      std::string text(request.method);
      ((text += ' ') += request.path) += '?';
      text += request.query;
      for (const http::Field& field : request.fields) ((text += field.name) += ':') += field.value;
      exchange.respond(http::ResponseHead(200), text.append(request.body));
    }
  }

 private:
  class Waiter final : public http::Exchange::Owner {
   public:
    explicit Waiter(http::Exchange*& waiting) : waiting_(waiting) {}
    void on_lost() override { waiting_ = nullptr; }

   private:
    http::Exchange*& waiting_;
  };
  http::Exchange*& waiting_;
};

/// Date fields and interim answers come and go with time and cuts.
std::string without(std::string text, std::string_view begin, std::size_t size) {
  for (std::size_t at = 0; (at = text.find(begin, at)) != std::string::npos;) text.erase(at, size);
  return text;
}

/// What comes of `bytes` in pieces, whose sizes `cuts` makes up; zero: in one.
std::string outcome(std::string_view bytes, std::uint32_t cuts) {
  FakeLoop loop;
  http::Exchange* waiting = nullptr;
  http::Router router;
  router.mount("/", std::make_unique<Everything>(waiting));
  http::Shared shared(router);
  shared.limits.head_bytes = 1024;
  FakeStream stream(loop);
  stream.set_owner(std::make_unique<http::Connection>(stream, shared));
  std::uint32_t state = cuts;
  const auto answer = [&] {
    while (waiting != nullptr) {
      std::exchange(waiting, nullptr)->respond(http::ResponseHead(200), "late");
      stream.settle();
    }
  };
  while (!bytes.empty() && stream.open()) {
    state = state * 1664525u + 1013904223u;
    const std::size_t wanted = cuts == 0 ? bytes.size() : cuts == 1 ? 1 : 1 + (state >> 24) % (cuts % 64 + 1);
    const std::size_t size = std::min(wanted, bytes.size());
    stream.give(bytes.substr(0, size));
    bytes.remove_prefix(size);
    if (cuts == 0 || (state >> 20) % 3 != 0) answer();
  }
  answer();
  std::string text = without(stream.sent(), "Date: ", 37);
  text = without(std::move(text), "HTTP/1.1 100 Continue\r\n\r\n", 25);
  text += '|';
  text += std::to_string(static_cast<int>(stream.state()));
  // What had not come yet when the connection moved is not in the letter.
  return stream.state() == FakeStream::State::moved ? text + stream.unread() + std::string(bytes) : text;
}

bool expects_something(std::string bytes) {
  for (char& letter : bytes) letter = static_cast<char>(letter | 0x20);
  return bytes.find("expect") != std::string::npos;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0 || size > kMost) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::string whole = outcome(bytes, 0);
  const std::string single = outcome(bytes, 1);
  const std::string pieces = outcome(bytes, 2 + data[0]);
  // Whether a connection lives on after 417 depends on whether its body had come.
  if (!expects_something(std::string(bytes))) {
    must(single == whole, "the same answers byte by byte as whole");
    must(pieces == whole, "the same answers in any pieces");
  }
  return 0;
}
