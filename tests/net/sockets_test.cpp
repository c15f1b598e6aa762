// Many connections of one loop at once: who is told, whose time is up, and who makes room.
#include "server/core/guard.hpp"
#include "server/net/gate.hpp"
#include "tests/net/support.hpp"

#include <fcntl.h>
#include <sys/resource.h>

#include <algorithm>
#include <map>

using namespace encke;
using namespace encke::test;
using Lines = std::vector<std::string>;

namespace {

bool may_open(rlim_t descriptors) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_max < descriptors) return false;
  limit.rlim_cur = std::max(limit.rlim_cur, descriptors);
  return ::setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

}  // namespace

TEST_CASE(
    "more connections than one look finds that are ready at once are all served, and a new one beside them") {
  constexpr int kMany = 1'100;  // 1024 are told at a call
  if (!may_open(2 * kMany + 100)) {
    MESSAGE("skipped: too few descriptors may be open");
    return;
  }
  Running running;
  running.open = [](ByteStream& stream, Owner& owner) {
    owner.bytes = [&stream](std::string_view bytes) { stream.write(bytes); };
  };
  running.start();
  std::vector<std::unique_ptr<Peer>> peers;
  running.on(0, [&] {
    for (int number = 0; number < kMany; ++number) {
      const std::array<int, 2> ends = pair_of(SOCK_STREAM);
      running.workers.loop(0).adopt(ends[0]);
      peers.push_back(std::make_unique<Peer>(Peer::Descriptor{ends[1]}));
    }
  });
  const Peer one_more;
  {
    const Hold hold(running);
    for (const auto& peer : peers) peer->send("x");
    one_more.connect(running.port());
    one_more.send("new");
  }
  CHECK(one_more.take(3) == "new");
  CHECK(std::all_of(peers.begin(), peers.end(), [](const auto& peer) { return peer->take(1) == "x"; }));
}

