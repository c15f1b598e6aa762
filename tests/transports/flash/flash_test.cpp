// A raw socket over a fake stream: from the hello to the session's carrier, or to a refusal.
#include "transports/flash/flash.hpp"

#include "server/core/guard.hpp"
#include "server/core/sessions.hpp"
#include "tests/support/fake_stream.hpp"
#include "transports/flash/frames.hpp"
#include "transports/shared/facade_session.hpp"
#include "transports/shared/routes.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>

using namespace encke;
using namespace encke::test;
using flash::Kind;
using State = FakeStream::State;

namespace {

std::string frame(Kind kind, std::string_view payload) {
  std::string out;
  flash::append_frame(kind, payload, out);
  return out;
}
std::string text(std::string_view payload) { return frame(Kind::text, payload); }
const std::string kClose = frame(Kind::close, "\x03\xe8");

/// One service, /s, on one of `workers` fake loops.
struct Site final : Services {
  explicit Site(ServiceOptions options = {}, unsigned worker = 0, unsigned workers = 1)
      : loop(worker, workers),
        sessions(
            loop.context, "/s", std::move(options), [](Channel& channel) { echo(channel); }, {},
            Sessions::Kind::resumable),
        stream(loop) {
    stream.set_owner(transport->serve_stream(stream, *this));
  }
  static void echo(Channel& channel) {
    channel.on_message([&channel](const Message& message) { channel.send(message); });
  }
  Sessions* find(std::string_view path) const override {
    return path == "/s" ? const_cast<Sessions*>(&sessions) : nullptr;
  }
  std::string ask(std::string_view bytes) {
    stream.give(bytes);
    return stream.sent();
  }

  FakeLoop loop;
  const std::unique_ptr<Transport> transport = make_flash();
  Sessions sessions;
  FakeStream stream;
};

std::string hello(std::string_view key, std::string_view origin = "", std::string_view service = "/s") {
  return "encke.1\n" + frame(Kind::hello, std::string(service) + "/encke.1/" + std::string(key) + "/flash\n" +
                                              std::string(origin));
}

std::size_t transport_greeting() { return make_flash()->info().greeting.size(); }

}  // namespace

TEST_CASE(
    "6.13 hello, r and messages in one piece: k, and the echoes, text in its frame and bytes as they are") {
  Site site;
  const std::string key = facade::reserve(site.sessions, "", "");
  CHECK(site.ask(hello(key) + text("r[1,0,0]") + text(R"(a["x"])") +
                 frame(Kind::binary, std::string_view("\0", 1))) ==
        text("k0") + text(R"(a["x"])") + frame(Kind::binary, std::string_view("\0", 1)));
  CHECK(site.ask(text("q")) == text("k2"));
  CHECK_FALSE(site.stream.has_deadline());
}

TEST_CASE("6.13 the hello may be cut anywhere behind the greeting, which the sniffer collects") {
  for (std::size_t cut = transport_greeting();; ++cut) {
    Site site;
    const std::string bytes = hello(facade::reserve(site.sessions, "", "")) + text("r[1,0,0]");
    if (cut == bytes.size()) break;
    const std::string early = site.ask(bytes.substr(0, cut));
    CHECK(early + site.ask(bytes.substr(cut)) == text("k0"));
  }
}

TEST_CASE("6.13 a socket of a session of another loop moves there, with all that was read") {
  const auto id_of = [](unsigned worker) {
    std::string id(facade::kIdCharacters, 'A');
    while (worker_of(id, 2) != worker) ++id.back();
    return id;
  };
  for (const unsigned worker : {0u, 1u}) {
    Site site({}, 0, 2);
    const std::string bytes = hello(id_of(worker) + std::string(24, 'x')) + text("r[1,0,0]");
    site.ask(bytes.substr(0, 30));
    const std::string answer = site.ask(bytes.substr(30));
    CHECK((site.stream.state() == State::moved) == (worker == 1));
    if (worker == 0) continue;
    CHECK(answer.empty());
    CHECK(site.stream.moved_to() == 1);
    CHECK(site.stream.unread() == bytes);
  }
}

