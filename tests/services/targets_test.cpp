// A gateway whose pages name the target: the handshake, what comes behind it, and that no name leads where no
// rule does.
#include "server/services/targets.hpp"
#include "tests/services/gateway_world.hpp"

using namespace encke;
using namespace encke::test;

namespace {

constexpr std::string_view kRefused = "o c:4106 the target may not be connected to";

/// Rules for `hosts` at the port of `backend`.
TcpOptions rules(const Backend& backend, std::vector<std::string> hosts) {
  return {.targets = {{.hosts = std::move(hosts), .ports = {{backend.port(), backend.port()}}}}};
}

TcpOptions rule_for(const Backend& backend) { return rules(backend, {"127.0.0.1"}); }

std::uint64_t failures(const Gateway& gateway, std::string_view why) {
  for (const auto& [reason, count] : gateway.row().failures) {
    if (reason == why) return count;
  }
  return 0;
}

void leave(Gateway& gateway, FakeCarrier& carrier, std::uint16_t code = 1000) {
  gateway.running.on(0, [&] {
    if (Session* const session = gateway.sessions->find("id")) session->closed_by_peer(carrier, {code, ""});
  });
}

}  // namespace

TEST_CASE("the page is told 1 once there is a connection, and what it sends before that waits") {
  const Backend backend;
  FakeCarrier carrier;
  Gateway gateway(rule_for(backend));
  gateway.open(carrier);
  gateway.send(backend.text() + " text");
  gateway.send("sent at once, ");
  const std::unique_ptr<Peer> server = backend.accept();
  server->send("from the server");
  CHECK(gateway.wait_for(carrier, "server") == "o m:1 m:from the server");
  gateway.send("and after");
  CHECK(server->take(23) == "sent at once, and after");
  CHECK(gateway.row().backend == "targets");
  CHECK(gateway.row().connections == 1);
  CHECK(gateway.row().connected == 1);
  server->close();
  CHECK(gateway.wait_for(carrier, "connection") == "c:1000 the server ended the connection");
  CHECK(gateway.row().connections == 0);
}

TEST_CASE("the page says whether it gets text, and the service where it does not") {
  for (const bool unless_said : {false, true}) {
    const std::pair<std::string, bool> rows[] = {{"", unless_said}, {" text", true}, {" binary", false}};
    for (const auto& row : rows) {
      CAPTURE(row.first);
      const Backend backend;
      TcpOptions options = rule_for(backend);
      options.text = unless_said;
      FakeCarrier carrier;
      Gateway gateway(options);
      gateway.open(carrier);
      gateway.send(backend.text() + row.first);
      const std::unique_ptr<Peer> server = backend.accept();
      server->send("\xFF!");
      CHECK(gateway.wait_for(carrier, "!") == (row.second ? "o m:1 m:\xEF\xBF\xBD!" : "o m:1 m:\xFF!"));
    }
  }
}

TEST_CASE("what no rule names is refused with one text, counted, and told with target and origin") {
  const Backend backend;
  const std::string port = std::to_string(backend.port());
  TcpOptions options = rules(backend, {"127.0.0.1", "irc.example"});
  options.targets[0].origins = {"https://a.example"};
  Gateway gateway(options);
  CHECK(gateway.told("127.0.0.1:1", "https://a.example") == kRefused);
  CHECK(gateway.log.wait(1).back() ==
        "service /tcp: 1 target refused; the last was 127.0.0.1:1, asked for by 192.0.2.7, by a page of "
        "https://a.example");
  std::uint64_t count = 1;
  for (const std::string& target :
       {"127.0.0.2:" + port, "[::1]:" + port, "0.0.0.0:" + port, "localhost:" + port, "x.irc.example:" + port,
        "2130706433:" + port, "0x7f000001:" + port, "0177.0.0.1:" + port, "127.1:" + port,
        std::string("127.0.0.1:0"), std::string("127.0.0.1:65536"), "unix:/run/x:" + port}) {
    CAPTURE(target);
    CHECK(gateway.told(target, "https://a.example") == kRefused);
    CHECK(failures(gateway, "forbidden") == ++count);
  }
  CHECK(gateway.told(backend.text(), "https://b.example") == kRefused);
  CHECK(gateway.told(backend.text()) == kRefused);
  CHECK(gateway.log.wait(1).size() == 1);  // the others within the same minute are counted
  CHECK_FALSE(backend.has_caller());
}

TEST_CASE("an address that IPv6 maps is that address") {
  const Backend backend;
  FakeCarrier carrier;
  Gateway gateway(rule_for(backend));
  gateway.open(carrier);
  gateway.send("[::ffff:127.0.0.1]:" + std::to_string(backend.port()));
  CHECK(gateway.wait_for(carrier, "1") == "o m:1");
  Gateway other(rules(backend, {"127.0.0.2"}));
  CHECK(other.told("[::ffff:127.0.0.1]:" + std::to_string(backend.port())) == kRefused);
}

