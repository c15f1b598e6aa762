// What a service has refused to let in, counted and told.
#pragma once

#include "server/core/tally.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace encke {

/// What a request was refused for.
enum class Denial : std::uint8_t {
  origin,  ///< the page's, or that none was told
  access,  ///< who decides on it, a token's check too, said no, or nothing in time
  limit,   ///< as many sessions as there may be are there
};
inline constexpr std::size_t kDenials = 3;

/// One request that was refused.
struct Denied {
  Denial why;
  std::string_view transport;  ///< that it was for; empty: none yet
  int status;                  ///< that it is answered with; of a socket that opens and closes, the code
  std::string_view origin;     ///< that it told; empty: none
};

/// One per service, shared by its loops; any thread. Limits are counted and told of by its Guard.
class Denials {
 public:
  using Trouble = std::function<void(std::string_view)>;
  /// `trouble`, which may be null, is told once a minute for each kind, from any of the loops.
  explicit Denials(Trouble trouble = {}) : trouble_(std::move(trouble)) {}

  /// One more. Where that is to be told, `address()` is asked whose it was.
  template <typename Address>
  void add(const Denied& denied, Millis now, Address&& address) {
    const std::uint64_t since = tallies_[static_cast<std::size_t>(denied.why)].add(now);
    if (since > 0 && trouble_) tell(denied, since, address());
  }
  std::uint64_t count(Denial why) const { return tallies_[static_cast<std::size_t>(why)].count(); }

 private:
  void tell(const Denied& denied, std::uint64_t since, const std::string& address) const;

  const Trouble trouble_;
  std::array<Tally, kDenials> tallies_;
};

/// What a page told of itself, for a line that somebody reads: other characters than visible ones of ASCII
/// are question marks, blanks too, and what is too long is cut off.
std::string legible_origin(std::string_view origin);

}  // namespace encke
