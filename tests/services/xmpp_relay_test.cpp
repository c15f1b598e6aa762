// Sessions that are connected to a server of XMPP: the streams' begin and end, restarts, room, and each way
// in which there is no stream.
#include "server/services/xmpp_relay.hpp"

#include "tests/services/gateway_world.hpp"

using namespace encke;
using namespace encke::test;

namespace {

const std::string kOpen = "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='x.example' version='1.0'/>";
const std::string kClose = "<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>";
const std::string kHeader =
    "<?xml version='1.0'?><stream:stream xmlns='jabber:client' "
    "xmlns:stream='http://etherx.jabber.org/streams' from='x.example' version='1.0'>";
const std::string kOpened =
    "m:<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' from='x.example' version='1.0'/>";
const std::string kAsked =
    "<?xml version='1.0'?><stream:stream xmlns='jabber:client' "
    "xmlns:stream='http://etherx.jabber.org/streams' to='x.example' version='1.0'>";

XmppOptions plain(const Backend& backend) {
  return {.connect = {backend.text()}, .domains = {"x.example"}, .security = XmppSecurity::none};
}

/// A session whose stream is open on both sides.
struct Open {
  explicit Open(const XmppOptions& options, const Backend& backend, const ServiceOptions& limits = {})
      : gateway(options, limits) {
    gateway.open(carrier);
    gateway.send(kOpen);
    server = backend.accept();
    CHECK(server->take(kAsked.size()) == kAsked);
    server->send(kHeader);
    CHECK(gateway.wait_for(carrier, "/>") == "o " + kOpened);
  }
  FakeCarrier carrier;
  Gateway gateway;
  std::unique_ptr<Peer> server;
};

/// What a page gets whose only message is this.
std::string answer_to(const std::string& message, const XmppOptions& options) {
  FakeCarrier carrier;
  Gateway gateway(options);
  gateway.open(carrier);
  gateway.send(message);
  gateway.send(kClose);
  return gateway.wait(carrier, [](const std::string& all) { return all.find(" c:") != std::string::npos; });
}

}  // namespace

TEST_CASE("a page's stream is a stream to the server, and stanzas go both ways, each a message") {
  const Backend backend;
  Open open(plain(backend), backend);
  open.gateway.send(" <presence/>");
  open.gateway.send("<iq xmlns='jabber:client'/>");
  CHECK(open.server->take(38) == "<presence/><iq xmlns='jabber:client'/>");
}

TEST_CASE("a page's <close/> ends the server's stream, whose last words come before the page's end") {
  const Backend backend;
  Open open(plain(backend), backend);
  open.gateway.send("<presence type='unavailable'/>");
  open.gateway.send(kClose);
  const std::string last = "<presence type='unavailable'/></stream:stream>";
  CHECK(open.server->take(last.size()) == last);
  open.server->send("<message/></stream:stream>");
  CHECK(open.gateway.wait_for(open.carrier, "stream") ==
        "m:<message xmlns='jabber:client'/> m:" + kClose + " c:1000 the server ended the stream");
  CHECK(open.server->take_all().empty());
  CHECK(open.gateway.row().connections == 0);
}

TEST_CASE("a server that ends its stream is answered, and the page has time to say <close/>") {
  for (const std::string end : {"</stream:stream>", ""}) {
    CAPTURE(end);
    const Backend backend;
    Open open(plain(backend), backend);
    open.server->send("<message/>" + end);
    if (end.empty()) open.server->end_writing();
    CHECK(open.server->take_all() == "</stream:stream>");
    CHECK(open.gateway.wait_for(open.carrier, kClose) == "m:<message xmlns='jabber:client'/> m:" + kClose);
    open.gateway.send("<message>to nobody</message>");
    open.gateway.send(kClose);
    CHECK(open.gateway.wait_for(open.carrier, "stream") == "c:1000 the server ended the stream");
  }
}

TEST_CASE(
    "a page that leaves without <close/> leaves the server's stream open, which only its connection ends") {
  const Backend backend;
  Open open(plain(backend), backend);
  open.gateway.send("<presence/>");
  open.gateway.running.on(0, [&] {
    open.gateway.sessions->find("id")->closed_by_peer(open.carrier, {1000, ""});
  });
  CHECK(open.server->take_all() == "<presence/>");
}

