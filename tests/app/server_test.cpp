// What setting up a Server refuses, and what it tells of itself.
#include <encke/server.hpp>

#include "tests/net/tls_support.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <stdexcept>
#include <string>

using namespace encke;

namespace {

void nothing(Channel&) {}

std::string refusal(const std::function<void(Server&)>& set_up) {
  Server server({.listen = {"127.0.0.1:0"}, .workers = 1});
  try {
    set_up(server);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "accepted";
}

std::string refused_options(const ServiceOptions& options) {
  return refusal([&](Server& server) { server.serve("/a", nothing, options); });
}

}  // namespace

TEST_CASE("a path begins with a slash, does not end with one, and is free") {
  for (const std::string path : {"", "echo", "/echo/", "//"}) {
    CHECK(refusal([&](Server& server) { server.serve(path, nothing); }) ==
          "cannot serve at \"" + path + "\": expected a path as \"/echo\"");
  }
  CHECK(refusal([](Server& server) { server.serve("/", nothing); }) ==
        "cannot serve a service at \"/\": expected a path as \"/echo\"");
  CHECK(refusal([](Server& server) {
          server.serve("/a", nothing);
          server.serve_broadcast("/a");
        }) == "cannot serve at \"/a\": something is served there already");
}

TEST_CASE("a folder that is not there is refused when it is named") {
  CHECK(refusal([](Server& server) { server.serve_folder("/", "/nowhere/at/all"); }) ==
        "cannot serve the folder \"/nowhere/at/all\": there is none of that name");
  CHECK(refusal([](Server& server) { server.serve_folder("/", "/"); }) == "accepted");
}

TEST_CASE("a service names transports that are built in") {
  const std::vector<std::string> built_in = Server::transports();
  REQUIRE(!built_in.empty());
  ServiceOptions options;
  options.transports = built_in;
  CHECK(refused_options(options) == "accepted");
  options.transports.emplace_back("smoke");
  CHECK(refused_options(options).find(
            "cannot serve at \"/a\": no transport \"smoke\" is built in; there are " + built_in.front()) ==
        0);
}

TEST_CASE("a service names drafts of WebSocket that there are") {
  ServiceOptions options;
  options.websocket_drafts = {};
  CHECK(refused_options(options) == "accepted");
  options.websocket_drafts = {"hybi-08", "hybi-10"};
  CHECK(refused_options(options) ==
        "cannot serve at \"/a\": no draft of WebSocket \"hybi-10\" is built in; there are hixie-75, "
        "hixie-76, hybi-01, hybi-04, hybi-05, hybi-06, hybi-07, hybi-08");
}

TEST_CASE("what pages are told of plain polls and of document.domain is checked") {
  ServiceOptions options;
  options.document_domain = "example.com";
  CHECK(refused_options(options) == "accepted");
  options.document_domain = "example.com\"+alert(1)+\"";
  CHECK(refused_options(options) ==
        "cannot serve at \"/a\": document_domain is example.com\"+alert(1)+\", expected one as "
        "\"example.com\"");
  options.document_domain = "";
  options.poll_interval = std::chrono::milliseconds(0);
  CHECK(refused_options(options) == "cannot serve at \"/a\": poll_interval is 0 ms, expected some time");
}

TEST_CASE("a service's sub-protocols are tokens (RFC 6455 4.1), and none is given twice") {
  ServiceOptions options;
  options.protocols = {"chat", "v2.chat", "!#$%&'*+-.^_`|~"};
  CHECK(refused_options(options) == "accepted");
  for (const char* name : {"", "a b", "a,b", "caf\xc3\xa9", "a\r\nb", "\"a\""}) {
    options.protocols = {"chat", name};
    CHECK(refused_options(options) ==
          "cannot serve at \"/a\": \"" + std::string(name) +
              "\" is no sub-protocol's name, expected letters, digits and !#$%&'*+-.^_`|~ only");
  }
  options.protocols = {"chat", "mail", "chat"};
  CHECK(refused_options(options) ==
        "cannot serve at \"/a\": the sub-protocol \"chat\" is given twice, expected once");
}

TEST_CASE("the library's URL can stand in a page") {
  ServiceOptions options;
  for (const char* url : {"/s.js", "http://a/s.js", "https://a/s.js"}) {
    options.sockjs_url = url;
    CHECK(refused_options(options) == "accepted");
  }
  for (const char* url : {"", "s.js", "/s.js\"><script>"}) {
    options.sockjs_url = url;
    CHECK(refused_options(options).find("cannot serve at \"/a\": sockjs_url is ") == 0);
  }
}

TEST_CASE("what a service's URLs may be is checked") {
  const auto refused = [](const InboxOptions& inbox) {
    return refusal([&](Server& server) { server.serve_inbox("/a", inbox); });
  };
  CHECK(refused({}) == "accepted");
  CHECK(refused({.cors_origins = {"*"}}) == "accepted");
  CHECK(refused({.cors_origins = {"https://a.example", "null"}}) == "accepted");
  using std::chrono::seconds;
  CHECK(refused({.most_time = seconds(31'536'000)}) == "accepted");
  CHECK(refused({.most_time = seconds(31'536'001)}) ==
        "cannot serve at \"/a\": most_time is 31536001 s, expected 1 s to a year");
  CHECK(refused({.most_time = seconds(0)}) ==
        "cannot serve at \"/a\": most_time is 0 s, expected 1 s to a year");
  CHECK(refused({.max_bytes = 0}) == "cannot serve at \"/a\": max_bytes is 0, expected at least 1");
  for (const char* origin : {"*", "https://a.example/"}) {
    CHECK(refused({.cors_origins = {"https://b.example", origin}})
              .starts_with("cannot serve at \"/a\": \"" + std::string(origin) +
                           "\" in cors_origins is no origin, expected \"*\" alone, or an origin "));
  }
  CHECK(refusal([](Server& server) {
          server.serve_inbox("/a");
          server.authorize("/a", [](const AccessRequest&, const Access& access) { access.grant(); });
          server.configure("/a", {});
        }) == "accepted");
}

TEST_CASE("listen() binds once, and gives the ports that the system chose") {
  Server server({.listen = {"127.0.0.1:0", "127.0.0.1:0"}, .workers = 2});
  const std::vector<std::string> addresses = server.listen();
  REQUIRE(addresses.size() == 2);
  CHECK(addresses[0] != addresses[1]);
  CHECK(addresses[0].find("127.0.0.1:") == 0);
  CHECK(server.listen() == addresses);
  CHECK(server.workers() == 2);
  CHECK_THROWS_AS(Server({.listen = {addresses[0]}, .workers = 1}).listen(), std::runtime_error);
}

TEST_CASE(
    "TLS: what is wrong with a file is told by listen(), and by reload_tls(), which then changes nothing") {
  const test::Folder folder;
  const TlsCertificate good = test::issue_to(folder, "a", {"a.example"});
  const TlsCertificate missing{folder / "none.pem", good.key};
  const std::string fault = "certificates[0].certificate: " + missing.certificate + ": there is no such file";
  const auto with = [](const TlsCertificate& files) { return TlsOptions{.certificates = {files}}; };
  Server bad({.listen = {Listen("127.0.0.1:0", with(missing))}, .workers = 1});
  CHECK_THROWS_WITH_AS(bad.listen(), ("TLS on 127.0.0.1:0: " + fault).c_str(), std::runtime_error);

  std::vector<std::string> troubles;
  Server server({.listen = {"127.0.0.1:0", Listen("127.0.0.1:0", with(good))},
                 .workers = 1,
                 .on_trouble = [&](std::string_view text) { troubles.emplace_back(text); }});
  const std::vector<std::string> addresses = server.listen();
  CHECK(server.urls() ==
        std::vector<std::string>{"http://" + addresses.at(0) + "/", "https://" + addresses.at(1) + "/"});
  CHECK(server.reload_tls().empty());
  CHECK(server.reload_tls({Listen("127.0.0.1:0", with(missing))}) ==
        std::vector<std::string>{"TLS on 127.0.0.1:0: " + fault});
  CHECK(server.reload_tls().empty());  // by what was good before
  CHECK(troubles.empty());
  test::issue_to(folder, "a", {"a.example"}, -7200, -3600);
  CHECK(server.reload_tls().empty());
  REQUIRE(troubles.size() == 1);
  CHECK(troubles[0].find("TLS on 127.0.0.1:0: certificates[0].certificate: " + good.certificate +
                         ": the certificate has expired on ") == 0);
  folder.write("a.key", "");
  CHECK(server.reload_tls().size() == 1);
}

TEST_CASE("rules of targets list origins where the service does, since nothing proves a page's elsewhere") {
  const auto told = [](const ServiceOptions& options, const std::vector<std::string>& origins) {
    return refusal([&](Server& server) {
      server.serve_tcp("/a", {.targets = {{.origins = origins, .hosts = {"a.example"}, .ports = {{1, 1}}}}},
                       options);
    });
  };
  ServiceOptions lists;
  lists.origins = {"https://a.example"};
  CHECK(told({}, {"https://a.example"}) ==
        "cannot serve /a: targets list origins, expected origins of the service too");
  CHECK(told(lists, {"https://a.example"}) == "accepted");
  CHECK(told({}, {}) == "accepted");
}

TEST_CASE("a Flash policy is checked as the configuration's is") {
  const auto refused = [](const FlashPolicy& policy,
                          const std::string& listen = "127.0.0.1:0") -> std::string {
    try {
      Server server({.listen = {listen}, .workers = 2, .flash_policy = policy});
      server.listen();
      return "accepted " + std::to_string(server.flash_policy_addresses().size());
    } catch (const std::runtime_error& error) {
      return error.what();
    }
  };
  FlashPolicy policy;
  CHECK(refused(policy) ==
        "flash_policy.allow: found none, expected at least one rule, or site_control \"none\"");
  policy.allow = {{"*.example.com", "8080"}, {"*", "a"}};
  CHECK(refused(policy).find("flash_policy.allow[1].ports: found \"a\", expected ports from 1 to 65535") ==
        0);
  policy.allow[1].ports = "*";
  CHECK(refused(policy) == "accepted 0");
  policy.listen = {"127.0.0.1:0", "127.0.0.1:0"};
  CHECK(refused(policy) == "accepted 2");
  policy.listen = {"systemd:policy"};
  CHECK(refused(policy).find("cannot listen on systemd:policy: ") == 0);
  // Ports that the system chose are known once they are bound.
  policy.listen = {"127.0.0.1:0"};
  policy.allow[1].ports = "80";
  CHECK(refused(policy).find("flash_policy.allow[1].ports: found \"80\", expected ports from 1024 on") == 0);
  policy.public_port = 843;
  CHECK(refused(policy) == "accepted 1");
}

TEST_CASE("a server that could not listen everywhere does not run with what is left") {
  const FlashPolicy policy{.allow = {{"*.example.com", "8080"}}, .listen = {"systemd:policy"}};
  Server server({.listen = {"127.0.0.1:0"}, .workers = 1, .flash_policy = policy});
  CHECK_THROWS_AS(server.listen(), std::runtime_error);
  CHECK_THROWS_AS(server.listen(), std::runtime_error);
  server.stop();
  CHECK_THROWS_AS(server.run(), std::runtime_error);
}

TEST_CASE("a stop() that comes first ends run() at once, and what was posted before it has run") {
  Server server({.listen = {"127.0.0.1:0"}, .workers = 2});
  bool ran = false;
  server.post(0, [&ran] { ran = true; });
  server.stop();
  server.run();
  CHECK(ran);
}

TEST_CASE(
    "a live feed needs a source that can be, a key that can be read, and readers that nobody waits for") {
  const auto refused = [](const LiveFeedOptions& feed, const ServiceOptions& options = live_feed_service()) {
    return refusal([&](Server& server) { server.serve_live_feed("/f", feed, options); });
  };
  CHECK(refused({}) == "accepted");
  CHECK(refused({.udp = UdpSource{"127.0.0.1:0"}}) == "accepted");
  CHECK(refused({.udp = UdpSource{"here"}}) ==
        "cannot receive datagrams at \"here\": expected a numeric address and a port, as \"239.1.2.3:9000\"");
  CHECK(refused({.key = FeedKey::member("symbol")}) ==
        "cannot serve at \"/f\": the key is \"symbol\", expected a JSON pointer, as \"/symbol\"");
  CHECK(refused({.most_keys = 0}) == "cannot serve at \"/f\": most_keys is 0, expected at least 1");
  ServiceOptions waiting = live_feed_service();
  waiting.slow_reader = SlowReader::block;
  CHECK(refused({}, waiting) ==
        "cannot serve at \"/f\": a live feed waits for nobody, expected slow_reader to be another");
}

TEST_CASE("a publisher publishes for as long as its feed is served") {
  Publisher publisher;
  CHECK_FALSE(publisher.publish("to nobody"));
  {
    Server server({.listen = {"127.0.0.1:0"}, .workers = 1});
    publisher = server.serve_live_feed("/f", {});
    CHECK(publisher.publish("early"));
    CHECK(publisher.counts() == LiveFeedCounts{});
    server.stop();
    server.run();
    CHECK_FALSE(publisher.publish("late"));
  }
  CHECK_FALSE(publisher.publish("to nobody"));
}
