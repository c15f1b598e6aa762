// What becomes of services and files when a changed configuration is applied.
#include "server/app/reload.hpp"

#include "tests/net/tls_support.hpp"

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>
#include <vector>

using namespace encke;
using namespace encke::app;

namespace {

using Lines = std::vector<std::string>;

Config with(std::vector<ServiceConfig> services, std::vector<StaticMount> mounts) {
  Config config;
  config.services = std::move(services);
  config.mounts = std::move(mounts);
  return config;
}

ServiceConfig service_at(const std::string& path) {
  ServiceConfig service;
  service.path = path;
  return service;
}

/// A server that serves what `config` says, as far as it is asked to change.
struct Running {
  explicit Running(const Config& config) { to(config); }
  Reloaded to(const Config& after) {
    Reloaded result = reload(server, now, after, false);
    now = result.now;
    return result;
  }
  bool serves_at(const std::string& path) {
    try {
      server.serve(path, [](Channel&) {});
    } catch (const std::runtime_error& error) {
      return std::string(error.what()).ends_with("something is served there already");
    }
    server.remove(path);
    return false;
  }

  Server server{{.listen = {"127.0.0.1:0"}, .workers = 1}};
  Config now = with({}, {});
};

const Config kNowhere = with({}, {{"/a", "/nowhere/at/all"}});
const std::string kNoFolder = "cannot serve the folder \"/nowhere/at/all\": there is none of that name";

}  // namespace

TEST_CASE(
    "a service of type tcp is replaced where it goes somewhere else, and changed where its options differ") {
  ServiceConfig gateway = service_at("/a");
  gateway.type = ServiceType::tcp;
  gateway.options.slow_reader = SlowReader::block;
  gateway.tcp = TcpOptions{.connect = {"127.0.0.1:1"}};
  Running running(with({gateway}, {}));
  CHECK(running.to(with({gateway}, {})).done.empty());
  gateway.options.max_message_bytes = 7;
  CHECK(running.to(with({gateway}, {})).done == Lines{"service /a changed"});
  gateway.tcp->connect = {"127.0.0.1:2"};
  CHECK(running.to(with({gateway}, {})).done == Lines{"service /a replaced, its clients connect anew"});
  gateway.tcp->connect = {"nowhere"};
  const Reloaded bad = running.to(with({gateway}, {}));
  REQUIRE(bad.failed.size() == 1);
  CHECK(bad.failed[0].starts_with(
      "service /a replaced, its clients connect anew: cannot serve /a: connect: found \"nowhere\""));
  CHECK(running.now.services.at(0).tcp->connect == Lines{"127.0.0.1:2"});
}

TEST_CASE("files that cannot be changed stay as they were, and can be changed later") {
  const test::Folder one;
  const test::Folder other;
  Running running(with({}, {{"/a", one.path()}}));
  const Reloaded bad = running.to(kNowhere);
  CHECK(bad.failed == Lines{"files at /a changed: " + kNoFolder});
  CHECK(bad.done.empty());
  CHECK(running.serves_at("/a"));
  REQUIRE(running.now.mounts.size() == 1);
  CHECK(running.now.mounts[0].folder == one.path());
  const Reloaded good = running.to(with({}, {{"/a", other.path()}}));
  CHECK(good.done == Lines{"files at /a changed"});
  CHECK(running.serves_at("/a"));
}

TEST_CASE("a service that cannot be replaced stays as it was") {
  ServiceConfig bad = service_at("/a");
  bad.type = ServiceType::close;
  bad.options.sockjs_url = "no url";
  Running running(with({service_at("/a")}, {}));
  const Reloaded result = running.to(with({bad}, {}));
  REQUIRE(result.failed.size() == 1);
  CHECK(result.failed[0].starts_with("service /a replaced, its clients connect anew: cannot serve at "));
  CHECK(running.serves_at("/a"));
  CHECK(running.now.services.at(0).type == ServiceType::echo);
  bad.options = {};
  CHECK(running.to(with({bad}, {})).done == Lines{"service /a replaced, its clients connect anew"});
}

TEST_CASE("files become a service, and a service files, at once") {
  const test::Folder folder;
  const Config files = with({}, {{"/a", folder.path()}});
  const Config service = with({service_at("/a")}, {});
  Running running(files);
  CHECK(running.to(service).done == Lines{"files at /a replaced by a service"});
  CHECK(running.now.services.size() == 1);
  CHECK(running.now.mounts.empty());
  CHECK(running.to(files).done == Lines{"service /a replaced by files"});
  CHECK(running.now.services.empty());
  CHECK(running.now.mounts.size() == 1);
  CHECK(running.serves_at("/a"));
}

