// Whether a stream may open: the target's origins, and who decides on its access.
#pragma once

#include "server/core/access.hpp"
#include "server/core/deadline.hpp"
#include "server/core/sessions.hpp"
#include "server/mux/setting.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace encke::mux {

/// What a stream's page is known by, and what it asks for.
struct Asking {
  std::string_view path;   ///< what stands behind it as a query is the authorizer's to read
  std::string_view token;  ///< as it was sent; empty: none
  std::string_view origin;
  std::string_view remote_address;
};

/// Asked once. Waits for the answer where none is there at once.
class Question final : public AccessState::Waiter, public Turn::Task, public Deadline {
 public:
  /// `decided`, called once and never from inside the constructor, gets a grant, a refusal, or a denial that
  /// has been counted. `target`'s sessions stay as long as this does.
  using Decided = std::function<void(std::shared_ptr<const AccessAnswer>)>;
  Question(const Setting& setting, const Target& target, const Asking& asking, Decided decided);
  ~Question() override;

  const Sessions& sessions() const { return sessions_; }
  /// Calls nobody any more.
  void forget();

  void on_answer() override;
  /// Called by the turn.
  void end_of_turn();

 private:
  TimerWheel& wheel() const override { return setting_.loop.timers; }
  void on_deadline_passed() override;
  void waits_no_more();
  std::shared_ptr<const AccessAnswer> weighed(std::shared_ptr<const AccessAnswer> answer) const;

  const Setting& setting_;
  Sessions& sessions_;
  const Sessions::Hold hold_;
  const std::string origin_;
  const std::string remote_address_;
  bool needs_token_ = false;
  bool stranger_ = false;  // its origin is not listed
  Decided decided_;
  std::shared_ptr<AccessState> state_;
  std::size_t* counted_ = nullptr;  // among those that wait
};

}  // namespace encke::mux