TEST_CASE("when authentication has succeeded the stream begins anew, and at no other time") {
  const Backend backend;
  {
    Open open(plain(backend), backend);
    open.server->send("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>");
    CHECK(open.gateway.wait_for(open.carrier, "sasl'/>") ==
          "m:<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>");
    open.gateway.send(kOpen);
    CHECK(open.server->take(kAsked.size()) == kAsked);
    open.server->send(kHeader + "<stream:features/>");
    CHECK(open.gateway.wait_for(open.carrier, "streams'/>")
              .starts_with(kOpened + " m:<stream:features xmlns='jabber:client'"));
  }
  Open early(plain(backend), backend);
  early.gateway.send(kOpen);
  early.gateway.send(kClose);
  const std::string said = early.gateway.wait_for(early.carrier, "allow");
  CHECK(
      said.starts_with("m:<stream:error xmlns:stream='http://etherx.jabber.org/streams'><policy-violation"));
  CHECK(said.ends_with("m:" + kClose + " c:4204 the page sent what XMPP does not allow"));
  CHECK(early.server->take_all() == "</stream:stream>");
}

TEST_CASE("what is no element of XMPP ends both streams, and nothing of it reaches the server") {
  for (const std::string bad :
       {"<a/><b/>", "</stream:stream>", "x", "<a>", "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"}) {
    CAPTURE(bad);
    const Backend backend;
    Open open(plain(backend), backend);
    open.gateway.send(bad);
    open.gateway.send(kClose);
    CHECK(open.server->take_all() == "</stream:stream>");
    const std::string said = open.gateway.wait_for(open.carrier, "allow");
    CHECK(said.starts_with("m:<stream:error "));
    CHECK(said.ends_with("c:4204 the page sent what XMPP does not allow"));
  }
}

TEST_CASE("a server that does not speak XMPP is left, and the page told why") {
  const Backend backend;
  Open open(plain(backend), backend);
  open.server->send("<a></b>");
  open.gateway.send(kClose);
  const std::string said = open.gateway.wait_for(open.carrier, "allow");
  CHECK(said.starts_with(
      "m:<stream:error xmlns:stream='http://etherx.jabber.org/streams'><undefined-condition"));
  CHECK(said.ends_with("c:4204 the server sent what XMPP does not allow"));
  CHECK(open.server->take_all().ends_with("</stream:error></stream:stream>"));
}

TEST_CASE("each way in which there is no stream has its condition and its code") {
  const Backend backend;
  const XmppOptions options = plain(backend);
  const auto error = [](const std::string& condition) {
    return "m:<stream:error xmlns:stream='http://etherx.jabber.org/streams'><" + condition;
  };
  const std::string other =
      answer_to("<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='y.example' version='1.0'/>", options);
  CHECK(other.find(error("host-unknown")) != std::string::npos);
  CHECK(other.ends_with("c:4106 the domain is none of this gateway's"));
  CHECK(answer_to("<presence/>", options).find(error("not-authorized")) != std::string::npos);
  CHECK(answer_to(kClose, options) == "o m:" + kClose + " c:1000 the page ended the stream");
  Backend dead;
  const XmppOptions nobody = plain(dead);
  dead.close();
  const std::string refused = answer_to(kOpen, nobody);
  CHECK(refused.starts_with("o " + kOpened + " " + error("remote-connection-failed")));
  CHECK(refused.ends_with("m:" + kClose + " c:4108 the server refused the connection"));
}

TEST_CASE("who asks for no stream, and who does not open one, has only so much time") {
  const Backend backend;
  XmppOptions options = plain(backend);
  options.connect_time = Millis{100};
  {
    FakeCarrier carrier;
    Gateway gateway(options);
    gateway.open(carrier);
    CHECK(gateway.wait_for(carrier, "time").ends_with("c:4104 the page asked for no stream in time"));
  }
  FakeCarrier carrier;
  Gateway gateway(options);
  gateway.open(carrier);
  gateway.send(kOpen);
  const std::unique_ptr<Peer> server = backend.accept();
  CHECK(gateway.wait_for(carrier, "time").ends_with("c:4104 the server did not open the stream in time"));
}

