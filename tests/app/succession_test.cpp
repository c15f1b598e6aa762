// A path that a service has left, and what has come there: whose sessions requests are about.
#include "server/app/site.hpp"

#include "tests/net/tls_support.hpp"
#include "tests/support/fake_stream.hpp"
#include "transports/registry.hpp"
#include "transports/shared/routes.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <string>

using namespace encke;
using namespace encke::test;

namespace {

ServiceEntry service_at(const std::string& path) {
  ServiceEntry entry;
  entry.path = path;
  entry.service = [](Channel&) {};
  entry.counts = std::make_shared<LiveCounts>();
  return entry;
}

/// One of `workers` loops, which serves `entry` to a browser.
struct LoopOf {
  explicit LoopOf(const ServiceEntry& entry, unsigned worker = 0, unsigned workers = 1)
      : loop(worker, workers) {
    Contents contents;
    contents.services.push_back(entry);
    site.emplace(loop.context, contents, transports, options, Networks(), [] { return true; });
    stream.emplace(loop);
    stream->set_owner(site->open(*stream));
  }
  std::string post(const std::string& path) {
    stream->give("POST " + path + " HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n");
    return stream->sent();
  }
  /// A session of the facade's that has opened, and has no request open; the path of its next.
  std::string page() {
    const std::string opened = post("/a/encke.1/open");
    const std::string begin = "\"session\":\"";
    const std::size_t at = opened.find(begin) + begin.size();
    const std::string path = "/a/encke.1/" + opened.substr(at, opened.find('"', at) - at) + "/xhr?a=0&n=";
    CHECK(post(path + "1&w=0").starts_with("HTTP/1.1 200 "));
    return path + "2";
  }
  template <typename Heir>
  void succeed(const Heir& heir) {
    site->remove("/a");
    site->add(heir);
    loop.pass(Millis{500});  // longer than it takes to tell them
  }

  const std::vector<std::unique_ptr<Transport>> transports = make_transports();
  const ServerOptions options;
  FakeLoop loop;
  std::optional<Site> site;
  std::optional<FakeStream> stream;
};

constexpr const char* kGoing = "c[1001,\"the server is going away\"]";

bool holds(const std::string& text, std::string_view what) { return text.find(what) != std::string::npos; }

}  // namespace

TEST_CASE("a page between two requests hears that it has to go, though another service is there by now") {
  LoopOf world(service_at("/a"));
  const std::string next = world.page();
  const std::string sockjs = "/a/000/sockjs01/xhr";
  CHECK(world.post(sockjs).ends_with("o\n"));
  ServiceEntry heir = service_at("/a");
  heir.options.transports = {"websocket"};  // other than what was there
  world.succeed(heir);
  const std::string told = world.post(next);
  CHECK(told.starts_with("HTTP/1.1 200 "));
  CHECK(holds(told, kGoing));
  CHECK(holds(world.post(sockjs), kGoing));
  // What is new is the heir's.
  CHECK(holds(world.post("/a/encke.1/open"), "\"transports\":[\"websocket\"]"));
  CHECK(world.post("/a/000/sockjs02/xhr").starts_with("HTTP/1.1 404 "));
}

TEST_CASE("a page between two requests hears that it has to go, though files are there by now") {
  const Folder folder;
  LoopOf world(service_at("/a"));
  const std::string next = world.page();
  world.succeed(FolderEntry{"/a", folder.path().string()});
  CHECK(holds(world.post(next), kGoing));
  CHECK(world.post("/a/encke.1/open").starts_with("HTTP/1.1 405 "));
}

TEST_CASE("two services that were at a path one after the other both tell their pages") {
  LoopOf world(service_at("/a"));
  const std::string first = world.page();
  world.succeed(service_at("/a"));
  const std::string second = world.page();
  world.succeed(service_at("/a"));
  CHECK(holds(world.post(first), kGoing));
  CHECK(holds(world.post(second), kGoing));
  CHECK(world.post(world.page()).empty());  // of the one that is there: it waits
}

TEST_CASE(
    "what is about a session of a service that was there goes to the session's loop, as long as any is "
    "left") {
  const Folder folder;
  const FolderEntry heir{"/a", folder.path().string()};
  std::optional<LoopOf> has;
  std::optional<LoopOf> has_not;
  {
    const ServiceEntry entry = service_at("/a");
    has.emplace(entry, 0, 2);
    has_not.emplace(entry, 1, 2);
  }
  const std::string next = has->page();
  has->succeed(heir);
  has_not->succeed(heir);
  has_not->loop.pass(Millis{10'000});
  FakeStream moves(has_not->loop);
  moves.set_owner(has_not->site->open(moves));
  moves.give("POST " + next + " HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n");
  CHECK(moves.state() == FakeStream::State::moved);
  CHECK(moves.moved_to() == 0);
  CHECK(holds(has->post(next), kGoing));
  has->loop.pass(ServiceOptions{}.resume_time() + Site::kTidyTime * 20);
  CHECK(has_not->post(next).starts_with("HTTP/1.1 405 "));
}
