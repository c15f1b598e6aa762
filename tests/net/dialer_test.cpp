// Connections to others: names, addresses, TLS, and each way in which there is none.
#include "server/net/dialer.hpp"

#include "server/net/tls_client.hpp"
#include "server/net/tls_port.hpp"
#include "tests/net/dialer_support.hpp"
#include "tests/net/tls_support.hpp"

#include <sys/resource.h>

using namespace encke;
using namespace encke::test;

namespace {

/// A loop that connects, and echoes what comes then. What came of each dial is in the log.
class Dialler {
 public:
  explicit Dialler(const std::vector<std::string>& name_servers = {}) {
    running.workers.set_name_servers(name_servers);
    echo.at_once([](ByteStream& stream) {
      auto owner = std::make_unique<Owner>();
      owner->bytes = [&stream](std::string_view bytes) { stream.write(bytes); };
      return owner;
    });
    running.start();
  }
  ~Dialler() {
    running.on(0, [this] { drop(); });
  }
  Dialler(const Dialler&) = delete;
  Dialler& operator=(const Dialler&) = delete;

  void dial(const net::Endpoint& to, const net::DialOptions& options = {}) {
    running.on(0, [&] {
      drop();
      net::Loop& loop = running.workers.loop(0);
      dial_ = std::make_unique<net::Dial>(
          loop, loop.resolver(), to, options, [this, &loop](const net::Dialed& dialed) {
            if (dialed.connection != nullptr) loop.adopt(*dialed.connection, echo);
            log.add(std::string(net::name_of(dialed.fault)) + (dialed.text.empty() ? "" : " " + dialed.text));
          });
    });
  }
  /// What came of it.
  std::string outcome(const net::Endpoint& to, const net::DialOptions& options = {}) {
    dial(to, options);
    return log.wait(++outcomes_).back();
  }
  void drop() {
    if (!dial_) return;
    dial_->hang_up();
    running.workers.loop(0).context().turn.bury(std::move(dial_));
  }

  Running running;
  net::Sniffer echo;
  Log log;

