// The fault proxy: what each kind of fault does to a connection.
//
//   client ── up ──▶ server      Bytes are counted as they are passed on. Once the planned number went the
//          ◀── down ──           planned way, and the planned time is over, the connection is struck.
#include "tests/support/fault_proxy.hpp"

#include "tests/support/event_socket.hpp"
#include "tests/support/http_reader.hpp"

#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

namespace encke::test {
namespace {

using std::chrono::milliseconds;
using Kind = FaultPlan::Kind;
using Way = FaultPlan::Way;

constexpr milliseconds kBetweenPieces{1};
constexpr milliseconds kForgetting{250};   // how long a peer's end stays after the other has vanished
constexpr milliseconds kLingering{2'000};  // for the peer's FIN after ours
constexpr std::size_t kMostRecorded = 256 * 1024;
constexpr std::string_view kBadGateway =
    "HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\nContent-Length: 22\r\nConnection: "
    "close\r\n\r\n<h1>502 Bad Gateway</h1>";
static_assert(kBadGateway.ends_with("<h1>502 Bad Gateway</h1>"));

}  // namespace

class FaultyConnection final : EventSocket::Owner {
 public:
  FaultyConnection(FaultProxy& proxy, int socket, const FaultPlan& plan)
      : proxy_(proxy),
        plan_(plan),
        client_(proxy.base_, *this),
        server_(proxy.base_, *this),
        extra_(proxy.base_, *this),
        up_{client_, server_, EventTimer(proxy.base_, [this] { pass(up_); }), plan.pieces},
        down_{server_, client_, EventTimer(proxy.base_, [this] { pass(down_); }), plan.pieces},
        strike_(proxy.base_, [this] { strike(); }),
        resume_(proxy.base_, [this] { resume(); }),
        end_(proxy.base_, [this] { retire(); }) {
    client_.adopt(socket);
  }

  void begin() {
    if (plan_.kind != Kind::refuse) server_.connect(proxy_.to_, proxy_.port_);
    counts_ = plan_.kind == Kind::cut || plan_.kind == Kind::half_open || plan_.kind == Kind::stall ||
              plan_.kind == Kind::repeat;
    if (counts_ && plan_.at == 0) arm();
  }

 private:
  /// One way through the connection.
  struct Flow {
    EventSocket& from;
    EventSocket& to;
    EventTimer timer;  // until the next bytes may pass
    unsigned pieces;   // still to be cut small
    std::uint64_t passed = 0;
    bool paused = false;
    bool silent = false;  // what comes is dropped
    bool ended = false;   // by whom it comes from
  };

  Flow& counted() { return plan_.way == Way::up ? up_ : down_; }

  void on_input(EventSocket& end) override {
    if (&end == &extra_) {
      evbuffer_drain(end.input(), evbuffer_get_length(end.input()));
      return;
    }
    Flow& flow = &end == &client_ ? up_ : down_;
    if (flow.timer.is_running()) return;
    if (plan_.delay.count() > 0 && !flow.silent) {
      flow.timer.start(plan_.delay);
    } else {
      pass(flow);
    }
  }

  void on_drained(EventSocket& end) override {
    if (&end == &extra_) return;
    Flow& flow = &end == &client_ ? down_ : up_;
    if (!flow.timer.is_running()) pass(flow);
    if (up_.ended && down_.ended) close_if_sent();
  }

  void on_end(EventSocket& end, bool broken) override {
    if (&end == &extra_) {
      extra_.close(true);
      return;
    }
    Flow& flow = &end == &client_ ? up_ : down_;
    flow.ended = true;
    if (up_.silent || down_.silent) {
      end_.start(kForgetting);
    } else if (broken) {
      flow.to.close(true);
      retire();
    } else if (!flow.timer.is_running()) {
      pass(flow);
    }
  }