TEST_CASE("a name is resolved once, and what it has become is what is checked and connected to") {
  const Backend backend;
  const std::string target = "rebind.example:" + std::to_string(backend.port());
  NameServer names(NameServer::Names{{"rebind.example", {"127.0.0.1"}}});
  // 127.0.0.1 stands for a good address here: it is listed, as one of the internet need not be.
  Gateway gateway(rules(backend, {"rebind.example", "127.0.0.1"}), {}, {names.text()});
  {
    FakeCarrier carrier;
    gateway.open(carrier);
    gateway.send(target);
    CHECK(gateway.wait_for(carrier, "1") == "o m:1");
    const std::unique_ptr<Peer> server = backend.accept();
    CHECK(names.asked() == 1);
    leave(gateway, carrier);
  }
  // Whatever it is the next time is asked about anew.
  for (const char* other :
       {"127.0.0.2", "127.0.0.3", "10.0.0.1", "169.254.169.254", "0.0.0.0", "224.0.0.1"}) {
    CAPTURE(other);
    names.change("rebind.example", {other});
    CHECK(gateway.told(target) == kRefused);
    CHECK_FALSE(backend.has_caller());
  }
  CHECK(names.asked() == 7);
  CHECK(failures(gateway, "forbidden") == 6);
  CHECK(gateway.log.wait(1).back() == "service /tcp: 1 target refused; the last was " + target +
                                          " (127.0.0.2), asked for by 192.0.2.7, who told no origin");
}

TEST_CASE("of several addresses of a name only those that may be are tried") {
  const Backend backend;
  const NameServer names(
      NameServer::Names{{"mixed.example", {"127.0.0.2", "10.0.0.1", "127.0.0.1", "0.0.0.0"}}});
  FakeCarrier carrier;
  Gateway gateway(rules(backend, {"mixed.example", "127.0.0.1"}), {}, {names.text()});
  gateway.open(carrier);
  gateway.send("mixed.example:" + std::to_string(backend.port()));
  CHECK(gateway.wait_for(carrier, "1") == "o m:1");
  const std::unique_ptr<Peer> server = backend.accept();
  CHECK_FALSE(backend.has_caller());
}

TEST_CASE("a name of this machine leads to no loopback address that no rule lists") {
  const Backend backend;
  Gateway gateway(rules(backend, {"localhost", "*"}));
  CHECK(gateway.told("localhost:" + std::to_string(backend.port())) == kRefused);
  CHECK_FALSE(backend.has_caller());
}

TEST_CASE("a port that the gateway itself listens at is no target at an address of this machine") {
  const Backend backend;
  Gateway gateway(rule_for(backend));
  gateway.running.workers.add_port(backend.port());
  CHECK(gateway.told(backend.text()) == kRefused);
  CHECK(failures(gateway, "forbidden") == 1);
  CHECK_FALSE(backend.has_caller());
}

TEST_CASE("a first message that is no target is told what was expected, and counted") {
  const Backend backend;
  const std::string expected = "o c:4102 expected a target, HOST:PORT, as the first message";
  Gateway gateway(rule_for(backend));
  std::uint64_t count = 0;
  for (const std::string& text :
       {std::string("irc.example"), backend.text() + "\r\n", backend.text() + " bytes",
        "GET / HTTP/1.1\r\nHost: " + backend.text() + "\r\n\r\n", std::string(301, '1')}) {
    CAPTURE(text);
    CHECK(gateway.told(text) == expected);
    CHECK(failures(gateway, "handshake") == ++count);
  }
  CHECK_FALSE(backend.has_caller());
}

TEST_CASE("a page that names no target is closed in time") {
  const Backend backend;
  TcpOptions options = rule_for(backend);
  options.handshake_time = std::chrono::milliseconds(100);
  FakeCarrier carrier;
  Gateway gateway(options);
  gateway.open(carrier);
  CHECK(gateway.wait_for(carrier, "time") == "o c:4102 the page has named no target in time");
  CHECK(failures(gateway, "handshake") == 1);
  CHECK_FALSE(backend.has_caller());
}

TEST_CASE(
    "a page that closes before it has named a target, or while it is connected, leaves nothing behind") {
  const Backend backend;
  const NameServer names({});
  TcpOptions options = rules(backend, {"silent.example"});
  Gateway gateway(options, {}, {names.text()});
  for (const bool asks : {false, true}) {
    FakeCarrier carrier;
    gateway.open(carrier);
    if (asks) gateway.send("silent.example:" + std::to_string(backend.port()));
    gateway.running.on(0, [&] { gateway.sessions->find("id")->closed_by_peer(carrier, {1000, ""}); });
    gateway.running.on(0, [&] { CHECK(gateway.sessions->size() == 0); });
  }
}

TEST_CASE("a server that is not there is told by its own code, since the page may know") {
  Backend backend;
  Gateway gateway(rule_for(backend));
  backend.close();
  CHECK(gateway.told(backend.text()) == "o c:4108 the server refused the connection");
  CHECK(failures(gateway, "refused") == 1);
}

