// Connects to others.
#include "server/net/dialer.hpp"

#include "server/net/peer_address.hpp"
#include "server/net/tls_client.hpp"
#include "server/net/tls_session.hpp"

#include <event2/event.h>
#include <event2/event_struct.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <span>
#include <utility>

namespace encke::net {

namespace {

constexpr std::size_t kReadBytes = 16 * 1024;
// A server that has vanished is found out within two minutes, as those who connect to us are.
constexpr int kKeepAliveIdleSeconds = 60;
constexpr int kKeepAliveIntervalSeconds = 15;
constexpr int kKeepAliveProbes = 4;
constexpr Millis kLeastTime{250};  // for one of several addresses

void set_for_peer(int socket) {
  const int on = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::setsockopt(socket, SOL_SOCKET, SO_OOBINLINE, &on, sizeof on);  // as of accepted sockets
  ::setsockopt(socket, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  for (const auto& [option, value] : {std::pair{TCP_KEEPIDLE, kKeepAliveIdleSeconds},
                                      {TCP_KEEPINTVL, kKeepAliveIntervalSeconds},
                                      {TCP_KEEPCNT, kKeepAliveProbes}})
    ::setsockopt(socket, IPPROTO_TCP, option, &value, sizeof value);
}

Where where_of(const std::string& path) {
  Where where;
  auto& local = reinterpret_cast<sockaddr_un&>(where.bytes);
  local.sun_family = AF_UNIX;
  std::copy(path.begin(), path.end(), static_cast<char*>(local.sun_path));  // its length was checked
  where.size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + 1);
  return where;
}

DialFault fault_of(int error) {
  switch (error) {
    case ECONNREFUSED:
    case ECONNRESET:
    case ENOENT:
      return DialFault::refused;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
    case EADDRNOTAVAIL:
      return DialFault::exhausted;
    case EAGAIN:  // of a socket of the file system whose server accepts nobody
    case ETIMEDOUT:
      return DialFault::late;
    default:
      return DialFault::unreachable;
  }
}

}  // namespace

std::string_view name_of(DialFault fault) {
  constexpr std::array<std::string_view, kDialFaults> kNames{
      "none", "unresolved", "forbidden", "refused", "unreachable", "late", "tls", "exhausted"};
  return kNames[static_cast<std::size_t>(fault)];
}

/// One socket on its way to one address, its TLS handshake included. Has `time`, or what the dial has left.
class Dial::Attempt final : public TimerWheel::Timer {
 public:
  Attempt(Dial& dial, const Where& where, std::optional<Millis> time) : dial_(dial) {
    connection_.socket = ::socket(where.bytes.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (connection_.socket < 0) return;
    if (where.bytes.ss_family != AF_UNIX) set_for_peer(connection_.socket);
    if (::connect(connection_.socket, where.address(), where.size) != 0 && errno != EINPROGRESS) return;
    watch(EV_WRITE);
    if (time) dial_.loop_.timers_.set(*this, *time);
    begun_ = true;
  }
  ~Attempt() override { unwatch(); }

  /// False, with errno of the call that failed.
  bool begun() const { return begun_; }
  /// Calls nobody any more.
  void abandon() {
    unwatch();
    clear();
  }

 private:
  static void on_event(evutil_socket_t, short, void* self) {
    auto& attempt = *static_cast<Attempt*>(self);
    attempt.dial_.loop_.wake();
    attempt.connected_ ? attempt.read() : attempt.connect();
  }

  void watch(short what) {
    event_assign(&ready_, dial_.loop_.base_, connection_.socket, static_cast<short>(what | EV_PERSIST),
                 &Attempt::on_event, this);
    watched_ = event_add(&ready_, nullptr) == 0;
  }
  void unwatch() {
    if (std::exchange(watched_, false)) event_del(&ready_);
  }

  void connect() {
    unwatch();
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(connection_.socket, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) {
      dial_.failed(fault_of(error), std::strerror(error));
      return;
    }
    connected_ = true;
    if (!say_first()) {
      dial_.failed(DialFault::refused, std::strerror(errno));
      return;
    }
    if (!dial_.options_.tls) {
      dial_.end({.connection = &connection_, .peer = dial_.peer_});
      return;
    }
    watch(EV_READ);
    if (dial_.options_.prelude) {
      prelude_ = dial_.options_.prelude();
      speak({});
    } else {
      secure();
    }
  }

  /// Goes on with what comes before TLS.
  void speak(std::string_view bytes) {
    std::string answer;
    const Prelude::Step step = prelude_->feed(bytes, answer);
    connection_.unread += bytes;
    if (step == Prelude::Step::failed) {
      fail(prelude_->fault());
    } else if (!say(answer)) {
      fail("what comes before TLS could not be sent");
    } else if (step == Prelude::Step::plain) {
      dial_.end({.connection = &connection_, .peer = dial_.peer_});
    } else if (step == Prelude::Step::secure) {
      prelude_.reset();
      connection_.unread.clear();
      secure();
    }
  }

  void secure() {
    const std::string& name = dial_.options_.tls_name;
    connection_.tls = std::make_unique<TlsSession>(dial_.options_.tls, name.empty() ? dial_.to_.host : name);
    shake({});
  }

  /// It fits the buffer of a socket that is new.
  bool say(const std::string& text) const {
    return text.empty() || ::send(connection_.socket, text.data(), text.size(), MSG_NOSIGNAL) ==
                               static_cast<ssize_t>(text.size());
  }

  bool say_first() { return !dial_.options_.preamble || say(dial_.options_.preamble(dial_.peer_)); }

  void read() {
    std::array<char, kReadBytes> bytes{};
    const ssize_t size = ::recv(connection_.socket, bytes.data(), bytes.size(), 0);
    if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) return;
    if (size <= 0) {
      fail(size == 0 ? "the connection ended in the midst of the handshake" : std::strerror(errno));
    } else if (prelude_) {
      speak({bytes.data(), static_cast<std::size_t>(size)});
    } else {
      shake({bytes.data(), static_cast<std::size_t>(size)});
    }
  }