  /// Passes on what has come one way, as far as it may go.
  void pass(Flow& flow) {
    if (retired_ || flow.paused || !flow.from.is_open()) return;
    evbuffer* const input = flow.from.input();
    if (flow.silent) {
      evbuffer_drain(input, evbuffer_get_length(input));
      return;
    }
    while (evbuffer_get_length(input) > 0) {
      if (flow.to.is_full()) return;
      std::size_t count = evbuffer_get_length(input);
      if (&flow == &counted() && counts_ && flow.passed < plan_.at) {
        count = static_cast<std::size_t>(std::min<std::uint64_t>(count, plan_.at - flow.passed));
      }
      if (flow.pieces > 0) count = std::min(count, plan_.piece);
      const Passing passing = intercept(flow, count);
      if (passing == Passing::stop) return;
      if (passing == Passing::as_it_is) flow.to.write_from(flow.from, count);
      flow.passed += count;
      if (&flow == &counted() && counts_ && flow.passed == plan_.at) {
        arm();
        if (retired_ || flow.paused || flow.silent) return;
      }
      if (flow.pieces > 0) {
        --flow.pieces;
        flow.timer.start(kBetweenPieces);
        return;
      }
    }
    if (flow.ended) finish(flow);
  }

  void finish(Flow& flow) {
    if (&flow == &down_ && !held_.empty()) client_.write(std::exchange(held_, {}));
    flow.to.finish();
    end_.start(kLingering);
    if (up_.ended && down_.ended) close_if_sent();
  }

  void close_if_sent() {
    if (retired_ || client_.has_queued() || server_.has_queued()) return;
    client_.close(false);
    server_.close(false);
    retire();
  }

  enum class Passing : std::uint8_t { as_it_is, otherwise, stop };

  /// What the faults that look into the bytes do with the next `count`.
  Passing intercept(Flow& flow, std::size_t count) {
    std::string bytes(count, '\0');
    const auto peek = [&] {
      evbuffer_copyout(flow.from.input(), bytes.data(), count);
      return std::string_view(bytes);
    };
    const auto take = [&] {
      evbuffer_remove(flow.from.input(), bytes.data(), count);
      return std::string_view(bytes);
    };
    if (&flow == &up_) {
      if (plan_.kind == Kind::refuse) {
        record_ += take();
        if (record_.find("\r\n\r\n") == std::string::npos) return Passing::otherwise;
        answer_502();
        return Passing::stop;
      }
      if (plan_.kind == Kind::repeat || (plan_.kind == Kind::replace && !struck_)) record_ += peek();
      if (record_.size() > kMostRecorded) plan_.kind = Kind::none;
      return Passing::as_it_is;
    }
    switch (plan_.kind) {
      case Kind::replace:
        if (struck_) return Passing::as_it_is;
        struck();
        flow.ended = false;
        server_.close(plan_.reset);
        server_.connect(proxy_.to_, proxy_.port_);
        server_.write(record_);
        return Passing::stop;
      case Kind::swallow:
        server_.close(plan_.reset);
        answer_502();
        return Passing::stop;
      case Kind::buffer:
        if (unbuffered_) return Passing::as_it_is;
        hold(take());
        return Passing::otherwise;
      default:
        return Passing::as_it_is;
    }
  }

  void answer_502() {
    struck();
    plan_.kind = Kind::none;
    client_.write(kBadGateway);
    client_.finish();
    up_.silent = down_.silent = true;
    end_.start(kForgetting);
  }

  /// Keeps bytes of a response back until its end.
  void hold(std::string_view bytes) {
    struck();
    held_ += bytes;
    while (read_ < held_.size()) {
      const std::size_t used = reader_.feed(std::string_view(held_).substr(read_), [](std::string_view) {});
      read_ += used;
      unbuffered_ = reader_.broken() || (reader_.complete() && reader_.status() == 101);
      if (unbuffered_) read_ = held_.size();
      if (!reader_.complete() && !unbuffered_) return;
      client_.write(std::string_view(held_).substr(0, read_));
      held_.erase(0, read_);
      read_ = 0;
      if (used == 0) return;
    }
  }

