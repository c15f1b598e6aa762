// Sessions that are connected to a TCP server: bytes both ways, room, ends, and each way in which there is
// none.
#include "server/services/tcp.hpp"
#include "tests/core/fakes.hpp"
#include "tests/net/dialer_support.hpp"
#include "tests/net/tls_support.hpp"

#include <sstream>

using namespace encke;
using namespace encke::test;

namespace {

/// A loop with a gateway, and sessions of it.
class Gateway {
 public:
  explicit Gateway(TcpOptions options, ServiceOptions limits = {},
                   const std::vector<std::string>& name_servers = {}) {
    running.workers.set_name_servers(name_servers);
    limits.slow_reader = SlowReader::block;
    services::TcpGateway made =
        services::tcp_gateway(running.workers, "/tcp", std::move(options),
                              [this](std::string_view text) { log.add(std::string(text)); });
    backends = made.backends;
    running.start();
    running.on(0, [&] {
      sessions = std::make_unique<Sessions>(running.workers.loop(0).context(), "/tcp", limits, made.service);
    });
  }
  ~Gateway() {
    running.on(0, [this] { sessions.reset(); });
  }
  Gateway(const Gateway&) = delete;
  Gateway& operator=(const Gateway&) = delete;

  /// With a carrier that does as it is told.
  void open(FakeCarrier& carrier, const std::string& id = "id", std::string_view address = "192.0.2.7") {
    running.on(0, [&] { sessions->open(id, {.remote_address = address}).attach(carrier); });
  }
  void send(std::string_view text) {
    running.on(0, [&] { sessions->find("id")->receive(Message::text(text)); });
  }
  /// What the carrier has got, once that is `size` bytes or ends in `end`.
  std::string wait(FakeCarrier& carrier, const std::function<bool(const std::string&)>& enough) {
    std::string all;
    const auto late = std::chrono::steady_clock::now() + kWatchdog;
    while (!enough(all) && std::chrono::steady_clock::now() < late) {
      running.on(0, [&] {
        std::string more = carrier.said();
        if (!all.empty() && !more.empty()) all += " ";
        all += more;
      });
    }
    CHECK(enough(all));
    return all;
  }
  std::string wait_for(FakeCarrier& carrier, std::string_view end) {
    return wait(carrier, [end](const std::string& all) { return all.ends_with(end); });
  }
  BackendMetrics row(std::size_t index = 0) const {
    std::vector<BackendMetrics> rows;
    backends->gather(rows);
    return rows.at(index);
  }

  Log log;
  Running running;
  std::shared_ptr<const services::Backends> backends;
  std::unique_ptr<Sessions> sessions;
};

/// The payload of "m:..." frames, joined.
std::string payload(const std::string& said) {
  std::string all;
  std::istringstream words(said);
  for (std::string word; words >> word;) {
    if (word.starts_with("m:")) all += word.substr(2);
  }
  return all;
}

TcpOptions to(const Backend& backend) { return {.connect = {backend.text()}}; }
TcpOptions text_to(const Backend& backend) { return {.connect = {backend.text()}, .text = true}; }

}  // namespace

TEST_CASE("what the page sends reaches the server, from its first message on, and the other way round") {
  const Backend backend;
  FakeCarrier carrier;
  Gateway gateway(text_to(backend));
  gateway.open(carrier);
  gateway.send("sent before there was a connection, ");
  const std::unique_ptr<Peer> server = backend.accept();
  gateway.send("and after");
  CHECK(server->take(45) == "sent before there was a connection, and after");
  server->send("answer");
  CHECK(gateway.wait_for(carrier, "answer") == "o m:answer");
  const BackendMetrics row = gateway.row();
  CHECK(row.connections == 1);
  CHECK(row.connected == 1);
}

TEST_CASE("what comes from the server is of the kind that the options say") {
  for (const bool text : {false, true}) {
    CAPTURE(text);
    const Backend backend;
    FakeCarrier stuck(std::deque<FakeCarrier::Step>{{1, Taken::Then::wait}});
    Gateway gateway({.connect = {backend.text()}, .text = text});
    gateway.open(stuck);
    backend.accept()->send("x");
    std::vector<bool> kinds;
    gateway.wait(stuck, [&](const std::string&) {
      gateway.running.on(0, [&] {
        for (const Message& message : gateway.sessions->find("id")->unacknowledged())
          kinds.push_back(message.is_binary());
      });
      return !kinds.empty();
    });
    CHECK(kinds.front() == !text);
  }
}

TEST_CASE("bytes come as binary messages, or as text whose characters are whole") {
  const Backend backend;
  {
    FakeCarrier carrier;
    Gateway gateway(to(backend));
    gateway.open(carrier);
    const std::unique_ptr<Peer> server = backend.accept();
    server->send("\xFF\xE2");
    CHECK(gateway.wait_for(carrier, "\xE2") == "o m:\xFF\xE2");
  }
  FakeCarrier carrier;
  Gateway gateway(text_to(backend));
  gateway.open(carrier);
  const std::unique_ptr<Peer> server = backend.accept();
  server->send("a\xE2\x82");
  CHECK(gateway.wait_for(carrier, "m:a") == "o m:a");
  server->send("\xAC b\xF0\x9F");
  CHECK(gateway.wait_for(carrier, "b") == "m:\xE2\x82\xAC b");
  server->close();  // in the midst of a character
  CHECK(gateway.wait_for(carrier, "connection") == "m:\xEF\xBF\xBD c:1000 the server ended the connection");
}