TEST_CASE("6.13 what is refused gets a frame with the reason, a close, and the end") {
  const auto refused = [](const ServiceOptions& options, std::string_view bytes) {
    Site site(options);
    const std::string answer = site.ask(bytes);
    CHECK(site.stream.state() == State::closed);
    return answer;
  };
  const std::string key(36, 'A');
  CHECK(refused({}, "encke.2\n") == text(R"(e[400,"protocol version 2 is not spoken here: 1 is"])") + kClose);
  CHECK(refused({}, hello(key, "", "/t")) == text(R"(e[421,"there is no such service here"])") + kClose);
  ServiceOptions other;
  other.transports = {"websocket"};
  CHECK(refused(other, hello(key)) == text(R"(e[421,"this service does not offer raw sockets"])") + kClose);
  ServiceOptions listed;
  listed.origins = {"http://good"};
  CHECK(refused(listed, hello(key, "http://bad")) ==
        text(R"(e[403,"pages of this origin may not use this service"])") + kClose);
  CHECK(refused(listed, hello(key, "http://good") + text("r[1,0,0]")).starts_with(text("x").substr(0, 4)));
  Site site(listed);
  site.ask(hello(key, "http://bad"));
  CHECK(site.sessions.traffic().denied(Denial::origin, "flash") == 1);
}

TEST_CASE("6.13 a hello has 10 seconds, and then r has 10 more") {
  Guard guard;
  Site late;
  late.loop.context.guard = &guard;
  late.ask("encke.1\nh");
  late.loop.pass(Millis(9'900));
  CHECK(late.stream.open());
  late.loop.pass(Millis(200));
  CHECK(late.stream.sent() == text(R"(e[408,"the hello did not come within 10 seconds"])") + kClose);
  CHECK(late.stream.state() == State::closed);
  CHECK(guard.counts().late == 1);

  Site silent;
  silent.loop.context.guard = &guard;
  silent.loop.pass(Millis(9'000));
  silent.ask(hello(facade::reserve(silent.sessions, "", "")));
  silent.loop.pass(Millis(9'900));
  CHECK(silent.stream.open());
  silent.loop.pass(Millis(200));
  CHECK_FALSE(silent.stream.open());
  CHECK(guard.counts().late == 2);
  silent.loop.context.guard = nullptr;
  late.loop.context.guard = nullptr;
}

TEST_CASE("6.2 the origin of the hello is the session's, and another's is refused") {
  for (const std::string_view origin : {"http://a", "http://b", ""}) {
    Site site;
    const std::string key = facade::reserve(site.sessions, "http://a", "");
    const bool refused = origin == "http://b";
    CHECK(site.ask(hello(key, origin) + text("r[1,0,0]"))
              .starts_with(refused ? text("").substr(0, 1) : text("k0")));
    CHECK(site.stream.open() != refused);
  }
}

TEST_CASE("6.13 a close is answered, whoever begins; it ends the carrier, not the session") {
  Site site;
  const std::string key = facade::reserve(site.sessions, "", "");
  site.ask(hello(key) + text("r[1,0,0]"));
  CHECK(site.ask(frame(Kind::close, "\x03\xe8")) == kClose);
  CHECK(site.stream.state() == State::left);
  CHECK(site.sessions.size() == 1);
}

TEST_CASE("6.13 a frame that no client may send is answered by a close with code and reason") {
  Site site;
  site.ask(hello(facade::reserve(site.sessions, "", "")) + text("r[1,0,0]"));
  CHECK(site.ask("x" + std::string(4, '\0')) == frame(Kind::close,
                                                      "\x03\xea"
                                                      "an unknown kind of frame; expected t, b or c"));
  CHECK(site.stream.state() == State::closed);
}

TEST_CASE("6.13 a text that is not UTF-8 is refused as broken: the service never sees it") {
  for (const char* const wrong : {"a[\"\xff\"]", "a[\"\xed\xa0\x80\"]", "c[1000,\"\xc3\"]", "\xff"}) {
    Site site;
    site.ask(hello(facade::reserve(site.sessions, "", "")) + text("r[1,0,0]"));
    const std::string answer = site.ask(text(wrong));
    CHECK(answer.substr(flash::kHeadBytes).starts_with("e[400,"));
    CHECK(std::all_of(answer.begin(), answer.end() - 2,
                      [](char letter) { return letter >= 0 && letter < 127; }));
    CHECK(site.stream.state() == State::closed);
    CHECK(site.sessions.size() == 1);
  }
}

TEST_CASE("6.13 the close that answers a peer's has a code that may be sent, whatever that had") {
  for (const std::string_view code : {std::string_view("\0\0", 2), std::string_view("\x03\xee", 2),
                                      std::string_view("\x03\xf7", 2), std::string_view("\xff\xff", 2)}) {
    Site site;
    site.ask(hello(facade::reserve(site.sessions, "", "")) + text("r[1,0,0]"));
    CHECK(site.ask(frame(Kind::close, code)) == kClose);
  }
}

TEST_CASE("a peer that is lost before its hello leaves nothing") {
  Site site;
  site.ask("encke.1\nh");
  site.stream.lose();
  CHECK(site.sessions.size() == 0);
}
