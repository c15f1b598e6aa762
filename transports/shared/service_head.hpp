// The fields that every transport answer of a service has: CORS, caching, the balancer's cookie.
#pragma once

#include <encke/service_options.hpp>
#include "server/http/request.hpp"
#include "server/http/response.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace encke::sockjs {

struct ReceiverKind;

/// What of a request shows in the head of its answer; small, since a poll keeps it while it waits.
class ServiceHead {
 public:
  /// Without `credentials` no cookie is set, and pages of other origins cannot have theirs sent.
  ServiceHead(const http::Request& request, const ServiceOptions& options, bool cross_origin,
              bool credentials = true);

  /// A head with the fields that all answers have: never cached, CORS, the cookie.
  http::ResponseHead make(int status) const;
  /// The head of a receiver's answer.
  http::ResponseHead make(const ReceiverKind& kind) const;

  /// CORS, for an answer of the service to this request.
  static void add_cors(const http::Request& request, const ServiceOptions& options, http::ResponseHead& head);
  /// The balancer's cookie, where the service is to set it.
  static void add_cookie(const http::Request& request, const ServiceOptions& options,
                         http::ResponseHead& head);

 private:
  struct Rare {
    std::string cookie;
    std::string asked_headers;
  };

  std::string origin_;
  std::unique_ptr<Rare> rare_;
  bool cross_origin_;
  bool anyone_;  // who names no origin may read the answer wherever it comes from
};

}  // namespace encke::sockjs
