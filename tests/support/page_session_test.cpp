// The page twin against frames and answers written by hand (PROTOCOL 6).
#include "tests/support/page_session.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace encke;
using namespace encke::test;
using Read = PageSession::Read;
using Kind = PageSession::Kind;
using State = PageSession::State;

namespace {

struct Page {
  explicit Page(PageSession::Limits limits = {})
      : session(limits, [this](std::uint64_t number, const Message& message) {
          if (!got.empty()) got += ' ';
          (got += std::to_string(number)) += message.is_binary() ? ":<" : ":";
          got += message.data();
          if (message.is_binary()) got += '>';
        }) {}
  void send(std::string_view text) { CHECK(session.send(Message::text(text))); }
  /// The next body as "S A text"; "-" where there is none.
  std::string body(std::size_t limit = 1'000) {
    const auto next = session.next_body(limit);
    if (!next) return "-";
    bodies.push_back(*next);
    return std::to_string(next->first) + " " + std::to_string(next->arrived) + " " + next->text;
  }
  std::string frames(std::size_t limit = 1'000, bool native_binary = true) {
    std::string all;
    for (const auto& frame : session.next_frames(limit, native_binary)) {
      if (!all.empty()) all += ' ';
      if (frame.binary) all += '<';
      all += frame.bytes;
      if (frame.binary) all += '>';
    }
    return all;
  }
  std::string got;
  std::vector<PageSession::Body> bodies;
  PageSession session;
};

}  // namespace

TEST_CASE("6.5 a body says what its first message is, and is sent again until it is answered") {
  Page page;
  page.send("x");
  page.send("y");
  CHECK(page.body() == R"(0 0 a["x","y"])");
  CHECK(page.body() == "-");
  page.session.lost(page.bodies[0]);
  page.send("z");
  CHECK(page.body() == R"(0 0 a["x","y","z"])");
  CHECK(page.session.answered(page.bodies[1], 200, "k2\n") == Read::fine);
  CHECK(page.session.unacknowledged() == 1);
  page.session.lost(page.bodies[1]);
  CHECK(page.body() == R"(2 0 a["z"])");
  CHECK(page.session.answered(page.bodies[2], 200, "k3\n") == Read::fine);
  CHECK(page.session.answered(page.bodies[0], 200, "k2\n") == Read::fine);  // overtaken
  CHECK(page.session.acknowledged() == 3);
  CHECK(page.body() == "-");
}

TEST_CASE("6.4 bodies overlap, keep to their limit, and ask") {
  Page page;
  for (const char* text : {"1", "2", "3"}) page.send(text);
  CHECK(page.body(10) == R"(0 0 a["1","2"])");
  CHECK(page.body(10) == R"(2 0 a["3"])");
  CHECK(page.session.ask_body().text == "q");
  CHECK(page.session.ask_body().first == 0);
  CHECK(page.session.answered(page.bodies[1], 409, "") == Read::again);
  CHECK(page.session.answered(page.bodies[0], 200, "k2\n") == Read::fine);
  CHECK(page.body(10) == R"(2 0 a["3"])");
}

TEST_CASE("6.8 what is not acknowledged keeps to the window, but one message always goes") {
  Page page({.window = 100});
  page.send("12");
  page.send("34");
  page.send("5");
  page.send(std::string(500, 'x'));
  CHECK(page.body() == R"(0 0 a["12","34"])");
  CHECK(page.session.blocked());
  CHECK(page.session.answered(page.bodies[0], 200, "k1\n") == Read::fine);
  CHECK(page.body() == R"(2 0 a["5"])");
  CHECK(page.body() == "-");
  CHECK(page.session.answered(page.bodies[1], 200, "k3\n") == Read::fine);
  CHECK_FALSE(page.session.blocked());
  CHECK(page.body(10).starts_with("3 0 a[\"xxx"));
}

TEST_CASE("6.6 carriers are numbered from 1, begin at A, and may overlap") {
  Page page;
  CHECK(page.session.start(Kind::stream).number == 1);
  CHECK(page.session.frame(1, "k0") == Read::fine);
  CHECK(page.session.frame(1, R"(a["x","y"])") == Read::fine);
  const auto second = page.session.start(Kind::poll);
  CHECK(second.number == 2);
  CHECK(second.arrived == 2);
  const auto third = page.session.start(Kind::stream);
  CHECK(page.session.frame(1, R"(a["z"])") == Read::fine);
  CHECK(page.session.frame(3, "k0") == Read::fine);
  CHECK(page.session.frame(3, R"(a["z"])") == Read::fine);
  CHECK(page.session.frame(2, R"(a["z","!"])") == Read::fine);
  CHECK(page.session.frame(3, "bIQ") == Read::violation);  // what came as text comes as bytes
  CHECK(page.got == "0:x 1:y 2:z 3:!");
  CHECK(page.session.duplicates() == 3);
  CHECK(page.session.reason().code == 1002);
  CHECK(third.hello.empty());
}

