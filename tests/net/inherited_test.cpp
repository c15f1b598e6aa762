// Sockets that systemd hands in, by environment and descriptor. What it would set in a process of its own a
// test sets in a child.
#include "server/net/inherited.hpp"

#include "tests/net/support.hpp"

#include <sys/wait.h>

#include <cstdlib>

using namespace encke;
using namespace encke::test;

namespace {

int listening_socket(std::uint16_t& port) {
  const net::Bound bound = net::bind_listener("127.0.0.1:0", 1);
  port = bound.port;
  return bound.sockets[0];
}

/// The environment of one process. Null: not set.
struct Environment {
  const char* count = nullptr;
  const char* names = nullptr;
  bool for_us = true;
};

/// Runs `body` in a child with `sockets` as its descriptors from 3 on; what it says comes back.
std::string in_child(const Environment& environment, const std::vector<int>& sockets,
                     const std::function<std::string()>& body) {
  std::array<int, 2> pipe{};
  REQUIRE(::pipe2(pipe.data(), O_CLOEXEC) == 0);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    std::vector<int> high;
    for (const int socket : sockets) high.push_back(::fcntl(socket, F_DUPFD, 50));
    const int out = ::fcntl(pipe[1], F_DUPFD, 60);
    int next = 3;
    for (const int socket : high) ::dup2(socket, next++);
    const std::string process = std::to_string(environment.for_us ? ::getpid() : ::getppid());
    if (environment.count != nullptr) {
      ::setenv("LISTEN_FDS", environment.count, 1);
      ::setenv("LISTEN_PID", process.c_str(), 1);
    }
    if (environment.names != nullptr) ::setenv("LISTEN_FDNAMES", environment.names, 1);
    std::string said;
    try {
      said = body();
    } catch (const std::exception& error) {
      said = error.what();
    }
    static_cast<void>(!::write(out, said.data(), said.size()));
    ::_exit(0);
  }
  ::close(pipe[1]);
  std::string said;
  std::array<char, 512> buffer{};
  ssize_t size = 0;
  while ((size = ::read(pipe[0], buffer.data(), buffer.size())) > 0)
    said.append(buffer.data(), static_cast<std::size_t>(size));
  ::close(pipe[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  CHECK(status == 0);
  return said;
}

std::string taken(const std::string& address, unsigned workers = 1) {
  std::string said;
  for (const net::Bound& bound : net::take_inherited(address, workers)) {
    said += bound.address + " for " + std::to_string(bound.sockets.size()) + ";";
  }
  return said;
}

}  // namespace

TEST_CASE("sockets are found by their name, several of one name together, in their order") {
  std::array<std::uint16_t, 3> ports{};
  std::vector<int> sockets;
  for (std::uint16_t& port : ports) sockets.push_back(listening_socket(port));
  const auto at = [&ports](std::size_t i, const char* workers) {
    return "127.0.0.1:" + std::to_string(ports[i]) + " for " + workers + ";";
  };
  const Environment named{.count = "3", .names = "web:policy:web"};
  CHECK(in_child(named, sockets, [] { return taken("systemd:policy"); }) == at(1, "1"));
  CHECK(in_child(named, sockets, [] { return taken("systemd:web", 3); }) == at(0, "3") + at(2, "3"));
  CHECK(in_child({.count = "1"}, sockets, [] { return taken("systemd:unknown", 2); }) == at(0, "2"));
  for (const int socket : sockets) ::close(socket);
}

TEST_CASE("what was not handed in is told with the reason") {
  std::uint16_t port = 0;
  const std::vector<int> sockets{listening_socket(port)};
  const auto refusal = [&sockets](const Environment& environment) {
    return in_child(environment, sockets, [] { return taken("systemd:policy"); });
  };
  const std::string cannot = "cannot listen on systemd:policy: ";
  CHECK(refusal({}) == cannot + "no sockets were handed in (LISTEN_FDS and LISTEN_PID are not set)");
  CHECK(refusal({.count = "1", .names = "web"}) ==
        cannot + "no socket of that name was handed in; there are web");
  CHECK(refusal({.count = "0", .names = "policy"}) ==
        cannot + "LISTEN_FDS is \"0\", expected a number of sockets");
  CHECK(refusal({.count = "x", .names = "policy"}) ==
        cannot + "LISTEN_FDS is \"x\", expected a number of sockets");
  CHECK(refusal({.count = "1", .names = "policy", .for_us = false})
            .find(cannot + "sockets were handed in to process " + std::to_string(::getpid())) == 0);
  ::close(sockets[0]);
}

TEST_CASE("what is no listening TCP socket is refused, and nothing is taken twice") {
  const std::array<int, 2> pair = pair_of(SOCK_STREAM);
  const int unbound = ::socket(AF_INET, SOCK_STREAM, 0);
  const Environment named{.count = "1", .names = "policy"};
  for (const int socket : {pair[0], unbound}) {
    CHECK(in_child(named, {socket}, [] { return taken("systemd:policy"); }) ==
          "cannot listen on systemd:policy: descriptor 3 is no listening TCP socket");
    ::close(socket);
  }
  ::close(pair[1]);
  std::uint16_t port = 0;
  const int socket = listening_socket(port);
  CHECK(in_child(named, {socket}, [] {
          taken("systemd:policy");
          return taken("systemd:policy");
        }) == "cannot listen on systemd:policy: these sockets are in use already");
  ::close(socket);
}

TEST_CASE("workers that share one socket serve all that comes, each loop what it can") {
  std::uint16_t port = 0;
  const net::Bound shared = net::share_listener(listening_socket(port), 3, "test");
  Running running(3);
  running.open = [](ByteStream& stream, Owner& owner) {
    owner.bytes = [&stream](std::string_view bytes) { stream.write(bytes); };
  };
  for (unsigned worker = 0; worker < 3; ++worker) running.workers.loop(worker).listen(shared.sockets[worker]);
  running.start();
  for (int count = 0; count < 50; ++count) {
    const Peer peer;
    peer.connect(port);
    peer.send("hello");
    CHECK(peer.take(5) == "hello");
  }
}
