// The rules of the service that a stream is opened to, none of which it is a way round.
#include "tests/mux/mux_world.hpp"

#include "server/core/guard.hpp"

using namespace encke;
using namespace encke::test;

namespace {

ServiceOptions from(std::string origin) {
  ServiceOptions options;
  options.origins = {std::move(origin)};
  return options;
}

ServiceOptions mux_from(std::string origin) {
  ServiceOptions options = mux_service();
  if (!origin.empty()) options.origins = {std::move(origin)};
  return options;
}

constexpr const char* kPage = "https://page.example";
const std::string kUnproven = "1 CLOSE 1008 " + std::string(kUnprovenOrigin);

/// What a stream to a service for pages of `service` is told.
std::vector<std::string> told(const std::string& service, const std::string& mux, const std::string& page) {
  MuxWorld world(MuxWorld::carrying(), mux_from(mux));
  world.add("/a", from(service));
  world.begin(mux::kProtocol, page);
  world.open(1, "/a");
  const std::uint64_t denied = world.at("/a").sessions.counts().now().refused_origins;
  std::vector<std::string> said = world.said();
  CHECK(denied == (said[0].starts_with("1 OPENED") ? 0u : 1u));
  return said;
}

}  // namespace

TEST_CASE("a service that lists origins takes streams of those pages only") {
  CHECK(told(kPage, kPage, kPage) == Seen{"1 OPENED 262144"});
  CHECK(told("https://*.example", "https://*.example", kPage) == Seen{"1 OPENED 262144"});
  CHECK(told("https://other.example", kPage, kPage) ==
        Seen{"1 CLOSE 1008 the origin https://page.example may not use this service"});
}

TEST_CASE("where nothing vouches for the page's origin such a service takes none") {
  CHECK(told(kPage, kPage, "") == Seen{kUnproven});
  CHECK_MESSAGE(told(kPage, "", kPage) == Seen{kUnproven}, "the session's own service asked nobody");
}