 private:
  std::size_t outcomes_ = 0;
  std::unique_ptr<net::Dial> dial_;
};

net::Endpoint at(const std::string& text) { return *net::Endpoint::parse(text); }

void check_echo(const Backend& backend) {
  const std::unique_ptr<Peer> peer = backend.accept();
  const std::string text = numbers(100'000);
  std::thread writer([&] { peer->send(text); });
  CHECK(peer->take(text.size()) == text);
  writer.join();
}

}  // namespace

TEST_CASE("an address is connected to, and the loop has the connection") {
  const Backend backend;
  Dialler dialler;
  CHECK(dialler.outcome(backend.endpoint()) == "none");
  check_echo(backend);
}

TEST_CASE("a socket of the file system is connected to") {
  const Folder folder;
  const Backend backend(folder / "socket");
  Dialler dialler;
  CHECK(dialler.outcome(backend.endpoint()) == "none");
  check_echo(backend);
  CHECK(dialler.outcome(at("unix:" + (folder / "none"))) ==
        "refused unix:" + (folder / "none") + ": No such file or directory");
}

TEST_CASE("a name is asked for, and its addresses are tried one after the other") {
  const Backend backend;
  const NameServer names({{"irc.example", {"127.0.0.99", "127.0.0.1"}}, {"none.example", {}}});
  Dialler dialler({names.text()});
  const std::string port = std::to_string(backend.port());
  CHECK(dialler.outcome(at("irc.example:" + port)) == "none");
  check_echo(backend);
  CHECK(dialler.outcome(at("none.example:" + port)).starts_with("unresolved none.example: "));
  CHECK(dialler.outcome(at("unknown.example:" + port)).starts_with("unresolved unknown.example: "));
  // That of /etc/hosts, without asking anybody.
  CHECK(dialler.outcome(at("localhost:" + port)) == "none");
  check_echo(backend);
}

TEST_CASE("what a name has become is what is asked about and connected to: it is resolved once") {
  const Backend backend;
  const NameServer names({{"irc.example", {"127.0.0.1", "127.0.0.2"}}});
  Dialler dialler({names.text()});
  std::vector<std::string> asked;
  net::DialOptions options;
  options.may = [&](const Address& address) {
    asked.push_back(address.text());
    return address.text() != "127.0.0.2";
  };
  CHECK(dialler.outcome(at("irc.example:" + std::to_string(backend.port())), options) == "none");
  CHECK(names.asked() == 1);
  CHECK(std::find(asked.begin(), asked.end(), "127.0.0.1") != asked.end());
  options.may = [](const Address&) { return false; };
  CHECK(dialler.outcome(at("irc.example:" + std::to_string(backend.port())), options) ==
        "forbidden irc.example:" + std::to_string(backend.port()) + " may not be connected to");
  CHECK(dialler.outcome(backend.endpoint(), options) ==
        "forbidden " + backend.text() + " may not be connected to");
  const std::unique_ptr<Peer> allowed = backend.accept();
  CHECK_FALSE(backend.has_caller());
}

TEST_CASE("where nothing listens the connection is refused, with the name and the address in the text") {
  Backend backend;
  const NameServer names(NameServer::Names{{"irc.example", {"127.0.0.1"}}});
  Dialler dialler({names.text()});
  const std::string port = std::to_string(backend.port());
  backend.close();
  CHECK(dialler.outcome(backend.endpoint()) == "refused " + backend.text() + ": Connection refused");
  CHECK(dialler.outcome(at("irc.example:" + port)) ==
        "refused irc.example:" + port + " (127.0.0.1): Connection refused");
}

TEST_CASE("who does not answer in time, neither about the name nor at the address, is late") {
  const NameServer names(NameServer::Names{{"irc.example", {"127.0.0.1"}}});
  // Its queue is full: the kernel lets further ones wait.
  const Backend full({}, 0);
  std::vector<std::unique_ptr<Peer>> queued;
  for (int count = 0; count < 2; ++count) {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_port = htons(full.port());
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    static_cast<void>(::connect(socket, reinterpret_cast<sockaddr*>(&where), sizeof where));
    queued.push_back(std::make_unique<Peer>(Peer::Descriptor{socket}));
  }
  Dialler dialler({names.text()});
  net::DialOptions options;
  options.time = Millis{300};
  CHECK(dialler.outcome(at("silent.example:80"), options) ==
        "late silent.example:80: no connection within 1 seconds");
  CHECK(dialler.outcome(full.endpoint(), options) ==
        "late " + full.text() + ": no connection within 1 seconds");
}

TEST_CASE("who hangs up hears nothing more, whatever comes of it") {
  const Backend backend;
  const NameServer names(NameServer::Names{{"irc.example", {"127.0.0.1"}}});
  Dialler dialler({names.text()});
  for (const std::string& to :
       {std::string("silent.example:80"), "irc.example:" + std::to_string(backend.port()), backend.text()}) {
    dialler.dial(at(to));
    dialler.running.on(0, [&] { dialler.drop(); });
  }
  // In the very turn in which it was begun, too.
  dialler.running.on(0, [&] {
    net::Loop& loop = dialler.running.workers.loop(0);
    auto dial = std::make_unique<net::Dial>(loop, loop.resolver(), backend.endpoint(), net::DialOptions{},
                                            [&](const net::Dialed&) { dialler.log.add("called"); });
    dial->hang_up();
    loop.context().turn.bury(std::move(dial));
  });
  CHECK(dialler.outcome(backend.endpoint()) == "none");
  CHECK(dialler.log.lines().size() == 1);
}

TEST_CASE("where no descriptor is left, that is said") {
  const Backend backend;
  Dialler dialler;
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  dialler.running.on(0, [&] { static_cast<void>(dialler.running.workers.loop(0).resolver()); });
  const rlimit none{0, before.rlim_max};
  ::setrlimit(RLIMIT_NOFILE, &none);
  const std::string outcome = dialler.outcome(backend.endpoint());
  ::setrlimit(RLIMIT_NOFILE, &before);
  CHECK(outcome == "exhausted " + backend.text() + ": Too many open files");
}

TEST_CASE("TLS is spoken, and the certificate must be the server's") {
  const Folder folder;
  TlsOptions options;
  options.certificates = {issue_to(folder, "a", {"a.example"})};
  net::TlsPort port;
  net::TlsContext::Made made = port.read(options);
  REQUIRE(made.context);
  port.use(std::move(made.context), Millis{10'000});
  Running server;
  Log heard;
  server.open = [&](ByteStream& stream, Owner& owner) {
    owner.bytes = [&](std::string_view bytes) {
      heard.add(std::string(bytes));
      stream.write("bye");
      stream.close();
    };
  };
  const std::string address = server.workers.listen("127.0.0.1:0", nullptr, &port).at(0).text;
  server.start();
  const NameServer names({{"a.example", {"127.0.0.1"}}, {"b.example", {"127.0.0.1"}}});
  Dialler dialler({names.text()});
  Log told;
  ByteStream* client = nullptr;
  dialler.echo.at_once([&](ByteStream& stream) {
    auto owner = std::make_unique<Owner>();
    client = &stream;
    owner->bytes = [&](std::string_view bytes) {
      CHECK(stream.secure());
      told.add(std::string(bytes));
    };
    owner->lost = [&] { told.add("lost"); };
    return owner;
  });
  const std::string number = address.substr(address.rfind(':'));
  net::DialOptions how;
  how.tls = net::TlsClient::make(options.certificates[0].certificate);
  CHECK(dialler.outcome(at("a.example" + number), how) == "none");
  dialler.running.on(0, [&] { client->write("hello"); });
  CHECK(heard.wait(1) == std::vector<std::string>{"hello"});
  CHECK(told.wait(2) == std::vector<std::string>{"bye", "lost"});

  CHECK(dialler.outcome(at("b.example" + number), how) ==
        "tls b.example" + number + " (127.0.0.1): hostname mismatch");
  CHECK(dialler.outcome(at(address), how) == "tls " + address + ": IP address mismatch");
  how.tls_name = "a.example";
  CHECK(dialler.outcome(at(address), how) == "none");
  dialler.running.on(0, [&] { client->write("hello"); });
  CHECK(told.wait(4).size() == 4);
  how.tls = net::TlsClient::make();
  CHECK(dialler.outcome(at(address), how) == "tls " + address + ": self-signed certificate");
}

TEST_CASE("what a server says and its end are its own, even where they come with the end of the handshake") {
  const Folder folder;
  TlsOptions options;
  options.certificates = {issue_to(folder, "a", {"a.example"})};
  net::TlsPort port;
  const std::shared_ptr<const net::TlsContext> context = port.read(options).context;
  REQUIRE(context);
  ::SSL_CTX_set_max_proto_version(context->first(), TLS1_2_VERSION);  // where the server has the last word
  const Backend backend;
  Dialler dialler;
  Log told;
  dialler.echo.at_once([&](ByteStream&) {
    auto owner = std::make_unique<Owner>();
    owner->bytes = [&](std::string_view bytes) { told.add(std::string(bytes)); };
    owner->lost = [&] { told.add("ended"); };
    return owner;
  });
  net::DialOptions how;
  how.tls = net::TlsClient::make(options.certificates[0].certificate);
  how.tls_name = "a.example";
  dialler.dial(backend.endpoint(), how);
  const std::unique_ptr<Peer> peer = backend.accept();
  TlsServer server(context);
  server.open(peer->piece());
  peer->send(server.sent());
  while (server.session.state() == net::TlsSession::State::handshaking) server.open(peer->piece());
  server.session.seal("busy", server.out);
  server.session.end(server.out);
  peer->send(server.sent());
  CHECK(dialler.log.wait(1).back() == "none");
  CHECK(told.wait(2) == std::vector<std::string>{"busy", "ended"});
}

TEST_CASE("a name server that is given twice is asked as one that is given once") {
  const NameServer names({{"a.example", {"127.0.0.1"}}, {"b.example", {"127.0.0.1"}}});
  const Backend backend;
  Dialler dialler({names.text(), names.text()});
  CHECK(dialler.outcome(at("a.example:" + std::to_string(backend.endpoint().port))) == "none");
}

TEST_CASE("where TLS is expected and something else answers, or the end, that is said") {
  const Backend backend;
  Dialler dialler;
  net::DialOptions how;
  how.tls = net::TlsClient::make();
  how.tls_name = "a.example";
  dialler.dial(backend.endpoint(), how);
  std::unique_ptr<Peer> peer = backend.accept();
  CHECK(peer->piece().substr(0, 2) == "\x16\x03");
  peer->send("220 welcome to the server of mail, which speaks no TLS here\r\n");
  CHECK(dialler.log.wait(1).back() == "tls " + backend.text() + ": wrong version number");
  dialler.dial(backend.endpoint(), how);
  peer = backend.accept();
  CHECK_FALSE(peer->piece().empty());
  peer->close();
  CHECK(dialler.log.wait(2).back() ==
        "tls " + backend.text() + ": the connection ended in the midst of the handshake");
}

TEST_CASE("what is to be said first is, before TLS begins, and to the address that was reached") {
  const Backend backend;
  Dialler dialler;
  net::DialOptions how;
  how.tls = net::TlsClient::make();
  how.tls_name = "a.example";
  how.preamble = [](const std::optional<Address>& address) { return "to " + address->text() + "\n"; };
  dialler.dial(backend.endpoint(), how);
  const std::unique_ptr<Peer> peer = backend.accept();
  CHECK(peer->take(15) == "to 127.0.0.1\n\x16\x03");
}

TEST_CASE("a file that holds no certificates of authorities cannot be used") {
  const Folder folder;
  CHECK_THROWS_WITH_AS(net::TlsClient::make(folder / "none.pem"), doctest::Contains("none.pem"),
                       std::runtime_error);
  const std::string empty = folder.write("empty.pem", "");
  CHECK_THROWS_AS(net::TlsClient::make(empty), std::runtime_error);
}
