// The servers behind a gateway: each way in which there is none, others that stand in, checks, and what they
// are told.
#include "tests/services/gateway_world.hpp"

using namespace encke;
using namespace encke::test;

TEST_CASE(
    "each way in which there is no server has its own code, and tells the page nothing of where it is") {
  Backend backend;
  const std::string text = backend.text();
  backend.close();
  const auto code = [](const TcpOptions& options) {
    FakeCarrier carrier;
    Gateway gateway(options);
    gateway.open(carrier);
    std::string said =
        gateway.wait(carrier, [](const std::string& all) { return all.find("c:") != std::string::npos; });
    CHECK(gateway.log.wait(1).size() == 1);
    return said;
  };
  CHECK(code({.connect = {text}}) == "o c:4108 the server refused the connection");
  CHECK(code({.connect = {"unix:/nowhere/at/all"}}) == "o c:4108 the server refused the connection");
  const Backend silent;
  TcpOptions late{.connect = {silent.text()}, .tls = BackendTls{.name = "a.example"}};
  late.connect_time = Millis{100};
  CHECK(code(late) == "o c:4104 the server did not answer in time");
  const Folder folder;
  const Backend wrong;
  std::thread speaker([&] {
    const std::unique_ptr<Peer> peer = wrong.accept();
    peer->send("no TLS here, and no more to say\r\n");
    static_cast<void>(peer->piece());
  });
  CHECK(code({.connect = {wrong.text()}, .tls = BackendTls{.name = "a.example"}}) ==
        "o c:4111 the connection to the server could not be secured");
  speaker.join();
}

TEST_CASE("a name without an address has its code too") {
  const NameServer names({});
  FakeCarrier carrier;
  Gateway gateway({.connect = {"none.example:1"}}, {}, {names.text()});
  gateway.open(carrier);
  CHECK(gateway.wait_for(carrier, "address") == "o c:4109 the server's name has no address");
  CHECK(gateway.log.wait(1)[0].starts_with("service /tcp: no connection to none.example: "));
}

TEST_CASE("the next backend stands in for one that refuses, and the log is told once") {
  Backend dead;
  const Backend alive;
  const std::string text = dead.text();
  dead.close();
  TcpOptions options{.connect = {text, alive.text()}, .text = true};
  Gateway gateway(options);
  for (int count = 0; count < 3; ++count) {
    FakeCarrier carrier;
    const std::string id = std::to_string(count);
    gateway.open(carrier, id);
    const std::unique_ptr<Peer> server = alive.accept();
    server->send("here");
    CHECK(gateway.wait_for(carrier, "here") == "o m:here");
    gateway.running.on(0, [&] { gateway.sessions->find(id)->closed_by_peer(carrier, {1000, ""}); });
  }
  CHECK(gateway.log.lines() ==
        std::vector<std::string>{"service /tcp: no connection to " + text + ": Connection refused"});
  CHECK(gateway.row(1).connected == 3);
}

TEST_CASE("checks find out that a backend is down, and up again, without a session") {
  const Folder folder;
  const std::string path = folder / "socket";
  auto backend = std::make_unique<Backend>(path);
  TcpOptions options{.connect = {backend->text()}};
  options.check_time = Millis{50};
  Gateway gateway(options);
  static_cast<void>(backend->accept());
  backend.reset();
  std::filesystem::remove(path);
  CHECK(gateway.log.wait(1)[0] ==
        "service /tcp: no connection to unix:" + path + ": No such file or directory");
  CHECK_FALSE(gateway.row().up);
  backend = std::make_unique<Backend>(path);
  CHECK(gateway.log.wait(2)[1] == "service /tcp: unix:" + path + " answers again");
  CHECK(gateway.row().up);
  CHECK(gateway.row().connected == 0);
}

TEST_CASE("a session where nothing comes or goes ends when its time is up") {
  const Backend backend;
  TcpOptions options = text_to(backend);
  options.idle_time = Millis{100};
  FakeCarrier carrier;
  Gateway gateway(options);
  gateway.open(carrier);
  const std::unique_ptr<Peer> server = backend.accept();
  CHECK(gateway.wait_for(carrier, "long") == "o c:4203 nothing came or went for too long");
  CHECK(server->piece().empty());
}

TEST_CASE("the server is told of the client: PROXY headers, and WEBIRC behind them") {
  const Backend backend;
  TcpOptions options = text_to(backend);
  options.proxy_protocol = 1;
  options.webirc = WebIrc{.password = "secret"};
  FakeCarrier carrier;
  Gateway gateway(options);
  gateway.open(carrier);
  gateway.send("NICK x\r\n");
  const std::unique_ptr<Peer> server = backend.accept();
  const std::string expected = "PROXY TCP4 192.0.2.7 127.0.0.1 0 " + std::to_string(backend.port()) +
                               "\r\nWEBIRC secret encke 192.0.2.7 192.0.2.7\r\nNICK x\r\n";
  CHECK(server->take(expected.size()) == expected);
}

TEST_CASE("options that cannot be used are told before anything is served") {
  Running running;
  const auto fault = [&](const TcpOptions& options) -> std::string {
    try {
      static_cast<void>(services::tcp_gateway(running.workers, "/tcp", options, nullptr));
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "none";
  };
  CHECK(fault({}) == "expected either servers in connect, or rules in targets");
  CHECK(fault({.connect = {"irc.example"}})
            .starts_with("connect: found \"irc.example\", expected \"HOST:PORT\""));
  CHECK(fault({.connect = {"unix:/x"}, .tls = BackendTls{}}) ==
        "tls.name: expected whose certificate unix:/x has");
  CHECK(fault({.connect = {"a.example:1"}, .tls = BackendTls{.authorities = "/nowhere/ca.pem"}})
            .starts_with("/nowhere/ca.pem: "));
  CHECK(fault({.connect = {"a.example:1", "A.example:1"}}) ==
        "connect: a.example:1 is there twice, expected each once");
  CHECK(fault({.connect = {"a.example:1"}, .proxy_protocol = 3}) ==
        "proxy_protocol: found 3, expected 1, 2 or 0 for none");
  CHECK(fault({.connect = {"a.example:1"}, .connect_time = Millis{0}}) ==
        "connect_time: found 0 ms, expected some time");
  for (const char* password : {"", "two words", ":colon", "line\r\nQUIT"}) {
    CHECK(fault({.connect = {"a.example:1"}, .webirc = WebIrc{.password = password}})
              .starts_with("webirc.password: expected one word"));
  }
  CHECK(fault({.connect = {"a.example:1"}, .webirc = WebIrc{.password = "x", .gateway = "a b"}})
            .starts_with("webirc.gateway: expected one word"));
  CHECK(fault({.connect = {"unix:/x"}}) == "none");
}
