// What one loop serves: services that are taken out, while somebody still needs them and afterwards.
#include "server/app/site.hpp"

#include "tests/support/fake_stream.hpp"
#include "transports/registry.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <string>

using namespace encke;
using namespace encke::test;

namespace {

constexpr std::string_view kOpen = "POST /a/encke.1/open HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n";

/// A loop that serves a service at /a; who decides on its access holds something that a test can see go.
struct OneService {
  OneService() {
    auto held = std::make_shared<int>();
    seen = held;
    Contents contents;
    ServiceEntry& entry = contents.services.emplace_back();
    entry.path = "/a";
    entry.service = [](Channel&) {};
    entry.counts = std::make_shared<LiveCounts>();
    entry.authorizer = [this, held](const AccessRequest&, const Access& access) {
      if (decides_at_once) access.grant();
      asked = access;
    };
    site.emplace(loop.context, contents, transports, options, Networks(), [] { return true; });
    stream.emplace(loop);
    stream->set_owner(site->open(*stream));
  }
  std::string ask(std::string_view request) {
    stream->give(request);
    return stream->sent();
  }
  /// Has the service taken out, and waits for as long as clients are told to go.
  void remove() {
    site->remove("/a");
    loop.pass(Millis{500});
  }
  bool is_gone() const { return seen.expired(); }

  bool decides_at_once = true;
  std::optional<Access> asked;
  std::weak_ptr<int> seen;
  const std::vector<std::unique_ptr<Transport>> transports = make_transports();
  const ServerOptions options;
  FakeLoop loop;
  std::optional<Site> site;
  std::optional<FakeStream> stream;
};

}  // namespace

TEST_CASE("a service that was taken out is gone soon, with all that it was made of") {
  OneService world;
  CHECK(world.site->find("/a") != nullptr);
  world.remove();
  CHECK(world.site->find("/a") == nullptr);
  CHECK(world.ask(kOpen).starts_with("HTTP/1.1 404 "));
  world.loop.pass(Site::kTidyTime);
  CHECK(world.is_gone());
}

TEST_CASE("a service that was taken out stays until its last session is over") {
  OneService world;
  CHECK(world.ask(kOpen).starts_with("HTTP/1.1 200 "));
  world.remove();
  CHECK(world.site->find("/a") != nullptr);  // its page may come once more
  world.loop.pass(Millis{10'000});
  CHECK(world.site->find("/a") == nullptr);
  CHECK(!world.is_gone());
  world.loop.pass(ServiceOptions{}.resume_time() + Site::kTidyTime);
  CHECK(world.is_gone());
}

TEST_CASE("a service that was taken out stays while a request waits to be let in there") {
  OneService world;
  world.decides_at_once = false;
  CHECK(world.ask(kOpen).empty());
  world.remove();
  world.loop.pass(Site::kTidyTime);
  CHECK(!world.is_gone());
  world.asked->deny(403, "no");
  world.stream->settle();
  CHECK(world.stream->sent().starts_with("HTTP/1.1 403 "));
  world.loop.pass(Site::kTidyTime * 2);
  CHECK(world.is_gone());
}

TEST_CASE("the way in that a service had before it was configured goes, and the service stays") {
  OneService world;
  world.decides_at_once = false;
  CHECK(world.ask(kOpen).empty());
  world.site->configure("/a", {});
  world.loop.pass(Site::kTidyTime);
  world.asked->grant();
  world.stream->settle();
  CHECK(world.stream->sent().starts_with("HTTP/1.1 200 "));
  world.loop.pass(Site::kTidyTime * 2);
  CHECK(!world.is_gone());
  world.decides_at_once = true;
  CHECK(world.ask(kOpen).starts_with("HTTP/1.1 200 "));
}

TEST_CASE("a loop that is to end waits for the clients of services that are being taken out, too") {
  OneService world;
  CHECK(world.ask(kOpen).starts_with("HTTP/1.1 200 "));
  world.site->remove("/a");
  bool done = false;
  world.site->drain({}, [&done] { done = true; });
  world.loop.pass(Millis{2'000});
  CHECK(!done);  // a page that is between two requests has five seconds
  world.loop.pass(Millis{5'000});
  CHECK(done);
}
