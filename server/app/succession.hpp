// What comes to a path that a service has left, whose clients may not have heard of it yet.
#pragma once

#include "server/app/place.hpp"
#include "server/core/live_counts.hpp"
#include "server/core/loop_context.hpp"
#include "server/http/exchange.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace encke {

/// A request that is about a session which a place has that was at this path before goes to that place: a
/// page between two requests hears there that it has to go, and by the heir it would be told that it had
/// never been. All else is the heir's.
class Succession final : public http::Resource {
 public:
  /// A service that is not found at its path any more; expired once no loop has anything of it.
  struct Left {
    std::string path;
    std::weak_ptr<LiveCounts> service;
  };

  /// `before` are the services that were at `path`. `places`, all that there are on this loop, outlive it.
  Succession(std::unique_ptr<http::Resource> heir, std::vector<std::weak_ptr<LiveCounts>> before,
             const LoopContext& loop, std::string path, const std::vector<std::unique_ptr<Place>>& places);

  http::Admission admit(http::Request& request, std::string_view rest) override;

 private:
  Place* place_of(std::string_view rest) const;

  const std::unique_ptr<http::Resource> heir_;
  std::vector<std::weak_ptr<LiveCounts>> before_;
  const LoopContext loop_;
  const std::string path_;
  const std::vector<std::unique_ptr<Place>>& places_;
};

}  // namespace encke
