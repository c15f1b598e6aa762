// One event loop over libevent.
#include "server/net/loop.hpp"

#include "server/net/door.hpp"
#include "server/net/gate.hpp"
#include "server/net/listener.hpp"
#include "server/net/resolver.hpp"
#include "server/net/stream.hpp"
#include "server/net/tls_stream.hpp"

#include <event2/event.h>
#include <event2/event_struct.h>
#include <event2/thread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <stdexcept>
#include <utility>

namespace encke::net {

namespace {

constexpr Millis kTroubleInterval{1'000};  // one report of trouble a second
constexpr std::size_t kGatherBytes = 64 * 1024;

using Clock = std::chrono::steady_clock;

Millis millis_of(Clock::time_point time) {
  return std::chrono::duration_cast<Millis>(time.time_since_epoch());
}

event_base* make_base() {
  // libevent's DNS draws its random numbers from what all loops share.
  static const int locks = evthread_use_pthreads();
  static_cast<void>(locks);
  event_config* config = event_config_new();
  event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK);
  event_base* base = event_base_new_with_config(config);
  event_config_free(config);
  if (base == nullptr) throw std::runtime_error("cannot create an event loop");
  return base;
}

}  // namespace

Millis monotonic_now() { return millis_of(Clock::now()); }

Loop::Loop(unsigned worker, unsigned workers, const Sniffer& sniffer)
    : base_(make_base()),
      timers_(monotonic_now()),
      context_{timers_, turn_, worker, workers},
      sniffer_(sniffer),
      wake_socket_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
      peers_{this} {
  if (wake_socket_ < 0) throw std::runtime_error("cannot create an event descriptor");
  wake_event_ = event_new(
      base_, wake_socket_, EV_READ | EV_PERSIST,
      [](evutil_socket_t socket, short, void* self) {
        eventfd_t count = 0;
        ::eventfd_read(socket, &count);
        static_cast<Loop*>(self)->wake();
        static_cast<Loop*>(self)->mailbox_.run();
      },
      this);
  event_add(wake_event_, nullptr);
  timer_event_ = event_new(
      base_, -1, 0, [](evutil_socket_t, short, void*) {}, nullptr);
  sockets_event_ = event_new(
      base_, sockets_.descriptor(), EV_READ | EV_PERSIST,
      [](evutil_socket_t, short, void* self) { static_cast<Loop*>(self)->sockets_.dispatch(); }, this);
  event_add(sockets_event_, nullptr);
  gathered_.reserve(kGatherBytes);
}

/// A descriptor that tells of something other than bytes.
class Watch {
 public:
  Watch(event_base* base, int descriptor, std::function<void()> handler)
      : handler_(std::move(handler)), descriptor_(descriptor) {
    event_assign(&readable_, base, descriptor, EV_READ | EV_PERSIST, &Watch::on_event, this);
    event_add(&readable_, nullptr);
  }
  ~Watch() {
    event_del(&readable_);
    ::close(descriptor_);
  }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

 private:
  static void on_event(evutil_socket_t descriptor, short, void* self) {
    std::array<char, 256> ignored{};
    while (::read(descriptor, ignored.data(), ignored.size()) > 0) {
    }
    static_cast<Watch*>(self)->handler_();
  }

