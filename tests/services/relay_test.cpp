// Sessions that are connected to a TCP server: bytes both ways, room, and the end.
#include "tests/services/gateway_world.hpp"

using namespace encke;
using namespace encke::test;

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

TEST_CASE("what the server sent before it ended arrives, however much the page writes to it then") {
  const Backend backend;
  ServiceOptions limits;
  limits.outbox_bytes = 1000;
  FakeCarrier carrier(std::deque<FakeCarrier::Step>{{1, Taken::Then::wait}});
  Gateway gateway(to(backend), limits);
  gateway.open(carrier);
  const std::unique_ptr<Peer> server = backend.accept();
  const std::string text = numbers(40'000);
  server->send(text);
  gateway.wait(carrier, [&](const std::string&) {
    bool full = false;
    gateway.running.on(0, [&] { full = gateway.sessions->find("id")->channel().buffered() > 0; });
    return full;
  });
  // Of this nothing is read yet: it fits what the system holds.
  server->send(text);
  server->close();
  // The first finds that nobody is there, the others cannot leave any more.
  for (int count = 0; count < 3; ++count) gateway.send("into the void");
  gateway.running.on(0, [&] { gateway.sessions->find("id")->ready(carrier); });
  const std::string said = gateway.wait_for(carrier, "connection");
  CHECK((payload(said) == text + text));
  CHECK(said.ends_with(" c:1000 the server ended the connection"));
}

TEST_CASE("a server that breaks off is found out by what is written to it, and that is told apart too") {
  const Backend backend;
  ServiceOptions limits;
  limits.outbox_bytes = 1000;
  FakeCarrier carrier(std::deque<FakeCarrier::Step>{{1, Taken::Then::wait}});
  Gateway gateway(to(backend), limits);
  gateway.open(carrier);
  const std::unique_ptr<Peer> server = backend.accept();
  const std::string text = numbers(40'000);
  server->send(text);
  gateway.wait(carrier, [&](const std::string&) {
    bool full = false;
    gateway.running.on(0, [&] { full = gateway.sessions->find("id")->channel().buffered() > 0; });
    return full;
  });
  server->reset();
  for (int count = 0; count < 3; ++count) gateway.send("into the void");
  gateway.running.on(0, [&] { gateway.sessions->find("id")->ready(carrier); });
  CHECK(gateway.wait_for(carrier, "broke").ends_with(" c:4202 the connection to the server broke"));
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