  void arm() {
    if (plan_.after.count() > 0) {
      counts_ = false;
      strike_.start(plan_.after);
    } else {
      strike();
    }
  }

  void struck() {
    if (!struck_) ++proxy_.faults_;
    struck_ = true;
  }

  void strike() {
    if (retired_) return;
    counts_ = false;
    struck();
    switch (plan_.kind) {
      case Kind::cut:
        cut();
        break;
      case Kind::half_open:
        counted().silent = true;
        if (!plan_.quiet) up_.silent = down_.silent = true;
        pass(up_);
        pass(down_);
        break;
      case Kind::stall:
        counted().paused = true;
        if (!plan_.quiet) up_.paused = down_.paused = true;
        resume_.start(plan_.length);
        break;
      case Kind::repeat:
        extra_.connect(proxy_.to_, proxy_.port_);
        extra_.write(record_);
        resume_.start(kForgetting + plan_.length);
        break;
      default:
        break;
    }
  }

  void cut() {
    up_.silent = down_.silent = true;
    if (plan_.reset) {
      client_.close(true);
      if (!plan_.quiet) server_.close(true);
    } else {
      client_.finish();
      if (!plan_.quiet) server_.finish();
    }
    if (plan_.reset && !plan_.quiet) {
      retire();
    } else {
      end_.start(kForgetting);
    }
  }

  void resume() {
    extra_.close(plan_.reset);
    for (Flow* const flow : {&up_, &down_}) {
      flow->paused = false;
      pass(*flow);
    }
  }

  void retire() {
    if (retired_) return;
    retired_ = true;
    proxy_.retire(*this);
  }

  FaultProxy& proxy_;
  FaultPlan plan_;
  EventSocket client_;
  EventSocket server_;
  EventSocket extra_;  // for a repetition
  Flow up_;
  Flow down_;
  EventTimer strike_;
  EventTimer resume_;
  EventTimer end_;
  HttpReader reader_;
  std::string record_;    // what went up
  std::string held_;      // what came down and is kept back
  std::size_t read_ = 0;  // of it, by the reader
  bool counts_ = false;   // the fault is still to come
  bool struck_ = false;
  bool unbuffered_ = false;
  bool retired_ = false;
};

FaultProxy::FaultProxy(event_base* base, std::uint16_t to, FaultPlanner planner, std::uint16_t port)
    : base_(base), to_(to), planner_(std::move(planner)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  listener_ = evconnlistener_new_bind(
      base,
      [](evconnlistener*, evutil_socket_t socket, sockaddr*, int, void* self) {
        static_cast<FaultProxy*>(self)->accepted(socket);
      },
      this, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE, 128,
      reinterpret_cast<const sockaddr*>(&address), sizeof address);
  if (listener_ == nullptr) throw std::runtime_error("the proxy cannot listen");
  socklen_t length = sizeof address;
  getsockname(evconnlistener_get_fd(listener_), reinterpret_cast<sockaddr*>(&address), &length);
  port_ = ntohs(address.sin_port);
  burial_ = event_new(
      base, -1, 0, [](evutil_socket_t, short, void* self) { static_cast<FaultProxy*>(self)->bury(); }, this);
}

FaultProxy::~FaultProxy() {
  open_.clear();
  dead_.clear();
  event_free(burial_);
  evconnlistener_free(listener_);
}

void FaultProxy::accepted(int socket) {
  const FaultPlan plan = planner_(connections_++);
  open_.push_back(std::make_unique<FaultyConnection>(*this, socket, plan));
  open_.back()->begin();
}

void FaultProxy::retire(FaultyConnection& connection) {
  const auto found = std::find_if(open_.begin(), open_.end(),
                                  [&connection](const auto& owned) { return owned.get() == &connection; });
  if (found == open_.end()) return;
  dead_.push_back(std::move(*found));
  open_.erase(found);
  event_active(burial_, 0, 0);
}

void FaultProxy::bury() { dead_.clear(); }

}  // namespace encke::test