  event readable_{};
  std::function<void()> handler_;
  int descriptor_;
};

void Loop::watch(int descriptor, std::function<void()> handler) {
  watches_.push_back(std::make_unique<Watch>(base_, descriptor, std::move(handler)));
}

MovingConnection::MovingConnection() = default;

MovingConnection::~MovingConnection() {
  if (socket >= 0) ::close(socket);
}

Loop::~Loop() {
  mailbox_.drop();  // what is posted may hold what needs the rest
  listeners_.clear();
  watches_.clear();
  sockets_.for_each([](Stream& stream) { stream.abort(); });
  end_turn();
  // What DNS has put off, questions that were taken back among it, frees what it holds in a last turn.
  event_base_loop(base_, EVLOOP_NONBLOCK);
  resolver_.reset();
  event_base_loop(base_, EVLOOP_NONBLOCK);
  event_free(sockets_event_);
  event_free(wake_event_);
  event_free(timer_event_);
  event_base_free(base_);
  ::close(wake_socket_);
}

void Loop::post(Mailbox::Call call) {
  if (mailbox_.post(std::move(call))) ::eventfd_write(wake_socket_, 1);
}

void Loop::stop() {
  post([this] {
    if (std::exchange(stopping_, true)) return;
    listeners_.clear();
    stop_at_ = timers_.now() + drain_time_;
    if (stop_handler_) stop_handler_();
  });
}

void Loop::hurry() {
  post([this] { stop_at_ = drain_time_ = Millis{0}; });
  stop();
}

void Loop::listen(int socket, const Sniffer* sniffer, const TlsPort* tls, bool proxied) {
  const Sniffer& speaks = sniffer != nullptr ? *sniffer : sniffer_;
  listeners_.push_back(std::make_unique<Listener>(*this, socket, speaks, tls, proxied));
}

void Loop::set_gate(Gate& gate) {
  gate_ = &gate;
  context_.guard = &gate.guard();
}

std::size_t Loop::most_shaking() const {
  return std::max<std::size_t>(gate_->most_shaking() / context_.workers, 1);
}

void Loop::shake(const Shaking::Place& place) {
  if (gate_ == nullptr || !gate_->is_shaking(place.socket)) return;
  shaking_.add(place);
  while (shaking_.size() > most_shaking()) {
    // Off the list at once: its socket is closed at the end of the turn, and more may come in this one.
    const Shaking::Place oldest = shaking_.take_oldest();
    if (oldest.stream == nullptr) {
      oldest.door->cut_off(oldest.socket);
      continue;
    }
    gate_->guard().refused(Refusal::handshakes, oldest.stream->remote_address(), timers_.now());
    oldest.stream->abort();
  }
}

void Loop::settle(int socket) {
  if (gate_ == nullptr || !gate_->is_shaking(socket)) return;
  shaking_.remove(socket);
  gate_->settle(socket);
}

void Loop::forget(int socket) {
  if (gate_ == nullptr) return;
  shaking_.remove(socket);
  gate_->forget(socket);
}

// Streams join the list, and bury themselves.
// NOLINTBEGIN(cppcoreguidelines-owning-memory)
void Loop::adopt(int socket, const Sniffer& sniffer, const TlsPort* tls) {
  Stream* stream = nullptr;
  if (tls == nullptr) {
    stream = new Stream(*this, socket, sniffer);
  } else {
    stream = new TlsStream(*this, socket, sniffer, tls->now());
  }
  shake({.stream = stream, .socket = socket});
}

void Loop::adopt(MovingConnection& connection, const Sniffer& sniffer) {
  const int socket = std::exchange(connection.socket, -1);
  Stream* stream = connection.tls == nullptr
                       ? new Stream(*this, socket, sniffer)
                       : new TlsStream(*this, socket, sniffer, std::move(connection.tls));
  if (!connection.unsent.empty()) stream->Stream::pass(connection.unsent);
  if (!connection.unread.empty()) stream->settle_in(connection.unread, connection.portion, connection.mark);
  stream->settled();
}
// NOLINTEND(cppcoreguidelines-owning-memory)

Resolver& Loop::resolver() {
  if (!resolver_) resolver_ = std::make_unique<Resolver>(*this, name_servers_);
  return *resolver_;
}

void Loop::run() {
  turn_began_ = Clock::now();
  while (true) {
    end_turn();
    turn_ended_ = Clock::now();
    counts_.turns.add(std::chrono::duration<double>(turn_ended_ - turn_began_).count());
    if (stopping_) {
      drain();
      if (sockets_.size() == 0) break;
    }
    const bool sleeps = arm_timer();
    awake_ = false;
    costly_ = Heavy::Time{0};
    event_base_loop(base_, sleeps ? EVLOOP_ONCE : EVLOOP_ONCE | EVLOOP_NONBLOCK);
    const Clock::time_point now = Clock::now();
    const bool idle = !std::exchange(awake_, true);
    if (idle) begin_turn(now);
    timers_.advance(millis_of(now));
    sockets_.expire(timers_.now());
    if (!heavy_.unconcerned()) serve_heavy(idle);
  }
}

void Loop::serve_heavy(bool idle) {
  const Clock::time_point handled = Clock::now();
  const Heavy::Time costly = costly_;
  end_turn();
  const Clock::time_point begin = Clock::now();
  heavy_.others_took(begin - turn_began_);
  // Of the turn's end, where answers are encoded and sent, those who cost much have their share.
  if (costly > Heavy::Time{0}) {
    const double share = std::min(
        1.0, static_cast<double>(costly.count()) / static_cast<double>((handled - turn_began_).count()));
    heavy_.took_from_others(std::chrono::duration_cast<Heavy::Time>((begin - handled) * share));
  }
  Stream* const next = heavy_.take(idle, begin.time_since_epoch());
  if (next == nullptr) return;
  in_own_turn_ = true;
  next->take_turn();
  end_turn();
  in_own_turn_ = false;
  const Clock::time_point end = Clock::now();
  heavy_.took(end - begin, end.time_since_epoch());
}

void Loop::begin_turn(Clock::time_point now) {
  turn_began_ = now;
  heavy_.slept(turn_began_ - turn_ended_);
}

void Loop::wake() {
  if (std::exchange(awake_, true)) return;
  begin_turn(Clock::now());
  timers_.wake(millis_of(turn_began_));
}

void Loop::drain() {
  if (timers_.now() < stop_at_) {
    // Connections that wait for nothing but a next request have nothing left to say.
    sockets_.for_each([](Stream& stream) {
      if (stream.queued() == 0) stream.dismiss();
    });
  } else {
    sockets_.for_each([](Stream& stream) { stream.lose(); });
  }
  end_turn();
}

void Loop::end_turn() {
  do {
    turn_.end();
    send_gathered();
  } while (!turn_.idle());
}

bool Loop::arm_timer() {
  std::optional<Millis> wait = timers_.until_next();
  if (const std::optional<Heavy::Time> others = heavy_.wait(turn_ended_.time_since_epoch())) {
    const Millis left = std::chrono::ceil<Millis>(*others);
    if (!wait || *wait > left) wait = left;
  }
  if (const std::optional<Millis> deadline = sockets_.next_deadline()) {
    const Millis left = std::max(*deadline - timers_.now(), Millis{0});
    if (!wait || *wait > left) wait = left;
  }
  if (stopping_) {
    const Millis left = std::max(stop_at_ - timers_.now(), Millis{0});
    if (!wait || *wait > left) wait = left;
  }
  if (!wait) return true;
  if (*wait == Millis{0}) return false;
  const Millis due = timers_.now() + *wait;
  // A timer that is armed for an earlier moment stays: waking once for nothing costs less than arming anew.
  if (armed_for_ <= due && event_pending(timer_event_, EV_TIMEOUT, nullptr) != 0) return true;
  armed_for_ = due;
  const timeval delay{static_cast<time_t>(wait->count() / 1000),
                      static_cast<suseconds_t>(wait->count() % 1000 * 1000)};
  event_add(timer_event_, &delay);
  return true;
}

void Loop::trouble(std::string_view text) {
  // All loops of a process share one log, and a trouble of the process is a trouble of each of them.
  static std::atomic<Millis> last_trouble{Millis{-1'000'000}};
  Millis last = last_trouble.load();
  const Millis now = timers_.now();
  if (now - last < kTroubleInterval || !last_trouble.compare_exchange_strong(last, now)) return;
  if (trouble_handler_) trouble_handler_(text);
}

void Loop::gather(Stream& stream, std::string_view bytes) {
  if (gathering_ != &stream) send_gathered();
  if (bytes.size() >= kGatherBytes || gathered_.size() + bytes.size() > kGatherBytes) {
    send_gathered();
    if (stream.unsent_ || stream.state_ != Stream::State::open) {
      stream.write(bytes);
      return;
    }
    if (bytes.size() >= kGatherBytes) {
      stream.pass(bytes);
      return;
    }
  }
  gathering_ = &stream;
  gathered_ += bytes;
}

void Loop::send_gathered() {
  if (gathering_ == nullptr) return;
  std::exchange(gathering_, nullptr)->pass(gathered_);
  gathered_.clear();
}

}  // namespace encke::net
