// All sessions of one service on one loop: the table, the options they obey, the service that they are
// connected to.
#pragma once

#include <encke/service_options.hpp>
#include "server/core/access.hpp"
#include "server/core/deadline.hpp"
#include "server/core/live_counts.hpp"
#include "server/core/loop_context.hpp"
#include "server/core/session.hpp"
#include "server/core/session_records.hpp"
#include "server/core/session_table.hpp"
#include "server/core/throttle.hpp"
#include "server/core/traffic.hpp"

#include <encke/channel.hpp>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace encke {

/// One per service and loop; outlives its sessions. Not thread-safe.
class Sessions {
 public:
  /// `path` is the service's, for Opening and the log. `fault` is told of exceptions that leave the service.
  enum class Kind : std::uint8_t {
    plain,      ///< of SockJS and bare WebSocket: open()
    resumable,  ///< of the facade: reserve()
  };
  /// `counts` is shared with the service's other Sessions; without it they have their own.
  Sessions(const LoopContext& loop, std::string path, ServiceOptions options, Service service,
           std::function<void(std::string_view what)> fault = {}, Kind kind = Kind::plain,
           std::shared_ptr<LiveCounts> counts = {});
  ~Sessions();
  Sessions(const Sessions&) = delete;
  Sessions& operator=(const Sessions&) = delete;

  /// The session that has this id, open or closing; null where there is none.
  Session* find(std::string_view id);
  /// Opens a session, which must not exist, and calls the service. Without an id it is not listed: it ends
  /// with its carrier. `opening` is read during the call only; its service and worker are filled in here.
  Session& open(std::string_view id, const Opening& opening, Places places = {});
  /// Opens a resumable session, which must not exist. The service hears of it when its first carrier joins;
  /// until then, and whenever it has no carrier, it lives for the resume window. `protocol` as in
  /// Session::agree_on().
  Session& reserve(std::string_view id, std::unique_ptr<Resumption> resumption,
                   std::string_view protocol = {}, Places places = {});

  /// While it lives, what is opened is opened by that answer, which is not a denial: granted, or refused with
  /// a close that the service does not hear of. Null: as if nobody were asked.
  class Answering {
   public:
    Answering(Sessions& sessions, std::shared_ptr<const AccessAnswer> answer)
        : sessions_(sessions), before_(std::exchange(sessions.answer_, std::move(answer))) {}
    Answering(const Answering&) = delete;
    Answering& operator=(const Answering&) = delete;
    ~Answering() { sessions_.answer_ = std::move(before_); }

   private:
    Sessions& sessions_;
    std::shared_ptr<const AccessAnswer> before_;
  };
  const std::shared_ptr<const AccessAnswer>& answer() const { return answer_; }

  /// For a session that is to be opened for this address over `transport`, if that is known: what open() and
  /// reserve() give back when it is over. The error, 429 or 503, says that there is no place, and is counted.
  Result<Places> take_places(std::string_view address, std::string_view transport = {});
  /// Whether there are places.
  Result<void> has_places(std::string_view address, std::string_view transport = {});
  /// Counts a request that the service refuses, for an origin or for want of access, and tells of it where
  /// none was told of for a while: `address()`, called then, is whose it was.
  template <typename Address>
  void deny(const Denied& denied, Address&& address) {
    ++traffic_.denied(denied.why, denied.transport);
    counts_->denials.add(denied, loop_.timers.now(), std::forward<Address>(address));
  }

  /// What browsers send is judged by `throttle`, which outlives this, from now on; null: it is not.
  void set_throttle(Throttle* throttle) { throttle_ = throttle; }
  Throttle* throttle() const { return throttle_; }

  /// `sink` is told of each session that is over. Before the first opens; costs nothing where it is not
  /// called.
  void tell_ends(SessionRecords::Sink sink) { records_ = std::make_unique<SessionRecords>(std::move(sink)); }

  /// `gone` is told of each session that is over, whose channel nobody is given any more.
  void tell_gone(std::function<void(const Channel&)> gone) { gone_ = std::move(gone); }

  /// Closes every session.
  void close_all(std::uint16_t code, std::string_view text);
  /// Closes up to `most` of the open sessions that are there at the first call, one after the other from call
  /// to call; those that open later are closed at once. Pages of resumable sessions are told
  /// exactly what was delivered. Returns how many were closed.
  std::size_t dismiss(std::size_t most, std::uint16_t code, std::string_view text);
  /// Whether dismiss() was ever called: no session should be opened any more.
  bool dismissing() const { return dismissing_ != nullptr; }
  /// Whether it has closed them all.
  bool dismissed() const { return dismissing_ != nullptr && next_dismissed_ == nullptr; }

