// What feeds a live feed: datagrams, and lines of TCP servers.
#include "server/services/tcp_source.hpp"
#include "server/services/udp_source.hpp"
#include "tests/services/feed_world.hpp"

#include <cstdlib>

using namespace encke;
using namespace encke::test;
using namespace encke::services;

namespace {

/// Sends datagrams from this machine.
class Sender {
 public:
  explicit Sender(const net::DatagramAddress& to)
      : v4_(to.address.is_v4()), socket_(::socket(v4_ ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    if (v4_) {
      sockaddr_in where{};
      where.sin_family = AF_INET;
      where.sin_port = htons(to.port);
      std::memcpy(&where.sin_addr, to.address.bytes.data() + 12, 4);
      in_addr here{htonl(INADDR_LOOPBACK)};
      ::setsockopt(socket_, IPPROTO_IP, IP_MULTICAST_IF, &here, sizeof here);
      REQUIRE(::connect(socket_, reinterpret_cast<const sockaddr*>(&where), sizeof where) == 0);
    } else {
      sockaddr_in6 where{};
      where.sin6_family = AF_INET6;
      where.sin6_port = htons(to.port);
      std::memcpy(&where.sin6_addr, to.address.bytes.data(), 16);
      REQUIRE(::connect(socket_, reinterpret_cast<const sockaddr*>(&where), sizeof where) == 0);
    }
  }
  Sender(const Sender&) = delete;
  Sender& operator=(const Sender&) = delete;
  ~Sender() { ::close(socket_); }
  void send(std::string_view bytes) const {
    REQUIRE(::send(socket_, bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()));
  }

 private:
  const bool v4_;
  const int socket_;
};

std::string refusal(const UdpSource& options) {
  try {
    const UdpFeedSource source(options, nullptr);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "accepted";
}

}  // namespace

TEST_CASE("datagrams of an address, and of groups, are a feed's messages, one each") {
  for (const UdpSource& options :
       {UdpSource{"127.0.0.1:0"}, UdpSource{"[::1]:0"}, UdpSource{"239.255.77.1:0", "127.0.0.1"},
        UdpSource{"239.255.77.1:0", "lo"}}) {
    CAPTURE(options.address);
    auto source = std::make_unique<UdpFeedSource>(options, nullptr);
    const net::DatagramAddress address = source->address();
    Feeding feeding({}, 2, 1000, std::move(source));
    const Sender sender(address);
    std::string expected = "o";
    for (int number = 0; number < 200; ++number) {
      sender.send("quote " + std::to_string(number));
      expected += " m:quote " + std::to_string(number);
    }
    sender.send("end");
    for (const std::string& said : feeding.until("m:end")) CHECK(said == expected + " m:end");
    CHECK(feeding.feed->counts() == LiveFeedCounts{.received = 201, .delivered = 402});
  }
}

TEST_CASE("datagrams of senders that are not listed, and long ones, are counted and go nowhere") {
  auto source = std::make_unique<UdpFeedSource>(UdpSource{"127.0.0.1:0", "", {"192.0.2.0/24"}}, nullptr);
  const net::DatagramAddress address = source->address();
  Feeding feeding({}, 1, 10, std::move(source));
  const Sender sender(address);
  sender.send("stranger");
  const auto late = std::chrono::steady_clock::now() + kWatchdog;
  while (feeding.feed->counts().dropped_sender == 0) REQUIRE(std::chrono::steady_clock::now() < late);
  auto other = std::make_unique<UdpFeedSource>(UdpSource{"127.0.0.1:0", "", {"127.0.0.0/8"}}, nullptr);
  const net::DatagramAddress there = other->address();
  Feeding open({}, 1, 10, std::move(other));
  const Sender friendly(there);
  friendly.send(std::string(65'000, 'x'));
  friendly.send("end");
  CHECK(open.until("m:end").at(0) == "o m:end");
  CHECK(open.feed->counts() == LiveFeedCounts{.received = 1, .dropped_large = 1, .delivered = 1});
  CHECK(feeding.feed->counts().received == 0);
}

TEST_CASE("what the system drops since nobody reads is counted") {
  auto source = std::make_unique<UdpFeedSource>(UdpSource{"127.0.0.1:0"}, nullptr);
  const Sender sender(source->address());
  constexpr std::uint64_t kSent = 60'000;
  Feeding feeding({}, 1, 1000, std::move(source));
  {
    const Hold hold(feeding.running);
    for (std::uint64_t number = 0; number < kSent; ++number) sender.send("x");
  }
  const auto late = std::chrono::steady_clock::now() + kWatchdog;
  LiveFeedCounts counts;
  while (counts.received + counts.dropped_system < kSent) {
    REQUIRE(std::chrono::steady_clock::now() < late);
    counts = feeding.feed->counts();
  }
  CHECK(counts.dropped_system > 0);
  CHECK(counts.received + counts.dropped_system == kSent);
}

TEST_CASE("a source that cannot be is refused with the reason") {
  CHECK(refusal({"127.0.0.1:0"}) == "accepted");
  CHECK(refusal({"localhost:9000"}) ==
        "cannot receive datagrams at \"localhost:9000\": expected a numeric address and a port, as "
        "\"239.1.2.3:9000\"");
  CHECK(refusal({"127.0.0.1:0", "lo"}) ==
        "cannot receive datagrams at 127.0.0.1:0: an interface is for groups alone");
  CHECK(refusal({"239.1.2.3:0", "no-such-interface"}) ==
        "cannot receive datagrams at 239.1.2.3:0: this machine has no interface \"no-such-interface\"");
  CHECK(refusal({"192.0.2.77:0"}) ==
        "cannot receive datagrams at 192.0.2.77:0: Cannot assign requested address");
  CHECK(refusal({"127.0.0.1:0", "", {"10.0.0.1/8"}}) ==
        "\"10.0.0.1/8\" is no network, expected one as \"192.0.2.0/24\"");
  const UdpFeedSource first({"127.0.0.1:0"}, nullptr);
  const std::string taken = first.address().text();
  CHECK(refusal({taken}) == "cannot receive datagrams at " + taken + ": Address already in use");
}

TEST_CASE("what takes a feed's place has its address, from before that lets go of it, and misses nothing") {
  auto source = std::make_unique<UdpFeedSource>(UdpSource{"127.0.0.1:0"}, nullptr);
  const net::DatagramAddress address = source->address();
  auto heir = std::make_unique<UdpFeedSource>(UdpSource{address.text()}, source.get());
  const Sender sender(address);
  sender.send("before");
  source->stop();
  source.reset();
  sender.send("after");
  Feeding feeding({}, 1, 1000, std::move(heir));
  CHECK(feeding.until("m:after").at(0).ends_with(" m:after"));
  CHECK(feeding.feed->counts().received == 2);
}

TEST_CASE("groups can be joined by several, each of which gets all") {
  const UdpFeedSource chosen({"239.255.77.2:0", "lo"}, nullptr);
  const UdpSource options{chosen.address().text(), "lo"};
  auto one = std::make_unique<UdpFeedSource>(options, nullptr);
  auto two = std::make_unique<UdpFeedSource>(options, nullptr);
  Feeding first({}, 1, 1000, std::move(one));
  Feeding second({}, 1, 1000, std::move(two));
  const Sender sender(chosen.address());
  sender.send("to all");
  first.until("m:to all");
  second.until("m:to all");
  const UdpFeedSource six({"[ff12::7]:0", "lo"}, nullptr);  // joined, on the interface of the name
  CHECK(six.address().is_group());
}

namespace {

/// A server whose lines a feed reads.
class LineServer {
 public:
  LineServer() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const int on = 1;
    ::setsockopt(socket_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof where;
    REQUIRE(::bind(socket_, reinterpret_cast<const sockaddr*>(&where), size) == 0);
    REQUIRE(::listen(socket_, 8) == 0);
    ::getsockname(socket_, reinterpret_cast<sockaddr*>(&where), &size);
    address = "127.0.0.1:" + std::to_string(ntohs(where.sin_port));
  }
  LineServer(const LineServer&) = delete;
  LineServer& operator=(const LineServer&) = delete;
  ~LineServer() { ::close(socket_); }
  std::unique_ptr<Peer> accept() const {
    pollfd wait{socket_, POLLIN, 0};
    REQUIRE(::poll(&wait, 1, static_cast<int>(std::chrono::milliseconds(kWatchdog).count())) == 1);
    return std::make_unique<Peer>(Peer::Descriptor{::accept(socket_, nullptr, nullptr)});
  }
  std::string address;

 private:
  const int socket_;
};

}  // namespace

TEST_CASE("lines of a TCP server are messages, wherever they are cut, up to the longest") {
  const LineServer server;
  Feeding feeding({}, 2, 5, std::make_unique<TcpFeedSource>(server.address, 5));
  const auto peer = server.accept();
  const std::string text =
      "a\nbc\r\n\n12345\r\n123456\n1234567\r\n" + std::string(300'000, 'x') + "\nd\re\n\xff\nend\n";
  for (const char byte : text.substr(0, 40)) {
    peer->send({&byte, 1});
    feeding.running.on(0, [] {});
  }
  peer->send(text.substr(40));
  for (const std::string& said : feeding.until("m:end")) CHECK(said == "o m:a m:bc m: m:12345 m:d\re m:end");
  const LiveFeedCounts counts = feeding.feed->counts();
  CHECK(counts.received == 6);
  CHECK(counts.dropped_large == 3);
  CHECK(counts.dropped_invalid == 1);
  CHECK(counts.connections == 1);
}

TEST_CASE("a source of lines is connected to again when it has gone, and a line that was cut off is none") {
  const LineServer server;
  Feeding feeding({}, 1, 1000, std::make_unique<TcpFeedSource>(server.address, 1000));
  auto peer = server.accept();
  peer->send("one\ncut o");
  feeding.until("m:one");
  peer->reset();
  peer = server.accept();
  peer->send("two\ncut");
  CHECK(feeding.until("m:two").at(0) == "m:two");
  peer->close();
  peer = server.accept();
  peer->send("three\n");
  CHECK(feeding.until("m:three").at(0) == "m:three");
  CHECK(feeding.feed->counts().connections == 3);
  feeding.running.on(0, [&] { feeding.feed->stop(); });
  CHECK(peer->piece() == "reset");  // it takes no more
}

TEST_CASE("a source of lines that is not there is tried again, and counted") {
  auto server = std::make_unique<LineServer>();
  const std::string address = server->address;
  server.reset();
  Feeding feeding({}, 1, 1000, std::make_unique<TcpFeedSource>(address, 1000));
  const auto late = std::chrono::steady_clock::now() + kWatchdog;
  while (feeding.feed->counts().connection_failures < 2) {
    REQUIRE(std::chrono::steady_clock::now() < late);
    std::this_thread::yield();
  }
  CHECK(feeding.feed->counts().connections == 0);
  CHECK_THROWS_WITH(
      TcpFeedSource("nowhere", 10),
      ("cannot read lines of \"nowhere\": expected " + std::string(net::kEndpointForm)).c_str());
}