TEST_CASE(
    "each deadline passes once: not where it was cleared or moved, nor where another's has ended the "
    "stream") {
  Log log;
  std::map<std::string, ByteStream*>
      streams;  // outlives the loop, which looks at it behind the last line of the log
  Running running;
  running.open = [&](ByteStream& stream, Owner& owner) {
    owner.bytes = [&](std::string_view bytes) {
      if (bytes != "go") {
        streams[std::string(bytes)] = &stream;
        stream.write("in");
        return;
      }
      for (const auto& [name, each] : streams) each->set_deadline(Millis{20});
      streams["cleared"]->clear_deadline();
      streams["moved"]->set_deadline(Millis{60'000});
      streams["last"]->set_deadline(Millis{60'000});
      streams["last"]->set_deadline(Millis{300});
    };
    owner.deadline = [&] {
      const auto told = std::find_if(streams.begin(), streams.end(),
                                     [&](const auto& each) { return each.second == &stream; });
      const bool first = log.lines().empty();
      log.add(told->first);
      if (told->first != "again" || !first) return;
      stream.set_deadline(Millis{20});
      streams["ended"]->abort();
    };
  };
  running.start();
  std::vector<std::unique_ptr<Peer>> peers;  // the first has the lowest descriptor, and so is told first
  for (const std::string name : {"again", "ended", "cleared", "moved", "last"}) {
    peers.push_back(std::make_unique<Peer>(running));
    peers.back()->send(name);
    REQUIRE(peers.back()->take(2) == "in");
  }
  peers.back()->send("go");
  CHECK(log.wait(3) == Lines{"again", "again", "last"});
}

TEST_CASE(
    "of bytes, of more than one read takes, and of the end behind them all is told, though it came at once") {
  Log log;
  Running running;
  running.open = [&](ByteStream&, Owner& owner) {
    owner.bytes = [&, told = std::string{}](std::string_view bytes) mutable {
      told += bytes;
      if (told.back() == '.') log.add(told);
    };
    owner.lost = [&] { log.add("end"); };
  };
  running.start();
  for (const std::size_t size : {std::size_t{10}, net::Loop::kReadBytes - 1, 2 * net::Loop::kReadBytes - 1,
                                 2 * net::Loop::kReadBytes + 10}) {
    const std::string content = numbers(size) + '.';
    const std::array<int, 2> ends = pair_of(SOCK_STREAM);
    const Peer peer(Peer::Descriptor{ends[1]});
    const std::size_t before = log.lines().size();
    running.on(0, [&] { running.workers.loop(0).adopt(ends[0]); });
    {
      const Hold hold(running);
      peer.send(content);
      peer.end_writing();
    }
    const Lines lines = log.wait(before + 2);
    REQUIRE(lines.size() == before + 2);
    CHECK(lines[before] == content);
    CHECK(lines[before + 1] == "end");
  }
}

TEST_CASE("a connection that another process holds open too is heard of no more once it has ended here") {
  Log log;
  Running running;
  running.open = [&](ByteStream& stream, Owner& owner) {
    owner.bytes = [&](std::string_view) { stream.abort(); };
    owner.gone = [&] { log.add("gone"); };
  };
  running.start();
  const std::array<int, 2> ends = pair_of(SOCK_STREAM);
  const Peer held(Peer::Descriptor{::dup(ends[0])});  // as a child has it between fork() and exec()
  const Peer peer(Peer::Descriptor{ends[1]});
  running.on(0, [&] { running.workers.loop(0).adopt(ends[0]); });
  peer.send("x");
  log.wait(1);
  peer.send("more");
  for (int turn = 0; turn < 10; ++turn) {
    running.on(0, [&] { CHECK(running.workers.loop(0).streams() == 0); });
  }
}

TEST_CASE(
    "of connections that have said nothing those that waited longest make room, however many come at once") {
  ServerLimits limits;
  limits.handshakes = 2;
  Guard guard(limits);
  net::Gate gate(guard);
  Log log;
  Running running;
  running.workers.loop(0).set_gate(gate);
  running.start();
  std::array<Peer, 6> peers;
  {
    const Hold hold(running);
    for (const Peer& peer : peers) peer.connect(running.port());
  }
  for (std::size_t index = 0; index < 4; ++index) CHECK(peers[index].piece() == "reset");
  running.on(0, [&] { CHECK(running.workers.loop(0).streams() == 2); });
}

TEST_CASE("of connections whose PROXY header has not come, and others, those that waited longest make room") {
  ServerLimits limits;
  limits.handshakes = 3;
  Guard guard(limits);
  net::Gate gate(guard);
  Log log;
  Running running;
  running.open = [&log](ByteStream& stream, Owner& owner) {
    owner.bytes = [&](std::string_view) { log.add(stream.remote_address()); };
  };
  const std::uint16_t proxied = running.workers.listen("127.0.0.1:0", nullptr, nullptr, true).at(0).port;
  running.workers.loop(0).set_gate(gate);
  running.start();
  const Peer first;
  const auto settle =
      [&running] {  // what has come by now is seen to in the second of two turns at the latest
        for (int turn = 0; turn < 2; ++turn) running.on(0, [] {});
      };
  first.connect(running.port());
  settle();
  std::array<Peer, 4> peers;
  for (const Peer& peer : peers) peer.connect(proxied);
  CHECK(first.piece() == "reset");
  CHECK(peers[0].piece().empty());
  peers[1].send("PROXY TCP4 192.0.2.7 192.0.2.8 1 2\r\n");  // its place stays what it was
  settle();
  const Peer last;
  last.connect(proxied);
  CHECK(peers[1].piece() == "reset");
  peers[2].send("PROXY TCP4 192.0.2.9 192.0.2.8 1 2\r\nx");
  CHECK(log.wait(1)[0] == "192.0.2.9");
  CHECK(guard.counts().handshakes == 3);
  CHECK(guard.connections() == 3);
}

TEST_CASE("a stream is whose its proxy says, for as long as it lasts") {
  Guard guard;
  net::Gate gate(guard);
  Log log;
  Running running;
  running.workers.loop(0).set_gate(gate);
  running.open = [&log](ByteStream& stream, Owner& owner) {
    owner.bytes = [&](std::string_view client) {
      log.add(stream.remote_address());
      if (client != "-") stream.speaks_for(client);
      log.add(stream.remote_address());
      stream.close();
    };
  };
  running.start();
  {
    const Peer peer;
    peer.connect(running.port());
    peer.send("2001:db8::7");
    CHECK(log.wait(2) == std::vector<std::string>{"127.0.0.1", "2001:db8::7"});
    CHECK(peer.piece().empty());
  }
  for (int round = 0; round < 3; ++round) {  // on a descriptor that was another's
    const Peer peer;
    peer.connect(running.port());
    peer.send("-");
    CHECK(log.wait(2 + 2 * (round + 1)).back() == "127.0.0.1");
    CHECK(peer.piece().empty());
  }
  running.stop();
}

TEST_CASE("a connection that the system does not watch is lost alone, and that is told") {
  Log log;
  Log troubles;
  Running running;
  running.workers.loop(0).on_trouble([&troubles](std::string_view text) { troubles.add(std::string(text)); });
  running.open = [&log](ByteStream& stream, Owner& owner) {
    owner.bytes = [&stream](std::string_view bytes) { stream.write(bytes); };
    owner.lost = [&log] { log.add("lost"); };
  };
  running.start();
  const Peer peer;
  peer.connect(running.port());
  running.on(0, [&] {
    const int file = ::open("/proc/self/exe", O_RDONLY | O_CLOEXEC);  // epoll takes no files
    REQUIRE(file >= 0);
    running.workers.loop(0).adopt(file);
    CHECK(running.workers.loop(0).streams() == 2);
  });
  CHECK(troubles.wait(1) == Lines{"a connection is lost that cannot be watched: Operation not permitted"});
  running.on(0, [&] { CHECK(running.workers.loop(0).streams() == 1); });
  peer.send("x");
  CHECK(peer.piece() == "x");
  running.stop();
}
