// Asks the application about each request that would open a session of one service, on one loop.
#pragma once

#include "server/core/access.hpp"
#include "server/core/sessions.hpp"
#include "server/http/exchange.hpp"
#include "transports/shared/held_exchange.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace encke {

/// So many requests of a service may wait for the application on a loop; more are refused with 503.
inline constexpr std::size_t kMostUndecided = 4096;

class Gate {
 public:
  /// `fault` is told of exceptions, and of requests that nobody has answered.
  Gate(Authorizer authorizer, AccessOptions options, std::function<void(std::string_view)> fault,
       std::size_t most_undecided = kMostUndecided);

  struct Question {
    Sessions& sessions;
    std::string_view transport;  ///< static storage
    bool needs_token = false;    ///< AccessRequest::needs_token
  };
  /// Calls `serve` once there is an answer, mostly now; what it uses must stay for as long as undecided() is
  /// not 0. What it gets is the
  /// exchange or what stands for it. A grant that is not enough for the question arrives as a denial; every
  /// answer but a grant is counted.
  void ask(http::Exchange& exchange, const Question& question, HeldExchange::Serve serve);

  /// How many requests wait for an answer.
  std::size_t undecided() const { return undecided_; }

  // ---- for those who ask without a request ----
  const Authorizer& authorizer() const { return authorizer_; }
  const AccessOptions& options() const { return options_; }
  /// undecided(), which they add to while they wait, and what it may come to.
  std::size_t& undecided_count() { return undecided_; }
  std::size_t most_undecided() const { return most_undecided_; }

 private:
  const Authorizer authorizer_;
  const AccessOptions options_;
  const std::function<void(std::string_view)> fault_;
  const std::size_t most_undecided_;
  std::size_t undecided_ = 0;
};

}  // namespace encke