TEST_CASE("a page that resets loses what the server has not taken, and the server its connection") {
  const Backend backend;
  FakeCarrier carrier;
  Gateway gateway(rule_for(backend));
  gateway.open(carrier);
  gateway.send(backend.text());
  CHECK(gateway.wait_for(carrier, "1") == "o m:1");
  const std::unique_ptr<Peer> server = backend.accept();
  constexpr std::size_t kMuch = 30'000'000;  // more than the system holds
  gateway.running.on(0, [&] {
    gateway.sessions->find("id")->receive(Message::text(std::string(kMuch, 'x')));
    gateway.sessions->find("id")->closed_by_peer(carrier, {gateway_close::kPageReset, "reset"});
  });
  CHECK(server->take_all().size() < kMuch);
  CHECK(gateway.row().connections == 0);
}

TEST_CASE("a grant narrows what a page may name, and widens nothing") {
  const Backend backend;
  const std::uint16_t port = backend.port();
  Running running;
  const services::Targets targets(
      "/tcp", {{.hosts = {"a.example", "b.example", "127.0.0.1"}, .ports = {{port, port}}}}, running.workers,
      {});
  const auto may = [&](const std::vector<TargetRule>& narrowed, const std::string& host, std::uint16_t at) {
    const services::Asker asker{.origin = {}, .address = {}, .narrowed = TargetRules(narrowed)};
    return targets.name(asker, *net::Endpoint::parse(host + ":" + std::to_string(at)));
  };
  const std::vector<PortRange> all{{1, 65535}};
  CHECK(may({{.hosts = {"a.example"}, .ports = all}}, "a.example", port));
  CHECK_FALSE(may({{.hosts = {"a.example"}, .ports = all}}, "b.example", port));
  CHECK_FALSE(may({{.hosts = {"a.example"}, .ports = {{1, 1}}}}, "a.example", port));
  CHECK_FALSE(may({}, "a.example", port));
  CHECK_FALSE(may({{.hosts = {"*", "127.0.0.2"}, .ports = all}}, "c.example", port));
  CHECK_FALSE(may({{.hosts = {"*", "127.0.0.2"}, .ports = all}}, "127.0.0.2", port));
  CHECK_FALSE(may({{.hosts = {"*"}, .ports = all}}, "127.0.0.1", port));
  CHECK(may({{.hosts = {"127.0.0.0/8"}, .ports = all}}, "127.0.0.1", port));
}

TEST_CASE(
    "a name that a grant names by a pattern leads to special addresses only where the grant lists them") {
  Running running;
  const services::Targets targets("/tcp", {{.hosts = {"*", "10.1.0.0/16"}, .ports = {{1, 65535}}}},
                                  running.workers, {});
  const auto may = [&](std::vector<std::string> narrowed, const char* address) {
    const services::Asker asker{
        .origin = {},
        .address = {},
        .narrowed = TargetRules({{.hosts = std::move(narrowed), .ports = {{1, 65535}}}})};
    return targets.may_reach(asker, *net::Endpoint::parse("db.a.example:5432"), *Address::parse(address));
  };
  CHECK_FALSE(may({"*"}, "10.1.0.5"));
  CHECK_FALSE(may({"*.a.example"}, "10.1.0.5"));
  CHECK(may({"*.a.example"}, "8.8.8.8"));
  CHECK(may({"*.a.example", "10.1.0.0/24"}, "10.1.0.5"));
  CHECK_FALSE(may({"*.a.example", "10.1.0.0/24"}, "10.1.1.5"));
  CHECK(may({"db.a.example"}, "10.1.0.5"));
  CHECK_FALSE(may({"db.a.example"}, "10.2.0.5"));
  CHECK_FALSE(may({"*"}, "168.63.129.16"));
}

TEST_CASE("a rule lists an address itself only where it is no network") {
  const TargetRules rules({{.hosts = {"8.8.8.0/24", "8.8.4.4", "2600::1"}, .ports = {{1, 2}}}});
  const auto lists = [&](const char* address, std::uint16_t port) {
    return rules.lists_itself({.origin = {}, .host = "x.example", .port = port}, *Address::parse(address));
  };
  CHECK_FALSE(lists("8.8.8.8", 1));
  CHECK(lists("8.8.4.4", 1));
  CHECK_FALSE(lists("8.8.4.4", 3));
  CHECK(lists("2600::1", 2));
  CHECK_FALSE(lists("2600::2", 2));
}

TEST_CASE("options say either servers or rules, and rules are good") {
  net::Sniffer sniffer;
  net::Workers workers(1, sniffer);
  const auto fault = [&](const TcpOptions& options) {
    try {
      services::tcp_gateway(workers, "/tcp", options, {});
    } catch (const std::runtime_error& error) {
      return std::string(error.what());
    }
    return std::string{};
  };
  const TargetRule rule{.hosts = {"a.example"}, .ports = {{1, 1}}};
  CHECK(fault({.targets = {rule}}).empty());
  CHECK(fault({}) == "expected either servers in connect, or rules in targets");
  CHECK(fault({.connect = {"a.example:1"}, .targets = {rule}}) ==
        "expected either servers in connect, or rules in targets");
  CHECK(fault({.targets = {rule, {.hosts = {}, .ports = {}}}}) == "targets[1].hosts: expected at least one");
  CHECK(fault({.targets = {rule}, .check_time = std::chrono::milliseconds(1)}) ==
        "check_seconds: expected none with targets");
}
