// Listening sockets.
#include "server/net/listener.hpp"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <limits>
#include <memory>
#include <stdexcept>

namespace encke::net {

namespace {

constexpr int kBacklog = 4096;
// A peer that has vanished, or that reads nothing of what it is sent, gives its connection back within two
// minutes.
constexpr int kKeepAliveIdleSeconds = 60;
constexpr int kKeepAliveIntervalSeconds = 15;
constexpr int kKeepAliveProbes = 4;
constexpr int kUnreadMs = 120'000;
constexpr int kAcceptsATurn = 64;  // so that a flood of connections does not starve those that are there
constexpr Millis kOutOfFilesPause{100};
constexpr rlim_t kReserve = 32;  // for the files that those who are connected ask for

/// The system gives out the lowest descriptor that is free, so a connection that gets this one or a higher
/// one tells that few are left.
int first_reserved() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return std::numeric_limits<int>::max();
  const rlim_t all = std::min(limit.rlim_cur, static_cast<rlim_t>(std::numeric_limits<int>::max()));
  return static_cast<int>(all - std::min(kReserve, all / 8));
}

struct FreeAddresses {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};
using Addresses = std::unique_ptr<addrinfo, FreeAddresses>;

[[noreturn]] void fail(const std::string& address, const std::string& why) {
  throw std::runtime_error("cannot listen on " + address + ": " + why);
}

bool is_any(const std::string& host) { return host.empty() || host == "*"; }

bool has_ipv6() {
  const int socket = ::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket < 0) return false;
  sockaddr_in6 anywhere{};
  anywhere.sin6_family = AF_INET6;
  const bool bound = ::bind(socket, reinterpret_cast<const sockaddr*>(&anywhere), sizeof anywhere) == 0;
  ::close(socket);
  return bound;
}

Addresses resolve(const std::string& address) {
  const std::size_t colon = address.rfind(':');
  if (colon == std::string::npos) fail(address, "expected ADDRESS:PORT, as 127.0.0.1:8080 or [::1]:8080");
  std::string host = address.substr(0, colon);
  const std::string port = address.substr(colon + 1);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  addrinfo hints{};
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  const bool any = is_any(host);
  // One socket takes connections of both families; a machine without IPv6 has 0.0.0.0 alone.
  if (any && has_ipv6()) hints.ai_family = AF_INET6;
  const int error = ::getaddrinfo(any ? nullptr : host.c_str(), port.c_str(), &hints, &list);
  if (error != 0) fail(address, ::gai_strerror(error));
  return Addresses(list);
}

/// What every accepted socket inherits from the listening one.
void set_for_accepted(int socket) {
  const auto set = [socket](int level, int option, int value) {
    ::setsockopt(socket, level, option, &value, sizeof value);
  };
  set(IPPROTO_TCP, TCP_NODELAY, 1);
  // Urgent data would end a read early, and what is behind it is no new edge.
  set(SOL_SOCKET, SO_OOBINLINE, 1);
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
  set(IPPROTO_TCP, TCP_KEEPIDLE, kKeepAliveIdleSeconds);
  set(IPPROTO_TCP, TCP_KEEPINTVL, kKeepAliveIntervalSeconds);
  set(IPPROTO_TCP, TCP_KEEPCNT, kKeepAliveProbes);
  set(IPPROTO_TCP, TCP_USER_TIMEOUT, kUnreadMs);
}

