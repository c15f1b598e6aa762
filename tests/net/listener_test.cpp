// Binding, accepting, and running out of descriptors.
#include "server/net/listener.hpp"

#include "tests/net/support.hpp"

#include <netinet/tcp.h>
#include <sys/resource.h>

#include <atomic>

using namespace encke;
using namespace encke::test;

namespace {

std::string refusal(const std::string& address, unsigned workers = 1) {
  try {
    const net::Bound bound = net::bind_listener(address, workers);
    for (const int socket : bound.sockets) ::close(socket);
    return "bound " + bound.address;
  } catch (const std::runtime_error& error) {
    return error.what();
  }
}

void echo(ByteStream& stream, Owner& owner) {
  owner.bytes = [&stream](std::string_view bytes) { stream.write(bytes); };
}

/// As many descriptors may be open as now, and `more`.
class FewDescriptors {
 public:
  explicit FewDescriptors(rlim_t more) {
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &before_) == 0);
    const int next = ::dup(0);
    REQUIRE(next >= 0);
    ::close(next);
    rlimit low = before_;
    low.rlim_cur = static_cast<rlim_t>(next) + more;
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &low) == 0);
  }
  FewDescriptors(const FewDescriptors&) = delete;
  FewDescriptors& operator=(const FewDescriptors&) = delete;
  ~FewDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

/// Takes every descriptor but those that are open already.
class NoDescriptors {
 public:
  NoDescriptors() {
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &before_) == 0);
    const int next = ::dup(0);
    REQUIRE(next >= 0);
    taken_.push_back(next);
    rlimit low = before_;
    low.rlim_cur = static_cast<rlim_t>(next) + 1;
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &low) == 0);
    for (int more = ::dup(0); more >= 0; more = ::dup(0)) taken_.push_back(more);
  }
  NoDescriptors(const NoDescriptors&) = delete;
  NoDescriptors& operator=(const NoDescriptors&) = delete;
  ~NoDescriptors() {
    for (const int descriptor : taken_) ::close(descriptor);
    ::setrlimit(RLIMIT_NOFILE, &before_);
  }

 private:
  rlimit before_{};
  std::vector<int> taken_;
};

}  // namespace