TEST_CASE("6.4 a socket begins with r, counts from its S, and goes on from there after a loss") {
  Page page;
  page.send("x");
  CHECK(page.body() == R"(0 0 a["x"])");
  page.send("y");
  CHECK(page.session.send(Message::binary("!")));
  page.send("z");
  CHECK(page.session.start(Kind::socket).hello == "r[1,0,0]");
  CHECK(page.frames() == R"(a["x","y"] <!> a["z"])");
  CHECK(page.session.frame(1, "k0") == Read::fine);
  CHECK(page.session.answered(page.bodies[0], 200, "k1\n") == Read::fine);
  CHECK(page.session.frame(1, R"(a["m"])") == Read::fine);
  CHECK(page.session.binary(1, "bytes") == Read::fine);
  CHECK(page.frames().empty());
  CHECK(page.session.acknowledge() == "k2");
  page.session.ended(1);
  CHECK(page.session.start(Kind::socket).hello == "r[2,2,1]");
  CHECK(page.frames(1'000, false) == R"(a["y"] bIQ a["z"])");
  CHECK(page.session.frame(2, "k4") == Read::fine);
  page.session.ended(2);
  CHECK(page.body() == "-");
  CHECK(page.got == "0:m 1:<bytes>");
}

TEST_CASE("6.5 what arrived by a request still goes over the socket that counts it") {
  Page page({.window = 100});
  for (const char* text : {"1", "2", "3"}) page.send(text);
  CHECK(page.body() == R"(0 0 a["1","2"])");
  CHECK(page.session.start(Kind::socket).hello == "r[1,0,0]");
  CHECK(page.session.answered(page.bodies[0], 200, "k2\n") == Read::fine);
  CHECK(page.frames() == R"(a["1","2","3"])");
}

TEST_CASE("6.8 a quarter of the window is acknowledged; less, with what is sent") {
  Page page({.window = 400});
  page.session.start(Kind::socket);
  CHECK(page.session.frame(1, "k0") == Read::fine);
  CHECK(page.session.frame(1, R"(a["x"])") == Read::fine);
  CHECK_FALSE(page.session.acknowledgement_due());
  CHECK(page.frames().empty());
  CHECK(page.session.frame(1, R"(a["12345"])") == Read::fine);
  CHECK(page.session.acknowledgement_due());
  CHECK(page.frames() == "k2");
  CHECK(page.frames().empty());
  CHECK(page.session.frame(1, R"(a["y"])") == Read::fine);
  page.send("up");
  CHECK(page.frames() == R"(k3 a["up"])");
  page.send("more");
  CHECK(page.frames() == R"(a["more"])");
}

TEST_CASE("6.8 what was said of what arrived is due again when it is lost") {
  Page page({.window = 400});
  page.session.start(Kind::stream);
  CHECK(page.session.frame(1, "k0") == Read::fine);
  CHECK(page.session.frame(1, R"(a["x"])") == Read::fine);
  CHECK_FALSE(page.session.acknowledgement_due());
  const PageSession::Body asked = page.session.ask_body();
  page.session.lost(asked);
  CHECK(page.session.acknowledgement_due());
  CHECK(page.session.ask_body().arrived == 1);
  CHECK_FALSE(page.session.acknowledgement_due());
}

TEST_CASE("6.9 a refusal closes with the table's code; 409 is tried again first") {
  for (const auto& [status, code] : {std::pair{400u, 1002}, {403u, 1008}, {404u, 2011}, {413u, 1009}}) {
    CAPTURE(status);
    Page page;
    page.session.start(Kind::stream);
    CHECK(page.session.frame(1, "e[" + std::to_string(status) + ",\"no\"]") == Read::closed);
    CHECK(page.session.reason().code == code);
    CHECK(page.session.settled());
    CHECK_FALSE(page.session.send(Message::text("x")));
  }
  Page page;
  page.session.start(Kind::poll);
  CHECK(page.session.refused(1, 409) == Read::again);
  page.session.start(Kind::poll);
  CHECK(page.session.frame(2, "k0") == Read::fine);
  for (unsigned tries = 0; tries < 5; ++tries) {
    page.session.start(Kind::poll);
    CHECK(page.session.refused(3 + tries, 409) == Read::again);
  }
  page.session.start(Kind::poll);
  CHECK(page.session.refused(8, 409) == Read::closed);
  CHECK(page.session.reason().code == 2011);
}

TEST_CASE("6.10 the page's close goes behind what was sent, until it is answered") {
  Page page;
  page.send("last");
  page.session.close({1000, "bye"});
  CHECK_FALSE(page.session.send(Message::text("x")));
  CHECK(page.body() == "0 0 a[\"last\"]\nc[1000,\"bye\"]");
  page.session.lost(page.bodies[0]);
  page.session.start(Kind::socket);
  CHECK(page.frames() == R"(k0 a["last"] c[1000,"bye"])");
  CHECK(page.session.state() == State::closing);
  SUBCASE("by the carrier's close") {
    CHECK(page.session.frame(1, "k1") == Read::fine);
    CHECK(page.session.frame(1, R"(c[1000,"bye"])") == Read::closed);
  }
  SUBCASE("by an answer") { CHECK(page.session.answered(page.bodies[0], 200, "k1\n") == Read::closed); }
  SUBCASE("by 404") {
    page.session.ended(1);
    page.session.start(Kind::poll);
    CHECK(page.session.refused(2, 404) == Read::closed);
  }
  CHECK(page.session.settled());
  CHECK(page.session.reason().code == 1000);
}

TEST_CASE("6.10 the server's close is answered, with what arrived") {
  Page page;
  page.send("not heard");
  page.session.start(Kind::stream);
  CHECK(page.session.frame(1, "k0") == Read::fine);
  CHECK(page.session.frame(1, R"(a["last"])") == Read::fine);
  CHECK(page.session.frame(1, R"(c[3000,"Go away!"])") == Read::closed);
  CHECK(page.session.reason().code == 3000);
  CHECK_FALSE(page.session.settled());
  page.session.ended(1);
  SUBCASE("in a body") {
    CHECK(page.body() == R"(0 1 c[3000,"Go away!"])");
    page.session.lost(page.bodies[0]);
    CHECK(page.body() == R"(0 1 c[3000,"Go away!"])");
    CHECK(page.session.answered(page.bodies[1], 404, "") == Read::closed);
  }
  SUBCASE("over a socket") {
    CHECK(page.session.start(Kind::socket).hello == "r[2,1,0]");
    CHECK(page.frames() == R"(k1 c[3000,"Go away!"])");
    page.session.ended(2);
  }
  SUBCASE("over a socket that a later carrier overtook, so again") {
    page.session.start(Kind::socket);
    CHECK(page.frames() == R"(k1 c[3000,"Go away!"])");
    CHECK(page.session.frame(2, R"(e[409,""])") == Read::again);
    page.session.ended(2);
    CHECK_FALSE(page.session.settled());
    CHECK(page.body() == R"(0 1 c[3000,"Go away!"])");
    CHECK(page.session.answered(page.bodies[0], 200, "k0\n") == Read::closed);
  }
  SUBCASE("over a socket that breaks, so again") {
    page.session.start(Kind::socket);
    CHECK(page.frames() == R"(k1 c[3000,"Go away!"])");
    page.session.ended(2, false);
    CHECK_FALSE(page.session.settled());
    page.session.start(Kind::poll);
    CHECK(page.session.refused(3, 404) == Read::closed);
  }
  CHECK(page.session.settled());
  CHECK(page.session.reason().code == 3000);
  CHECK(page.session.unacknowledged() == 1);
}

TEST_CASE("6 a server that breaks the rules is told from one that keeps them") {
  Page page({.window = 100});
  const auto says = [&](Kind kind, const std::vector<std::string>& frames) {
    const auto start = page.session.start(kind);
    for (const std::string& text : frames) page.session.frame(start.number, text);
    return page.session.violation();
  };
  SUBCASE("6.6.3") { CHECK(says(Kind::stream, {R"(a["x"])"}).starts_with("6.6.3")); }
  SUBCASE("6.6.3, heartbeat") { CHECK(says(Kind::socket, {"h"}).starts_with("6.6.3")); }
  SUBCASE("k beyond") { CHECK(says(Kind::poll, {"k1"}).starts_with("6.4")); }
  SUBCASE("k back") {
    page.send("x");
    page.body();
    CHECK(says(Kind::poll, {"k1", "k0"}).starts_with("6.4"));
  }
  SUBCASE("refusal later") { CHECK(says(Kind::poll, {"h", R"(e[404,""])"}).starts_with("6.3")); }
  SUBCASE("behind the close") {
    CHECK(says(Kind::poll, {R"(c[1002,""])", "h"}).starts_with("a frame behind"));
  }
  SUBCASE("window") { CHECK(says(Kind::poll, {R"(a["12","34","5"])"}).starts_with("6.8")); }
  SUBCASE("window, behind less than a quarter") {
    const std::string frame = "a[\"\",\"" + std::string(200, 'x') + "\"]";
    Page other({.window = 200});
    other.session.start(Kind::poll);
    CHECK(other.session.frame(1, frame) == Read::fine);
    CHECK(other.session.frame(1, R"(a["y"])") == Read::violation);
    CHECK(says(Kind::poll, {R"(a["12"])", R"(a["345678"])"}).starts_with("6.8"));
  }
  SUBCASE("broken") { CHECK(says(Kind::poll, {"?"}).starts_with("a broken frame")); }
  CHECK(page.session.state() == State::closed);
  CHECK(page.session.reason().code == 1002);
  CHECK(page.session.settled());
}
