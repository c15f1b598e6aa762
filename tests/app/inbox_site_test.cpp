// A service with capability URLs as a site has it: beside SockJS's paths, past who decides on access, until
// its end.
#include "server/app/site.hpp"

#include "tests/support/fake_stream.hpp"
#include "transports/registry.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

using namespace encke;
using namespace encke::test;

namespace {

/// A loop with such a service at /a, whose channels are told their URL and what comes there.
struct InboxLoop {
  explicit InboxLoop(Authorizer authorizer = {}) {
    Contents contents;
    ServiceEntry& entry = contents.services.emplace_back();
    entry.path = "/a";
    entry.options.origins = {"https://page.example"};
    entry.counts = std::make_shared<LiveCounts>();
    entry.authorizer = std::move(authorizer);
    entry.inbox = std::make_shared<services::InboxSetup>(InboxOptions());
    entry.inbox_service = [this](Channel& channel, Inboxes& inboxes) {
      path =
          inboxes
              .open(channel, {},
                    {.deliver = [&channel](const Delivery& delivery) { return channel.send(delivery.body); }})
              .path;
    };
    setup = entry.inbox;
    site.emplace(loop.context, contents, transports, options, Networks(), [] { return true; });
    stream.emplace(loop);
    stream->set_owner(site->open(*stream));
  }
  std::string post(const std::string& leaf, const std::string& body = "") {
    stream->give("POST /a" + leaf + " HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(body.size()) +
                 "\r\n\r\n" + body);
    const std::string answer = stream->sent();
    const std::size_t end = answer.find("\r\n\r\n");
    return end == std::string::npos ? answer : answer.substr(9, 3) + " " + answer.substr(end + 4);
  }

  std::string path;
  std::weak_ptr<services::InboxSetup> setup;
  const std::vector<std::unique_ptr<Transport>> transports = make_transports();
  const ServerOptions options;
  FakeLoop loop;
  std::optional<Site> site;
  std::optional<FakeStream> stream;
};

constexpr const char* kUnknown =
    "404 there is no such URL: it never was, its time is up, or it was taken back\n";

}  // namespace

TEST_CASE("a channel's URL is found below its service, and SockJS's paths that begin alike stay SockJS's") {
  InboxLoop world;
  CHECK(world.post("/000/abc/xhr") == "200 o\n");
  const std::string path = world.path;
  CHECK(world.post(path, "hello") == "204 ");
  CHECK(world.post("/000/abc/xhr") == "200 a[\"hello\"]\n");
  CHECK(world.post("/in/def/xhr") == "200 o\n");
  CHECK(world.path != path);
  CHECK(world.post("/in/def") == kUnknown);
}

TEST_CASE("neither origins nor who decides on access is asked about what comes to a URL") {
  bool granted = true;
  InboxLoop world([&granted](const AccessRequest&, const Access& access) {
    granted ? access.grant() : access.deny(403, "no");
  });
  CHECK(world.post("/000/abc/xhr") == "200 o\n");
  granted = false;
  CHECK(world.post("/000/def/xhr").starts_with("403 "));
  world.stream->give("POST /a" + world.path +
                     " HTTP/1.1\r\nHost: h\r\nOrigin: https://other.example\r\nContent-Length: 1\r\n\r\nx");
  CHECK(world.stream->sent().starts_with("HTTP/1.1 204 "));
}

TEST_CASE("a session takes its URLs along when nobody comes back to it") {
  InboxLoop world;
  CHECK(world.post("/000/abc/xhr") == "200 o\n");
  world.loop.pass(Millis{4'900});
  CHECK(world.post(world.path, "x") == "204 ");
  world.loop.pass(Millis{200});
  CHECK(world.post(world.path, "x") == kUnknown);
  CHECK(world.setup.lock()->ledger.now().ended == 1);
  CHECK(world.setup.lock()->ledger.now().live == 0);
}

TEST_CASE("a service that is taken out leaves nothing of its URLs") {
  InboxLoop world;
  CHECK(world.post("/000/abc/xhr") == "200 o\n");
  world.site->remove("/a");
  world.loop.pass(Millis{10'000});
  CHECK(world.post(world.path, "x").starts_with("404 "));
  world.loop.pass(Millis{10'000});
  CHECK(world.setup.expired());
}

TEST_CASE("a loop that ends with URLs open gives them back") {
  std::shared_ptr<services::InboxSetup> setup;
  {
    InboxLoop world;
    CHECK(world.post("/000/abc/xhr") == "200 o\n");
    setup = world.setup.lock();
    CHECK(setup->ledger.now().live == 1);
    world.stream.reset();
    world.site.reset();
  }
  CHECK(setup->ledger.now().live == 0);
}