TEST_CASE("an accepted socket finds out that its peer has vanished, or reads nothing") {
  const net::Bound bound = net::bind_listener("127.0.0.1:0", 1);
  const Peer peer;
  peer.connect(static_cast<std::uint16_t>(std::stoi(bound.address.substr(bound.address.rfind(':') + 1))));
  const int accepted = ::accept4(bound.sockets[0], nullptr, nullptr, SOCK_CLOEXEC);
  REQUIRE(accepted >= 0);
  const auto option = [accepted](int level, int name) {
    int value = 0;
    socklen_t size = sizeof value;
    REQUIRE(::getsockopt(accepted, level, name, &value, &size) == 0);
    return value;
  };
  CHECK(option(SOL_SOCKET, SO_KEEPALIVE) != 0);
  CHECK(option(IPPROTO_TCP, TCP_KEEPIDLE) +
            option(IPPROTO_TCP, TCP_KEEPINTVL) * option(IPPROTO_TCP, TCP_KEEPCNT) <=
        120);
  CHECK(option(IPPROTO_TCP, TCP_USER_TIMEOUT) == 120'000);
  CHECK(option(IPPROTO_TCP, TCP_NODELAY) != 0);
  CHECK(option(SOL_SOCKET, SO_OOBINLINE) != 0);
  for (const int socket : {accepted, bound.sockets[0]}) ::close(socket);
}

TEST_CASE("the port that the system chose is in the bound address, the same for every worker") {
  for (const unsigned workers : {1u, 3u}) {
    const net::Bound bound = net::bind_listener("127.0.0.1:0", workers);
    CHECK(bound.sockets.size() == workers);
    CHECK(bound.address.substr(0, 10) == "127.0.0.1:");
    const std::string port = bound.address.substr(10);
    CHECK(std::stoi(port) > 0);
    for (const int socket : bound.sockets) {
      sockaddr_in where{};
      socklen_t size = sizeof where;
      ::getsockname(socket, reinterpret_cast<sockaddr*>(&where), &size);
      CHECK(std::to_string(ntohs(where.sin_port)) == port);
      ::close(socket);
    }
  }
}

TEST_CASE("a port in use is refused, one worker or several, with a text that says so") {
  for (const unsigned workers : {1u, 2u}) {
    const net::Bound bound = net::bind_listener("127.0.0.1:0", workers);
    const std::string text = "cannot listen on " + bound.address + ": the port is in use by another program";
    CHECK(refusal(bound.address, 1) == text);
    CHECK(refusal(bound.address, 2) == text);
    for (const int socket : bound.sockets) ::close(socket);
  }
}

TEST_CASE("an address that cannot be bound is refused with its reason") {
  CHECK(refusal("8080") == "cannot listen on 8080: expected ADDRESS:PORT, as 127.0.0.1:8080 or [::1]:8080");
  CHECK(refusal("192.0.2.1:0") == "cannot listen on 192.0.2.1:0: this machine does not have that address");
  CHECK(refusal("127.0.0.1:http").find("cannot listen on 127.0.0.1:http: ") == 0);
  CHECK(refusal("300.1.1.1:80").find("cannot listen on 300.1.1.1:80: ") == 0);
}

TEST_CASE(
    "an IPv6 address is IPv6 alone; * is every address of both, and tells IPv4 peers' addresses plainly") {
  const std::string six = refusal("[::1]:0");
  if (six.find("bound [::1]:") != 0) {
    MESSAGE("this machine has no IPv6: " << six);
    return;
  }
  const net::Bound every_six = net::bind_listener("[::]:0", 1);
  const std::string port = every_six.address.substr(every_six.address.rfind(':'));
  CHECK(refusal("0.0.0.0" + port) == "bound 0.0.0.0" + port);
  for (const int socket : every_six.sockets) ::close(socket);

  for (const unsigned workers : {1u, 2u}) {
    const net::Bound any = net::bind_listener("*:0", workers);
    CHECK(any.address.find("[::]:") == 0);
    const Peer peer;
    peer.connect(static_cast<std::uint16_t>(std::stoi(any.address.substr(any.address.rfind(':') + 1))));
    for (const int socket : any.sockets) ::close(socket);
  }

  Running running;
  Log log;
  running.open = [&log](ByteStream& stream, Owner& owner) {
    owner.bytes = [&](std::string_view) { log.add(stream.remote_address()); };
  };
  const std::uint16_t any_port = running.workers.listen("*:0").at(0).port;
  running.start();
  const Peer peer;
  peer.connect(any_port);
  peer.send("x");
  CHECK(log.wait(1)[0] == "127.0.0.1");
  running.stop();
}

TEST_CASE("connections spread over the workers' listeners are all served") {
  Running running(3);
  running.open = echo;
  running.start();
  for (int count = 0; count < 50; ++count) {
    const Peer peer(running);
    peer.send("hello");
    CHECK(peer.take(5) == "hello");
  }
}

TEST_CASE("out of descriptors: those that wait are refused, those that are open go on, then all is well") {
  Running running;
  running.open = echo;
  std::atomic<int> reports{0};
  Log log;
  running.workers.loop(0).on_trouble([&](std::string_view text) {
    ++reports;
    log.add(std::string(text));
  });
  const auto began = std::chrono::steady_clock::now();
  running.start();
  const Peer open(running);
  open.send("before");
  REQUIRE(open.take(6) == "before");
  std::vector<std::unique_ptr<Peer>> waiting;
  for (int count = 0; count < 40; ++count) waiting.push_back(std::make_unique<Peer>());
  {
    const NoDescriptors none;
    for (const auto& peer : waiting) {
      peer->connect(running.port());
      CHECK(peer->piece().starts_with("HTTP/1.1 503 "));
      open.send("still");
      CHECK(open.take(5) == "still");
    }
  }
  const auto seconds =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - began).count();
  CHECK(log.wait(1)[0] == "cannot accept connections: Too many open files; those that are open go on");
  CHECK(reports <= seconds + 1);
  const Peer after(running);
  after.send("after");
  CHECK(after.take(5) == "after");
}

// Behind the one before, of whose report it would be the second in a second.
TEST_CASE("few descriptors left: who comes is told to try again later, and those that are there go on") {
  const FewDescriptors few(100);
  Running running;
  running.start();
  std::vector<std::unique_ptr<Peer>> peers;
  std::size_t served = 0;
  std::uint64_t refused = 0;
  while (refused == 0) {
    peers.push_back(std::make_unique<Peer>(running));
    while (served + refused < peers.size()) {
      running.on(0, [&] {
        served = running.workers.loop(0).streams();
        refused = running.workers.loop(0).counts().refused;
      });
    }
  }
  CHECK(served > 10);
  const std::string told = peers.back()->take(4096);
  CHECK(told.starts_with("HTTP/1.1 503 "));
  CHECK(told.find("\r\nRetry-After: ") != std::string::npos);
  running.on(0, [&] { CHECK(running.workers.loop(0).streams() == served); });
}
