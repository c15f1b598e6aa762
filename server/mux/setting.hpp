// What multiplexed sessions of one service and loop have around them.
#pragma once

#include <encke/mux.hpp>
#include "server/core/loop_context.hpp"
#include "server/core/sessions.hpp"

#include <encke/access.hpp>

#include <cstddef>
#include <functional>
#include <optional>
#include <string_view>

namespace encke::mux {

/// A service that a stream may be opened to, on this loop. Valid during the call that it was asked for in.
struct Target {
  Sessions& sessions;            ///< where its raw WebSockets are too
  const Authorizer* authorizer;  ///< null: nobody is asked
  AccessOptions access;
  const std::function<void(std::string_view)>& fault;  ///< told of exceptions, as by its other ways in
  /// How many wait for the authorizer, by all ways in, and how many may. Stays as long as the sessions are
  /// needed; null where nobody is asked.
  std::size_t* undecided = nullptr;
  std::size_t most_undecided = 0;
};

/// The services of one loop, by their paths.
class Targets {
 public:
  /// Nothing where no service is at `path`, or one that is multiplexed itself.
  virtual std::optional<Target> target(std::string_view path) const = 0;

 protected:
  ~Targets() = default;
};

/// Outlives the sessions.
struct Setting {
  const LoopContext loop;
  const Targets& targets;
  const Sessions& own;  ///< of the multiplexed service, for its options as they are at the time
  const MuxOptions options;
};

}  // namespace encke::mux