TEST_CASE("what the server sends before it ends arrives, and then 1000") {
  const Backend backend;
  FakeCarrier carrier;
  Gateway gateway(text_to(backend));
  gateway.open(carrier);
  const std::unique_ptr<Peer> server = backend.accept();
  server->send("last words");
  server->close();
  CHECK(gateway.wait_for(carrier, "connection") == "o m:last words c:1000 the server ended the connection");
  CHECK(gateway.row().connections == 0);
}

TEST_CASE("a server that breaks off is told apart from one that ends") {
  const Backend backend;
  FakeCarrier carrier;
  Gateway gateway(text_to(backend));
  gateway.open(carrier);
  const std::unique_ptr<Peer> server = backend.accept();
  server->send("x");
  CHECK(gateway.wait_for(carrier, "x") == "o m:x");
  server->reset();
  CHECK(gateway.wait_for(carrier, "broke") == "c:4202 the connection to the server broke");
  CHECK(gateway.row().connections == 0);
}

TEST_CASE("when the page closes, what it sent before arrives, and then the end") {
  const Backend backend;
  FakeCarrier carrier;
  Gateway gateway(text_to(backend));
  gateway.open(carrier);
  const std::unique_ptr<Peer> server = backend.accept();
  const std::string text = numbers(1'000'000);
  std::string got;
  std::thread reader([&] { got = server->take_all(); });
  gateway.running.on(0, [&] {
    gateway.sessions->find("id")->receive(Message::text(text));
    gateway.sessions->find("id")->closed_by_peer(carrier, {1000, ""});
  });
  reader.join();
  CHECK(got == text);
}

TEST_CASE("a page that closes before there is a connection is not connected any more") {
  const Backend backend;
  const NameServer names({});
  FakeCarrier carrier;
  Gateway gateway({.connect = {"silent.example:1"}}, {}, {names.text()});
  gateway.open(carrier);
  gateway.running.on(0, [&] { gateway.sessions->find("id")->closed_by_peer(carrier, {1000, ""}); });
  gateway.running.on(0, [&] { CHECK(gateway.sessions->size() == 0); });
}

TEST_CASE("a server that does not read holds the page back, and loses nothing") {
  const Backend backend;
  FakeCarrier carrier;
  Gateway gateway(to(backend));
  gateway.open(carrier);
  const std::unique_ptr<Peer> server = backend.accept();
  std::string sent;
  bool holds = false;
  for (int count = 0; count < 1000 && !holds; ++count) {
    const std::string piece = numbers(64 * 1024, count);
    sent += piece;
    gateway.running.on(0, [&] {
      Session& session = *gateway.sessions->find("id");
      session.receive(Message::binary(piece));
      holds = session.holds();
    });
  }
  CHECK(holds);
  const std::string got = server->take(sent.size());
  CHECK(got == sent);
  gateway.running.on(0, [&] {});
  gateway.running.on(0, [&] { CHECK_FALSE(gateway.sessions->find("id")->holds()); });
}

TEST_CASE("a page that does not read holds the server back, and loses nothing, however small its outbox is") {
  for (const std::size_t outbox : {std::size_t{1000}, std::size_t{200'000}, std::size_t{1} << 20}) {
    CAPTURE(outbox);
    const Backend backend;
    ServiceOptions limits;
    limits.outbox_bytes = outbox;
    FakeCarrier carrier(std::deque<FakeCarrier::Step>{{1, Taken::Then::wait}});
    Gateway gateway(to(backend), limits);
    gateway.open(carrier);
    const std::unique_ptr<Peer> server = backend.accept();
    const std::string text = numbers(8'000'000);
    std::thread writer([&] {
      server->send(text);
      server->close();
    });
    // The server is at it, and the session takes no more than it may.
    std::size_t before = 0;
    for (int round = 0; round < 200; ++round) {
      gateway.running.on(0, [&] { before = gateway.sessions->find("id")->channel().buffered(); });
    }
    CHECK(before <= outbox + 70'000);
    gateway.running.on(0, [&] { gateway.sessions->find("id")->ready(carrier); });
    CHECK(payload(gateway.wait_for(carrier, "connection")) == text);
    writer.join();
  }
}

TEST_CASE("with half_close what the page sends goes on after the server has ended its side") {
  const Backend backend;
  TcpOptions options = text_to(backend);
  options.half_close = true;
  FakeCarrier carrier;
  Gateway gateway(options);
  gateway.open(carrier);
  const std::unique_ptr<Peer> server = backend.accept();
  server->send("that was all");
  server->end_writing();
  CHECK(gateway.wait_for(carrier, "all") == "o m:that was all");
  gateway.send("is it?");
  CHECK(server->take(6) == "is it?");
  gateway.running.on(0, [&] { gateway.sessions->find("id")->closed_by_peer(carrier, {1000, ""}); });
  CHECK(server->piece().empty());
}

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
  CHECK(fault({}) == "connect: expected at least one server");
  CHECK(fault({.connect = {"irc.example"}})
            .starts_with("connect: found \"irc.example\", expected \"HOST:PORT\""));
  CHECK(fault({.connect = {"unix:/x"}, .tls = BackendTls{}}) ==
        "tls.name: expected whose certificate unix:/x has");
  CHECK(fault({.connect = {"a.example:1"}, .tls = BackendTls{.authorities = "/nowhere/ca.pem"}})
            .starts_with("/nowhere/ca.pem: "));
  CHECK(fault({.connect = {"unix:/x"}}) == "none");
}