TEST_CASE("the authorizer is asked, with the page's token and what stands behind the path") {
  MuxWorld world;
  std::string asked;
  world.at("/a").authorizer = [&](const AccessRequest& request, const Access& access) {
    asked = std::string(request.service) + " " + std::string(request.transport) + " " +
            std::string(request.origin) + " " + std::string(request.remote_address) + " " +
            std::string(request.token) + " " + std::string(request.parameter("room")) + " " +
            std::string(request.parameter("none"));
    CHECK(request.cookie("a").data() == nullptr);
    CHECK(request.parameter("none").data() == nullptr);
    CHECK_FALSE(request.parameter("flag").data() == nullptr);
    CHECK(request.field("cookie").empty());
    CHECK(request.worker == 3);
    access.grant({.identity = "alice"});
  };
  world.begin();
  world.open(1, "/a?x=1&room=blue&flag", 65'536, {}, "secret");
  CHECK(asked == "/a mux https://page.example 192.0.2.7 secret blue ");
  CHECK(world.said() == Seen{"1 OPENED 262144"});
  CHECK(world.at("/a").openings == Seen{"mux  https://page.example 192.0.2.7 alice"});
}

TEST_CASE("a denial refuses the stream with 1008 or 1013, a refusal closes it once it was open") {
  MuxWorld world;
  std::function<void(const Access&)> answer = [](const Access& access) { access.deny(401, "who are you"); };
  world.at("/a").authorizer = [&](const AccessRequest&, const Access& access) { answer(access); };
  world.begin();
  world.open(1, "/a");
  CHECK(world.said() == Seen{"1 CLOSE 1008 who are you"});
  answer = [](const Access& access) { access.deny(503, "later"); };
  world.open(3, "/a");
  CHECK(world.said() == Seen{"3 CLOSE 1013 later"});
  answer = [](const Access& access) { access.refuse(4001, "not you"); };
  world.open(5, "/a");
  CHECK(world.said() == Seen{"5 OPENED 262144", "5 CLOSE 4001 not you"});
  answer = [](const Access&) { throw std::runtime_error("broken"); };
  world.open(7, "/a");
  CHECK(world.said() == Seen{"7 CLOSE 1008 whether this may open could not be decided"});
  CHECK(world.at("/a").faults == Seen{"broken"});
  CHECK(world.at("/a").channels.empty());
  CHECK(world.at("/a").sessions.counts().now().refused_access == 4);
}

TEST_CASE("an answer may come later, never, or when nobody waits for it any more") {
  MuxWorld world;
  std::vector<Access> asked;
  world.at("/a").authorizer = [&](const AccessRequest&, const Access& access) { asked.push_back(access); };
  world.begin();
  for (const std::uint32_t stream : {1, 3, 5, 7}) world.open(stream, "/a");
  CHECK(world.said().empty());
  asked[0].grant();
  world.turn.end();
  CHECK(world.said() == Seen{"1 OPENED 262144"});
  world.close(3);
  CHECK(world.said() == Seen{"3 CLOSE 1000"});
  CHECK_FALSE(asked[1].awaited());
  asked[1].grant();
  world.turn.end();
  CHECK(world.at("/a").channels.size() == 1);
  world.pass(AccessOptions().time + TimerWheel::kTick);
  CHECK(world.said() == Seen{"5 CLOSE 1013 whether this may open was not decided in time; try again later",
                             "7 CLOSE 1013 whether this may open was not decided in time; try again later"});
  world.open(9, "/a");
  world.lose();
  CHECK_FALSE(asked[4].awaited());
}

TEST_CASE("an answer about one service does not open a stream to what came in its place") {
  MuxWorld world;
  std::optional<Access> asked;
  world.at("/a").authorizer = [&](const AccessRequest&, const Access& access) { asked = access; };
  world.begin();
  world.open(1, "/a");
  const std::unique_ptr<MuxTarget> before = std::move(world.targets.find("/a")->second);
  CHECK_MESSAGE(!before->sessions.deserted(), "who waits is still going to need it");
  world.add("/a");
  asked->grant();
  world.turn.end();
  CHECK(world.said() == Seen{"1 CLOSE 1001 the service has gone"});
  CHECK(before->sessions.deserted());
}

TEST_CASE("access_token behind the path is the token where no other is, decoded") {
  MuxWorld world;
  std::vector<std::string> tokens;
  world.at("/a").authorizer = [&](const AccessRequest& request, const Access& access) {
    tokens.emplace_back(request.token);
    access.grant();
  };
  world.begin();
  world.open(1, "/a?x=1&access_token=a%2Bb+c");
  world.open(3, "/a?access_token=other", 65'536, {}, "own");
  world.open(5, "/a?access_tokens=other");
  CHECK(tokens == Seen{"a+b c", "own", ""});
}

TEST_CASE("streams that wait for an answer count among those of their service that do, and are bounded") {
  MuxWorld world;
  std::vector<Access> asked;
  MuxTarget& target = world.at("/a");
  target.authorizer = [&](const AccessRequest&, const Access& access) { asked.push_back(access); };
  target.most_undecided = 3;
  world.begin();
  for (const std::uint32_t stream : {1, 3, 5}) world.open(stream, "/a");
  CHECK(target.undecided == 3);
  CHECK(world.said().empty());
  world.open(7, "/a");
  CHECK(world.said() == Seen{"7 CLOSE 1013 too many requests wait to be let in; try again later"});
  CHECK_FALSE(asked[3].awaited());
  asked[0].grant();
  world.turn.end();
  world.close(3);
  CHECK(target.undecided == 1);
  target.authorizer = [](const AccessRequest&, const Access& access) { access.grant(); };
  world.said();
  target.most_undecided = 1;
  world.open(9, "/a");
  CHECK_MESSAGE(world.said() == Seen{"9 OPENED 262144"}, "who is answered at once does not wait");
  world.pass(AccessOptions().time + TimerWheel::kTick);
  CHECK(target.undecided == 0);
  target.authorizer = [&](const AccessRequest&, const Access& access) { asked.push_back(access); };
  world.open(11, "/a");
  CHECK(target.undecided == 1);
  world.lose();
  CHECK(target.undecided == 0);
}

TEST_CASE("too much credit before the answer refuses the stream, and the answer opens nothing any more") {
  for (const bool at_once : {false, true}) {
    CAPTURE(at_once);
    MuxWorld world;
    std::optional<Access> asked;
    world.at("/a").authorizer = [&](const AccessRequest&, const Access& access) {
      if (at_once) access.grant();
      asked = access;
    };
    world.begin();
    std::string bytes;
    mux::append({.stream = 1, .type = mux::Type::open, .number = mux::kLargest, .bytes = "/a"}, bytes);
    world.session->receive(Message::binary(bytes));  // what follows is of the same turn
    world.credit(1, 1);
    CHECK(world.said() == Seen{"1 CLOSE 1002 the credit is more than 2147483647 bytes in all"});
    CHECK_FALSE(asked->awaited());
    asked->grant();
    world.turn.end();
    CHECK(world.said().empty());
    CHECK(world.at("/a").channels.empty());
    CHECK(world.at("/a").sessions.deserted());
    world.close(1);
    CHECK_MESSAGE(world.wire.closed.empty(), "the page's CLOSE may have crossed it");
  }
}

TEST_CASE("a message before OPENED ends the session") {
  MuxWorld world;
  world.at("/a").authorizer = [](const AccessRequest&, const Access& access) {
    static std::vector<Access> kept;
    kept.push_back(access);
  };
  world.begin();
  world.open(1, "/a");
  world.text(1, "x");
  CHECK(world.wire.closed == "1002 a message came in stream 1, which is not open");
}

TEST_CASE("a grant that ends closes the stream, and a token proves what the origin does not") {
  MuxWorld world;
  world.add("/a", from(kPage)).authorizer = [](const AccessRequest& request, const Access& access) {
    CHECK(request.needs_token);
    access.grant({.lifetime = Millis{1'000}, .by_token = !request.token.empty()});
  };
  world.begin();
  world.open(1, "/a");
  CHECK(world.said() == Seen{kUnproven});
  world.open(3, "/a", 65'536, {}, "token");
  CHECK(world.said() == Seen{"3 OPENED 262144"});
  world.pass(Millis{1'100});
  CHECK(world.said() == Seen{"3 CLOSE 4401 the access has expired"});
}

TEST_CASE("sessions of a service and of an address count with all streams in them") {
  ServiceOptions two;
  two.limits.sessions = 2;
  MuxWorld world;
  Guard guard;
  world.loop.guard = &guard;
  world.targets.clear();
  MuxTarget target(world.loop, "/a", two);
  world.add("/a");
  world.targets["/a"] = std::make_unique<MuxTarget>(world.loop, "/a", two);
  MuxTarget& limited = world.at("/a");
  limited.sessions.counts().set_limits(two.limits, {});
  world.begin();
  world.open(1, "/a");
  world.open(3, "/a");
  world.said();
  world.open(5, "/a");
  const auto said = world.said();
  REQUIRE(said.size() == 1);
  CHECK(said[0].starts_with("5 CLOSE 1013 "));
  CHECK(limited.sessions.counts().now().refused == 1);
  CHECK(guard.sessions() == 2);
  world.close(1);
  CHECK(guard.sessions() == 1);
  world.open(7, "/a");
  world.lose();
  CHECK(guard.sessions() == 0);
}
