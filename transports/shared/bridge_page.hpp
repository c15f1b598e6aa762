// The page that a page of another origin loads in a hidden frame, to make requests through it
// (PROTOCOL 6.11).
#pragma once

#include "server/http/exchange.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace encke::facade {

/// The page at `path`, which loads the facade from this server, and says which origins may use it: `origins`,
/// or all where it is empty.
std::string bridge_page(std::string_view path, const std::vector<std::string>& origins);

/// The Content-Security-Policy of the page: only those origins may frame it, and nothing runs in it but the
/// facade.
std::string bridge_policy(const std::vector<std::string>& origins);

/// Answers with the page, which caches may keep for an hour.
class BridgePage final : public http::Handler {
 public:
  /// `origins` outlives this.
  explicit BridgePage(const std::vector<std::string>& origins)
      : origins_(origins), policy_(bridge_policy(origins)) {}
  void handle(http::Exchange& exchange) override;

 private:
  const std::vector<std::string>& origins_;
  const std::string policy_;
};

}  // namespace encke::facade