  /// Deals with what came of the handshake, and perhaps of what follows it.
  void shake(std::span<const char> bytes) {
    TlsSession& tls = *connection_.tls;
    std::string plain(bytes.size() + TlsSession::kMostKept, '\0');
    std::string answer;
    plain.resize(tls.open(bytes, plain, answer));
    connection_.unread += plain;
    const bool said = say(answer);
    const bool ended = tls.state() == TlsSession::State::ended;
    if (!said || tls.state() == TlsSession::State::failed || (ended && !tls.was_open())) {
      fail(said ? tls.fault() : std::string("the handshake could not be sent"));
    } else if (ended || tls.state() == TlsSession::State::open) {
      dial_.end({.connection = &connection_, .peer = dial_.peer_});
    }
  }

  void fail(const std::string& text) { dial_.failed(DialFault::tls, text); }
  void on_timer() override { dial_.failed(DialFault::late, "no connection in time"); }

  Dial& dial_;
  MovingConnection connection_;
  std::unique_ptr<Prelude> prelude_;  // while that is spoken
  bool begun_ = false;
  bool connected_ = false;
  bool watched_ = false;
  event ready_{};
};

Dial::Dial(Loop& loop, Resolver& resolver, Endpoint to, DialOptions options, Done done)
    : loop_(loop), to_(std::move(to)), options_(std::move(options)), done_(std::move(done)) {
  loop_.timers_.set(*this, options_.time);
  if (to_.is_local()) {
    loop_.context().turn.defer(*this);
  } else if (const std::optional<Address> address = to_.address()) {
    addresses_.push_back(*address);
    loop_.context().turn.defer(*this);
  } else {
    query_ = resolver.ask(to_.host, [this](const Resolver::Answer& answer) { resolved(answer); });
  }
}

Dial::~Dial() { hang_up(); }

void Dial::hang_up() {
  done_ = nullptr;
  clear();
  if (query_) {
    query_->take_back();
    loop_.context().turn.bury(std::move(query_));
  }
  drop_attempt();
}

void Dial::drop_attempt() {
  if (!attempt_) return;
  attempt_->abandon();
  loop_.context().turn.bury(std::move(attempt_));
}

void Dial::end_of_turn() {
  if (done_) try_next();
}

void Dial::resolved(const Resolver::Answer& answer) {
  addresses_ = answer.addresses;
  if (addresses_.empty()) {
    end({.connection = nullptr,
         .peer = {},
         .fault = DialFault::unresolved,
         .text = to_.host + ": " + answer.fault});
  } else {
    try_next();
  }
}

void Dial::try_next() {
  if (to_.is_local()) {
    if (next_++ == 0) {
      begin(where_of(to_.path));
    } else {
      end({.connection = nullptr, .peer = {}, .fault = fault_, .text = text_});
    }
    return;
  }
  while (next_ < addresses_.size()) {
    peer_ = addresses_[next_++];
    if (!options_.may || options_.may(*peer_)) {
      begin(where_of(*peer_, to_.port));
      return;
    }
  }
  end({.connection = nullptr,
       .peer = peer_,
       .fault = fault_,
       .text = fault_ == DialFault::forbidden ? to_.text() + " may not be connected to" : text_});
}

void Dial::begin(const Where& where) {
  // Where others are left to be tried, an address that nobody answers at must leave them time.
  const auto left = static_cast<Millis::rep>(addresses_.size() - std::min(next_, addresses_.size()));
  const std::optional<Millis> time =
      left == 0 ? std::nullopt : std::optional(std::max(kLeastTime, options_.time / (left + 2)));
  attempt_ = std::make_unique<Attempt>(*this, where, time);
  if (!attempt_->begun()) failed(fault_of(errno), std::strerror(errno));
}

void Dial::failed(DialFault fault, const std::string& text) {
  fault_ = fault;
  text_ = to_.text() + (peer_ && !to_.address() ? " (" + peer_->text() + ")" : "") + ": " + text;
  if (fault == DialFault::exhausted) loop_.trouble("no connection to " + text_);
  drop_attempt();
  // At the end of the turn: this may be the call that began the attempt.
  loop_.context().turn.defer(*this);
}

void Dial::end(const Dialed& dialed) {
  const Done done = std::exchange(done_, nullptr);
  hang_up();
  if (done) done(dialed);
}

void Dial::on_timer() {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(options_.time).count();
  end({.connection = nullptr,
       .peer = peer_,
       .fault = DialFault::late,
       .text = to_.text() + ": no connection within " + std::to_string(seconds) + " seconds"});
}

}  // namespace encke::net
