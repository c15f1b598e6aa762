// TLS as a byte machine: what it speaks, with whom, and what it makes of bytes in any pieces.
#include "tests/net/tls_support.hpp"

using namespace encke;
using namespace encke::test;
using net::TlsContext;
using net::TlsTickets;
using State = net::TlsSession::State;

namespace {

constexpr std::time_t kNow = 1'800'000'000;

std::shared_ptr<const TlsContext> context_of(
    const TlsOptions& options, std::shared_ptr<TlsTickets> tickets = std::make_shared<TlsTickets>()) {
  TlsContext::Made made = TlsContext::make(options, std::move(tickets), kNow);
  for (const net::TlsFault& fault : made.faults) MESSAGE(fault.where << ": " << fault.text);
  REQUIRE(made.context);
  return made.context;
}

/// A context for one name, made once.
std::shared_ptr<const TlsContext> plain_context() {
  static const Folder folder;
  static const auto context = context_of({.certificates = {issue_to(folder, "a", {"a.example"})}});
  return context;
}

}  // namespace

TEST_CASE("TLS 1.2 and 1.3: a handshake and what follows it are the same in pieces of every size") {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    for (const std::size_t piece : {1, 2, 3, 5, 7, 16, 100, 1000, 100'000}) {
      CAPTURE(version);
      CAPTURE(piece);
      TlsClient client({.version = version});
      TlsServer server(plain_context());
      CHECK(talk(client, server, piece).empty());
      CHECK(server.session.state() == State::open);
      REQUIRE(client.done());
      const std::string text = numbers(40'000);
      client.write(text);
      CHECK(talk(client, server, piece) == text);
      server.session.seal(text, server.out);
      const std::string down = server.sent();
      std::string read;
      for (std::size_t at = 0; at < down.size(); at += piece) read += client.take(down.substr(at, piece));
      CHECK(read == text);
    }
  }
}

TEST_CASE("all that has come is decrypted at once, so that nothing waits inside") {
  TlsClient client({});
  TlsServer server(plain_context());
  talk(client, server);
  for (int i = 0; i < 50; ++i) client.write(std::to_string(i) + ",");
  const std::string bytes = client.sent();
  std::string expected;
  for (int i = 0; i < 50; ++i) expected += std::to_string(i) + ",";
  CHECK(server.open(bytes) == expected);
}

TEST_CASE("a small text written in one call is one record") {
  TlsClient client({});
  TlsServer server(plain_context());
  talk(client, server);
  server.session.seal(numbers(16 * 1024), server.out);
  CHECK(server.out.size() == 16 * 1024 + 5 + 1 + 16);  // head, kind, tag
}

TEST_CASE("versions before TLS 1.2 are refused, and 1.2 where 1.3 is asked for") {
  const auto refused = [](int version, const TlsOptions& options) {
    TlsClient client({.version = version, .old = true});
    TlsServer server(context_of(options));
    talk(client, server);
    CHECK(server.session.state() == State::failed);
    CHECK_FALSE(client.done());
    return client.error();
  };
  const Folder folder;
  TlsOptions options{.certificates = {issue_to(folder, "a", {"a.example"})}};
  CHECK(refused(TLS1_VERSION, options) == "tlsv1 alert protocol version");
  CHECK(refused(TLS1_1_VERSION, options) == "tlsv1 alert protocol version");
  options.minimum_version = TlsVersion::tls13;
  CHECK(refused(TLS1_2_VERSION, options) == "tlsv1 alert protocol version");
}

TEST_CASE(
    "ciphers without forward secrecy, or that authenticate apart, are refused unless they are configured") {
  const Folder folder;
  TlsOptions options{.certificates = {issue_to(folder, "a", {"a.example"})}};
  const auto done = [&options](const std::string& ciphers) {
    TlsClient client({.version = TLS1_2_VERSION, .ciphers = ciphers, .old = true});
    TlsServer server(context_of(options));
    talk(client, server);
    return client.done();
  };
  CHECK(done("ECDHE-ECDSA-CHACHA20-POLY1305"));
  CHECK(done("ECDHE-ECDSA-AES256-GCM-SHA384"));
  CHECK_FALSE(done("ECDHE-ECDSA-AES128-SHA"));
  CHECK_FALSE(done("AES128-GCM-SHA256:AES128-SHA"));
  CHECK_FALSE(done("ECDHE-ECDSA-NULL-SHA"));
  options.ciphers = "ECDHE-ECDSA-AES128-SHA";
  CHECK(done("ECDHE-ECDSA-AES128-SHA"));
  CHECK_FALSE(done("ECDHE-ECDSA-AES256-GCM-SHA384"));
}

TEST_CASE("RFC 7301: http/1.1 is spoken; who offers only others is told that there is none") {
  const auto talked = [](const std::string& protocols) {
    TlsClient client({.protocols = protocols});
    TlsServer server(plain_context());
    talk(client, server);
    return client.done() ? client.protocol() : client.error();
  };
  CHECK(talked("\x08http/1.1") == "http/1.1");
  CHECK(talked("\x02h2\x08http/1.1") == "http/1.1");
  CHECK(talked("").empty());
  CHECK(talked("\x02h2") == "tlsv1 alert no application protocol");
}

TEST_CASE("a client gets the certificate of the name that it asks for, and else the first") {
  const Folder folder;
  TlsOptions options{.certificates = {issue_to(folder, "a", {"a.example"}),
                                      issue_to(folder, "b", {"*.b.example"}),
                                      issue_to(folder, "c", {"x.b.example", "C.Example"})}};
  options.certificates.push_back(issue_to(folder, "d", {"d.example"}));
  options.certificates.back().names = {"other.example"};
  const auto context = context_of(options);
  const auto gets = [&context](const std::string& name) {
    TlsClient client({.name = name});
    TlsServer server(context);
    talk(client, server);
    REQUIRE(client.done());
    return client.subject();
  };
  CHECK(gets("") == "a.example");
  CHECK(gets("a.example") == "a.example");
  CHECK(gets("unknown.example") == "a.example");
  CHECK(gets("www.b.example") == "*.b.example");
  CHECK(gets("WWW.B.example") == "*.b.example");
  CHECK(gets("b.example") == "a.example");
  CHECK(gets("deep.www.b.example") == "a.example");
  CHECK(gets("x.b.example") == "x.b.example");  // a name of its own goes before a wildcard
  CHECK(gets("c.example") == "x.b.example");
  CHECK(gets("d.example") == "a.example");  // names that are configured stand in place of its own
  CHECK(gets("other.example") == "d.example");
}

TEST_CASE(
    "a ticket resumes a session on any loop, for one to two hours, and is replaced once its key is old") {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    CAPTURE(version);
    const Folder folder;
    const TlsOptions options{.certificates = {issue_to(folder, "a", {"a.example"})}};
    TlsTickets::Seconds now{100'000};
    const auto tickets = std::make_shared<TlsTickets>([&now] { return now; });
    const auto context = context_of(options, tickets);
    TlsClient first({.version = version});
    {
      TlsServer server(context);
      talk(first, server);
      REQUIRE(first.session() != nullptr);
      CHECK_FALSE(first.reused());
    }
    const auto resumed = [&](const std::shared_ptr<const TlsContext>& with) {
      TlsClient client({.version = version, .session = first.session()});
      TlsServer server(with);
      talk(client, server);
      REQUIRE(client.done());
      if (version == TLS1_2_VERSION && client.reused()) {
        CHECK((client.ticket() != first.ticket()) == (now >= TlsTickets::Seconds{103'600}));
      }
      return client.reused();
    };
    CHECK(resumed(context));
    CHECK(resumed(context_of(options, tickets)));  // certificates that were read anew
    CHECK_FALSE(resumed(context_of(options)));     // another listener
    now += TlsTickets::kSealsFor - TlsTickets::Seconds{1};
    CHECK(resumed(context));
    now += TlsTickets::Seconds{1};
    CHECK(resumed(context));
    now += TlsTickets::kSealsFor;
    CHECK_FALSE(resumed(context));
  }
}

TEST_CASE(
    "RFC 6066 3: a session resumes under the names of its certificate alone, whatever the others' order") {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    CAPTURE(version);
    const Folder folder;
    TlsOptions options{
        .certificates = {issue_to(folder, "a", {"a.example"}), issue_to(folder, "b", {"b.example"})}};
    const auto tickets = std::make_shared<TlsTickets>();
    auto context = context_of(options, tickets);
    const auto talked = [&](const std::string& name, SSL_SESSION* session) {
      auto client =
          std::make_unique<TlsClient>(TlsClient::How{.version = version, .name = name, .session = session});
      TlsServer server(context);
      talk(*client, server);
      REQUIRE(client->done());
      return client;
    };
    const auto first = talked("a.example", nullptr);
    CHECK(talked("a.example", first->session())->reused());
    const auto other = talked("b.example", first->session());
    CHECK_FALSE(other->reused());
    CHECK(other->subject() == "b.example");
    const auto nameless = talked("", nullptr);
    CHECK(talked("", nameless->session())->reused());
    CHECK_FALSE(talked("b.example", nameless->session())->reused());
    std::swap(options.certificates[0], options.certificates[1]);
    context = context_of(options, tickets);
    CHECK(talked("a.example", first->session())->reused());
    CHECK_FALSE(talked("b.example", first->session())->reused());
  }
}

TEST_CASE("the end is told both ways, and half of it leaves the other half open") {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    CAPTURE(version);
    TlsClient client({.version = version});
    TlsServer server(plain_context());
    talk(client, server);
    client.write("last");
    SSL_shutdown(client.ssl());
    CHECK(server.open(client.sent()) == "last");
    CHECK(server.session.state() == State::ended);
    server.session.seal("answer", server.out);
    if (version == TLS1_3_VERSION) CHECK(client.take(server.sent()) == "answer");
    server.session.end(server.out);
    server.session.end(server.out);
    server.session.seal("too late", server.out);
    CHECK(client.take(server.sent()).find("late") == std::string::npos);
    CHECK(client.server_ended());
  }
}

TEST_CASE("other keys may be asked for at any time") {
  TlsClient client({.version = TLS1_3_VERSION});
  TlsServer server(plain_context());
  talk(client, server);
  for (int i = 0; i < 20; ++i) {
    REQUIRE(SSL_key_update(client.ssl(), SSL_KEY_UPDATE_REQUESTED) == 1);
    client.write("up");
    CHECK(server.open(client.sent()) == "up");
    server.session.seal("down", server.out);
    CHECK(server.out.size() > 4 + 5 + 1 + 16);  // with the answer before it
    CHECK(client.take(server.sent()) == "down");
  }
}

TEST_CASE("a handshake is not begun anew within a connection") {
  TlsClient client({.version = TLS1_2_VERSION});
  TlsServer server(plain_context());
  talk(client, server);
  REQUIRE(SSL_renegotiate(client.ssl()) == 1);
  SSL_do_handshake(client.ssl());
  talk(client, server);
  CHECK(client.error() == "no renegotiation");
}

TEST_CASE("what is no TLS fails with an alert, in the handshake and after it") {
  TlsServer server(plain_context());
  server.open(std::string_view("\x16\x03\x01\x00\x05hello", 10));
  CHECK(server.session.state() == State::failed);
  REQUIRE(server.out.size() == 7);
  CHECK(server.out.substr(0, 1) == "\x15");
  TlsClient client({});
  TlsServer second(plain_context());
  talk(client, second);
  client.write("forged");
  std::string bytes = client.sent();
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  CHECK(second.open(bytes).empty());
  CHECK(second.session.state() == State::failed);
  client.take(second.sent());
  CHECK(client.error().find("alert") != std::string::npos);
}

TEST_CASE("a client that never gets done is not listened to forever") {
  TlsServer server(plain_context());
  // A hello that announces 100,000 bytes, in records of 16,000.
  std::string record("\x16\x03\x01\x3e\x80", 5);
  server.open(record + std::string("\x01\x01\x86\xa0", 4) + std::string(15'996, 'x'));
  CHECK(server.session.state() == State::handshaking);
  server.open(record + std::string(16'000, 'x'));
  server.open(record + std::string(16'000, 'x'));
  server.open(record + std::string(16'000, 'x'));
  CHECK(server.session.state() == State::failed);
}
