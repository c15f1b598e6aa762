// Who may see and do what operators may.
#pragma once

#include "server/http/exchange.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace encke {

/// Of one thread.
class AdminGuard {
 public:
  /// An empty `token` is none: AdminOptions::token.
  explicit AdminGuard(std::string_view token);
  /// Another one from now on.
  void expect(std::string_view token);

  /// The answer to a request that is not let in: 401 without the token, 403 for a page of another origin, or
  /// of a name that may not be ours. Nothing: it is let in.
  std::optional<http::Response> refuse(const http::Request& request) const;

 private:
  bool has_token(const http::Request& request) const;

  bool open_;
  std::array<std::uint8_t, 32> digest_;  // of the token, so that lengths show nothing either
};

/// `inner` for those that `guard`, which outlives it, lets in.
std::unique_ptr<http::Resource> guarded(const AdminGuard& guard, std::unique_ptr<http::Resource> inner);

}  // namespace encke