TEST_CASE(
    "a server that offers no STARTTLS is not spoken to where that is required, and is where it is not") {
  const Backend backend;
  XmppOptions options = plain(backend);
  const auto serve = [&](const std::function<void(Peer&)>& then) {
    return std::thread([&backend, then] {
      const std::unique_ptr<Peer> server = backend.accept();
      CHECK(server->take(kAsked.size()) == kAsked);
      server->send(kHeader + "<stream:features/>");
      then(*server);
    });
  };
  options.security = XmppSecurity::starttls;
  std::thread server = serve([](const Peer& peer) { CHECK(peer.take_all().empty()); });
  CHECK(answer_to(kOpen, options).ends_with("c:4111 the connection to the server could not be secured"));
  server.join();
  options.security = XmppSecurity::starttls_if_offered;
  server = serve([](const Peer& peer) {
    CHECK(peer.take(27) == "<presence/></stream:stream>");
    peer.send("</stream:stream>");
  });
  FakeCarrier carrier;
  Gateway gateway(options);
  gateway.open(carrier);
  gateway.send(kOpen);
  CHECK(gateway.wait_for(carrier, "streams'/>")
            .starts_with("o " + kOpened + " m:<stream:features xmlns='jabber:client'"));
  gateway.send("<presence/>");
  gateway.send(kClose);
  CHECK(gateway.wait_for(carrier, "stream").ends_with("m:" + kClose + " c:1000 the server ended the stream"));
  server.join();
}

TEST_CASE("a page that does not read holds the server back, and loses nothing, however small its outbox is") {
  for (const std::size_t outbox : {std::size_t{1000}, std::size_t{200'000}}) {
    CAPTURE(outbox);
    const Backend backend;
    ServiceOptions limits;
    limits.outbox_bytes = outbox;
    FakeCarrier carrier(std::deque<FakeCarrier::Step>{{2, Taken::Then::wait}});
    Gateway gateway(plain(backend), limits);
    gateway.open(carrier);
    gateway.send(kOpen);
    const std::unique_ptr<Peer> server = backend.accept();
    constexpr int kCount = 20'000;
    std::string stanzas = kHeader;
    std::string expected;
    for (int number = 0; number < kCount; ++number) {
      stanzas += "<message><body>" + numbers(200, number) + "</body></message>\n";
      expected += numbers(200, number);
    }
    std::thread writer([&] {
      server->send(stanzas);
      server->send("</stream:stream>");
    });
    std::size_t before = 0;
    for (int round = 0; round < 200; ++round) {
      gateway.running.on(0, [&] { before = gateway.sessions->find("id")->channel().buffered(); });
    }
    CHECK(before <= outbox + 1000);
    gateway.running.on(0, [&] { gateway.sessions->find("id")->ready(carrier); });
    std::string all = gateway.wait(
        carrier, [](const std::string& text) { return text.find("framing'/>") != std::string::npos; });
    std::string got;
    for (std::size_t at = 0; (at = all.find("<body>", at)) != std::string::npos;) {
      at += 6;
      got += all.substr(at, all.find("</body>", at) - at);
    }
    CHECK(got == expected);
    writer.join();
  }
}

TEST_CASE("a server that does not read holds the page back, and loses nothing") {
  const Backend backend;
  Open open(plain(backend), backend);
  std::string sent;
  bool holds = false;
  for (int count = 0; count < 1000 && !holds; ++count) {
    const std::string stanza = "<message><body>" + numbers(64 * 1024, count) + "</body></message>";
    sent += stanza;
    open.gateway.running.on(0, [&] {
      Session& session = *open.gateway.sessions->find("id");
      session.receive(Message::text(stanza));
      holds = session.holds();
    });
  }
  CHECK(holds);
  CHECK(open.server->take(sent.size()) == sent);
  open.gateway.running.on(0, [&] {});
  open.gateway.running.on(0, [&] { CHECK_FALSE(open.gateway.sessions->find("id")->holds()); });
}

TEST_CASE("options that cannot be used are told before anything is served") {
  Running running;
  const auto fault = [&](const XmppOptions& options) -> std::string {
    try {
      static_cast<void>(services::xmpp_gateway(running.workers, "/xmpp", options, nullptr));
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "none";
  };
  CHECK(fault({.connect = {"a.example:1"}, .domains = {}}) == "domains: expected at least one");
  CHECK(fault({.connect = {}, .domains = {"a.example"}}) == "connect: expected at least one server");
  CHECK(
      fault({.connect = {"a.example:1"}, .domains = {"a.example"}, .tls = {.authorities = "/nowhere/ca.pem"}})
          .starts_with("/nowhere/ca.pem: "));
  CHECK(fault({.connect = {"unix:/x"}, .domains = {"a.example"}}) == "none");
}