  const ServiceOptions& options() const { return options_; }
  /// What is there obeys them from now on, as far as it asks again. `limits` and `protocols` must be those
  /// that were given before; views of the latter stay valid.
  void set_options(ServiceOptions options);
  /// Kept by who is going to need these Sessions, and is no session of theirs yet: a socket between its
  /// handshake and its first frame, a request that waits to be let in. May outlive them.
  using Hold = std::shared_ptr<const void>;
  Hold hold() const { return hold_; }
  /// Whether nobody needs them any more: there is no session, and no hold.
  bool deserted() const { return size_ == 0 && hold_.use_count() == 1; }
  const LoopContext& loop() const { return loop_; }
  const std::string& path() const { return path_; }
  std::size_t size() const { return size_; }
  /// How many sessions have no carrier: no connection bounds them.
  std::size_t waiting() const { return waiting_; }
  bool resumable() const { return kind_ == Kind::resumable; }
  LiveCounts& counts() { return *counts_; }
  const LiveCounts& counts() const { return *counts_; }
  TrafficTable& traffic() { return traffic_; }
  const TrafficTable& traffic() const { return traffic_; }
  /// Calls `call` for each session, the newest first, until it returns false.
  template <typename Call>
  void each(Call&& call) const {
    for (const Session* session = first_; session != nullptr && call(*session);) session = session->next_;
  }
  /// Closes the session for which `is` holds, as its service would, where it can be found. Walks all of them.
  template <typename Is>
  bool close_where(Is&& is, std::uint16_t code, std::string_view text) {
    for (Session* session = first_; session != nullptr; session = session->next_) {
      if (!is(static_cast<const Session&>(*session))) continue;
      session->close(code, text);
      return true;
    }
    return false;
  }

 private:
  friend class Session;
  friend class Channel;
  Session& enlist(std::unique_ptr<Session> session);
  void give_back(Places places);
  /// `session` is carried by this transport from now on; nothing changes where it has no name.
  void count_carrier(Session& session, std::string_view transport);
  /// What a grant says of a session beside its channel: few have one.
  class Stay final : private Deadline {
   public:
    Stay(Sessions& sessions, Session& session, const Grant& grant);
    std::string identity;
    std::optional<std::vector<TargetRule>> targets;

   private:
    TimerWheel& wheel() const override { return sessions_.loop_.timers; }
    void on_deadline_passed() override { session_.close(expired_.code, expired_.text); }

    Sessions& sessions_;
    Session& session_;
    CloseReason expired_;
  };
  /// Heeds answer(). False where the session is refused, and closes.
  bool let_in(Session& session);
  /// Calls the service for a new channel.
  void introduce(Session& session, Opening opening);
  void record_end(Session& session, const CloseReason& reason) {
    if (records_) records_->end(session, reason, loop_.timers.now());
  }
  /// Takes the session out of the table and the list, and buries it.
  void retire(Session& session);
  /// Runs the application's code; an exception closes `session` with 1011.
  template <typename Call>
  void guard(Session& session, Call&& call);

  const LoopContext loop_;
  const std::string path_;
  ServiceOptions options_;
  const Service service_;
  const std::function<void(std::string_view)> fault_;
  const Kind kind_;
  const std::shared_ptr<LiveCounts> counts_;
  const Hold hold_ = std::make_shared<const char>();
  Throttle* throttle_ = nullptr;
  const Opening* opening_ = nullptr;
  SessionTable table_;
  std::unordered_map<const Session*, std::unique_ptr<Stay>> stays_;
  std::shared_ptr<const AccessAnswer> answer_;
  Session* first_ = nullptr;
  std::size_t size_ = 0;
  std::size_t waiting_ = 0;
  Session* next_dismissed_ = nullptr;
  std::unique_ptr<CloseReason> dismissing_;
  std::unique_ptr<SessionRecords> records_;
  std::function<void(const Channel&)> gone_;
  TrafficTable traffic_;
  std::vector<Frame> frames_;  // scratch of Session::flush
};

template <typename Call>
void Sessions::guard(Session& session, Call&& call) {
  try {
    call();
  } catch (const std::exception& error) {
    if (fault_) fault_(error.what());
    session.close(close_code::kInternalError, "the service failed");
  } catch (...) {
    if (fault_) fault_("an exception of an unknown type");
    session.close(close_code::kInternalError, "the service failed");
  }
}

}  // namespace encke