TEST_CASE("a service that cannot become files stays, and files that would become one with tokens do") {
  const test::Folder folder;
  Running running(with({service_at("/a")}, {}));
  CHECK(running.to(kNowhere).failed == Lines{"service /a replaced by files: " + kNoFolder});
  CHECK(running.now.services.size() == 1);
  CHECK(running.serves_at("/a"));
  const Config files = with({}, {{"/b", folder.path()}});
  running.to(files);
  ServiceConfig guarded = service_at("/b");
  guarded.tokens.emplace();
  CHECK(running.to(with({guarded}, {})).failed == Lines{"service /b: with tokens it takes a restart"});
  CHECK(running.now.mounts.size() == 1);
  CHECK(running.serves_at("/b"));
}

TEST_CASE("an inbox is replaced where its URLs are to be others, and changed where they are not") {
  ServiceConfig inbox = service_at("/a");
  inbox.type = ServiceType::inbox;
  inbox.options.slow_reader = SlowReader::block;
  Running running(with({inbox}, {}));
  CHECK(running.to(with({inbox}, {})).done.empty());
  inbox.options.outbox_bytes = 1'000;
  CHECK(running.to(with({inbox}, {})).done == Lines{"service /a changed"});
  inbox.inbox.most_urls = 1;
  CHECK(running.to(with({inbox}, {})).done == Lines{"service /a replaced, its clients connect anew"});
  inbox.inbox.most_urls = 0;  // which no file can say
  const Reloaded bad = running.to(with({inbox}, {}));
  CHECK(bad.failed == Lines{"service /a replaced, its clients connect anew: cannot serve at \"/a\": "
                            "most_urls is 0, expected at least 1"});
  CHECK(running.serves_at("/a"));
}

TEST_CASE("what a multiplexed service carries replaces it, and its other options change it") {
  ServiceConfig mux = service_at("/m");
  mux.type = ServiceType::mux;
  mux.options = mux_service();
  mux.mux = MuxOptions{.services = {"/a"}};
  Running running(with({service_at("/a"), mux}, {}));
  CHECK(running.to(with({service_at("/a"), mux}, {})).done.empty());
  mux.options.heartbeat = std::chrono::seconds(7);
  CHECK(running.to(with({service_at("/a"), mux}, {})).done == Lines{"service /m changed"});
  mux.mux->streams = 3;
  CHECK(running.to(with({service_at("/a"), mux}, {})).done ==
        Lines{"service /m replaced, its clients connect anew"});
  mux.mux->services.clear();  // which no file can say
  CHECK(running.to(with({service_at("/a"), mux}, {})).failed ==
        Lines{"service /m replaced, its clients connect anew: cannot serve at \"/m\": services names none, "
              "expected some paths"});
  CHECK(running.serves_at("/m"));
}

TEST_CASE("what is gone from a configuration is served no more, and what is new is") {
  Running running(with({service_at("/a"), service_at("/b")}, {}));
  const Reloaded result = running.to(with({service_at("/b"), service_at("/c")}, {}));
  CHECK(result.done == Lines{"service /a removed", "service /c added"});
  CHECK(!running.serves_at("/a"));
  CHECK(running.serves_at("/b"));
  CHECK(running.serves_at("/c"));
}

TEST_CASE(
    "a feed's other options are changed, another source or key takes its place, and one that cannot be does "
    "not") {
  ServiceConfig feed = service_at("/f");
  feed.type = ServiceType::feed;
  feed.options = live_feed_service();
  feed.feed = LiveFeedOptions{.udp = UdpSource{"127.0.0.1:0"}};
  Running running(with({feed}, {}));
  feed.options.heartbeat = std::chrono::seconds(7);
  CHECK(running.to(with({feed}, {})).done == Lines{"service /f changed"});
  feed.feed->key = FeedKey::member("/symbol");
  CHECK(running.to(with({feed}, {})).done == Lines{"service /f replaced, its clients connect anew"});
  feed.options.outbox_bytes = 1000;
  CHECK(running.to(with({feed}, {})).done == Lines{"service /f replaced, its clients connect anew"});
  CHECK(running.to(with({feed}, {})).done.empty());
  ServiceConfig bad = feed;
  bad.feed->udp = UdpSource{"192.0.2.77:9000"};
  CHECK(running.to(with({bad}, {})).failed ==
        Lines{"service /f replaced, its clients connect anew: cannot receive datagrams at 192.0.2.77:9000: "
              "Cannot assign requested address"});
  CHECK(running.now.services.at(0).feed == feed.feed);
  CHECK(running.serves_at("/f"));
  CHECK(running.to(with({}, {})).done == Lines{"service /f removed"});
}
