// Which tokens a service takes, and what they say of who brings them.
#pragma once

#include "server/tokens/jwt.hpp"

#include <encke/access.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace encke::tokens {

/// Plain values; docs/configuration.md, "tokens", describes each.
struct Policy {
  Algorithm algorithm = Algorithm::hs256;
  std::string key;       ///< key_fault() found nothing
  std::string audience;  ///< empty: any
  std::string issuer;    ///< empty: any
  bool required = true;
  bool service_claim_required = false;
  std::string cookie;  ///< empty: none; only for a service that lists origins
  bool close_on_expiry = true;
  std::chrono::milliseconds leeway{10'000};

  bool operator==(const Policy&) const = default;
};

/// Seconds since 1970 (RFC 7519 2, NumericDate), fractions included.
using Date = std::chrono::duration<double>;

/// What a token came to: who brings it, until when; or why it is refused, in a text that tells nothing of it.
struct Verdict {
  int status = 200;     ///< else 401, or 403 for a good token of another service or origin
  std::string refusal;  ///< the text
  std::string subject;
  Date expires{};
  std::optional<std::vector<TargetRule>> targets{};  ///< Grant::targets
};

/// Judges a token that came to `service` from a page of `origin`, which may be empty, at `now`.
Verdict judge(const Policy& policy, std::string_view service, std::string_view origin, std::string_view token,
              Date now);

/// Lets in by such tokens. `clock` tells the time.
Authorizer authorizer(Policy policy, std::function<Date()> clock);
/// By the system's clock.
Authorizer authorizer(Policy policy);

}  // namespace encke::tokens