int open_socket(const std::string& address, const sockaddr* where, socklen_t size, bool shared) {
  const int socket = ::socket(where->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (socket < 0) fail(address, std::strerror(errno));
  const int on = 1;
  ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  set_for_accepted(socket);
  if (shared) ::setsockopt(socket, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  if (where->sa_family == AF_INET6) {
    const int alone = is_any(address.substr(0, address.rfind(':'))) ? 0 : 1;
    ::setsockopt(socket, IPPROTO_IPV6, IPV6_V6ONLY, &alone, sizeof alone);
  }
  if (::bind(socket, where, size) != 0 || ::listen(socket, kBacklog) != 0) {
    const int error = errno;
    ::close(socket);
    if (error == EADDRINUSE) fail(address, "the port is in use by another program");
    if (error == EACCES) fail(address, "this port needs privileges that the process does not have");
    if (error == EADDRNOTAVAIL) fail(address, "this machine does not have that address");
    fail(address, std::strerror(error));
  }
  return socket;
}

std::uint16_t port_of(const sockaddr_storage& address) {
  const auto* const any = reinterpret_cast<const sockaddr*>(&address);
  return ntohs(any->sa_family == AF_INET6 ? reinterpret_cast<const sockaddr_in6*>(any)->sin6_port
                                          : reinterpret_cast<const sockaddr_in*>(any)->sin_port);
}

std::string name_of(int socket, sockaddr_storage& address, socklen_t& size) {
  size = sizeof address;
  ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
  std::array<char, NI_MAXHOST> host{};
  std::array<char, NI_MAXSERV> port{};
  ::getnameinfo(reinterpret_cast<sockaddr*>(&address), size, host.data(), host.size(), port.data(),
                port.size(), NI_NUMERICHOST | NI_NUMERICSERV);
  const std::string text = host.data();
  return (address.ss_family == AF_INET6 ? "[" + text + "]" : text) + ":" + port.data();
}

}  // namespace

Bound bind_listener(const std::string& address, unsigned workers) {
  const Addresses list = resolve(address);
  sockaddr_storage where{};
  socklen_t size = list->ai_addrlen;
  std::memcpy(&where, list->ai_addr, size);
  Bound bound;
  // SO_REUSEPORT would share a port with a second copy of this program; one bind without it finds that out.
  const int probe = open_socket(address, reinterpret_cast<const sockaddr*>(&where), size, false);
  bound.address = name_of(probe, where, size);
  bound.port = port_of(where);
  if (workers == 1) {
    bound.sockets.push_back(probe);
    return bound;
  }
  ::close(probe);
  for (unsigned worker = 0; worker < workers; ++worker) {
    bound.sockets.push_back(open_socket(address, reinterpret_cast<const sockaddr*>(&where), size, true));
  }
  return bound;
}

Bound share_listener(int socket, unsigned workers, const std::string& what) {
  const auto is = [socket](int option, int expected) {
    int value = -1;
    socklen_t size = sizeof value;
    return ::getsockopt(socket, SOL_SOCKET, option, &value, &size) == 0 && value == expected;
  };
  const bool internet = is(SO_DOMAIN, AF_INET) || is(SO_DOMAIN, AF_INET6);
  if (!internet || !is(SO_TYPE, SOCK_STREAM) || !is(SO_ACCEPTCONN, 1)) {
    fail(what, "descriptor " + std::to_string(socket) + " is no listening TCP socket");
  }
  if (::fcntl(socket, F_SETFL, O_NONBLOCK) != 0 || ::fcntl(socket, F_SETFD, FD_CLOEXEC) != 0) {
    fail(what, std::strerror(errno));
  }
  set_for_accepted(socket);
  sockaddr_storage where{};
  socklen_t size = 0;
  Bound bound;
  bound.address = name_of(socket, where, size);
  bound.port = port_of(where);
  bound.sockets.push_back(socket);
  while (bound.sockets.size() < workers) {
    const int copy = ::fcntl(socket, F_DUPFD_CLOEXEC, 0);
    if (copy < 0) fail(what, std::strerror(errno));
    bound.sockets.push_back(copy);
  }
  return bound;
}

Listener::Listener(Loop& loop, int socket, const Sniffer& sniffer, const TlsPort* tls, bool proxied)
    : loop_(loop),
      door_(loop, tls == nullptr && sniffer.at_once() == nullptr, proxied,
            [&loop, &sniffer, tls](int accepted) { loop.adopt(accepted, sniffer, tls); }),
      first_reserved_(first_reserved()),
      spare_(::open("/dev/null", O_RDONLY | O_CLOEXEC)) {
  event_assign(&readable_, loop.base_, socket, EV_READ | EV_PERSIST, &Listener::on_event, this);
  event_add(&readable_, nullptr);
}

Listener::~Listener() {
  event_del(&readable_);
  ::close(event_get_fd(&readable_));
  if (spare_ >= 0) ::close(spare_);
}

void Listener::on_event(evutil_socket_t, short, void* self) {
  auto& listener = *static_cast<Listener*>(self);
  listener.loop_.wake();
  listener.accept_some();
}

void Listener::on_timer() {
  // Another loop may have been quicker to take the spare descriptor.
  if (spare_ < 0) spare_ = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  event_add(&readable_, nullptr);
}

void Listener::accept_some() {
  for (int count = 0; count < kAcceptsATurn; ++count) {
    sockaddr_storage peer{};
    socklen_t size = sizeof peer;
    const int socket = ::accept4(event_get_fd(&readable_), reinterpret_cast<sockaddr*>(&peer), &size,
                                 SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (socket >= first_reserved_) {
      door_.turn_away(socket);
      ++loop_.counts_.refused;
      loop_.trouble("cannot accept connections: too few descriptors are left; those that are open go on");
      continue;
    }
    if (socket >= 0) {
      ++loop_.counts_.accepted;
      door_.take(socket, peer);
      continue;
    }
    if (errno != EMFILE && errno != ENFILE && errno != ENOBUFS && errno != ENOMEM) return;
    loop_.trouble(std::string("cannot accept connections: ") + std::strerror(errno) +
                  "; those that are open go on");
    // Those that wait are refused at once rather than left hanging, by means of the spare descriptor.
    if (spare_ >= 0) {
      ::close(spare_);
      const int refused = ::accept4(event_get_fd(&readable_), nullptr, nullptr, SOCK_CLOEXEC);
      const bool none_waits = refused < 0 && errno == EAGAIN;
      if (refused >= 0) {
        door_.turn_away(refused);
        ++loop_.counts_.refused;
      }
      spare_ = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
      if (none_waits && spare_ >= 0) return;  // the system misses a descriptor before it looks who waits
      if (refused >= 0 && spare_ >= 0) continue;
    }
    event_del(&readable_);
    loop_.timers_.set(*this, kOutOfFilesPause);
    return;
  }
}

}  // namespace encke::net
