// What comes by HTTP to the capability URLs of a service.
#pragma once

#include "server/core/result.hpp"
#include "server/http/exchange.hpp"
#include "server/services/inbox_desk.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace encke {

/// Answers below a service's path, at /in/TOKEN. What was a URL, what never was one and what never could be
/// are answered alike. A URL of another loop's takes the connection there.
class InboxPage final : public http::Resource, public http::Handler {
 public:
  /// `desk` outlives this.
  explicit InboxPage(services::InboxDesk& desk) : desk_(desk) {}

  /// Whether `rest`, behind the service's path, is for this. SockJS's sessions have one segment more.
  static bool answers(std::string_view rest);

  http::Admission admit(http::Request& request, std::string_view rest) override;
  void handle(http::Exchange& exchange) override;

 private:
  /// A request that is good as far as it goes: what is to be delivered, and how that is answered.
  struct Order {
    Delivery delivery{};
    std::string message;   // of GET, decoded
    std::string callback;  // of JSONP; empty: none
  };

  Result<Order> read(const http::Request& request, const InboxTerms& terms);
  http::Response deliver(const http::Request& request, const Order& order);
  http::Response preflight(const http::Request& request) const;
  /// Counted.
  http::Response refused(const http::Request& request, services::InboxRefusal why);
  http::Response refused(const http::Request& request, services::InboxRefusal why, int status,
                         std::string_view text);
  /// With what every answer here has.
  http::ResponseHead head(const http::Request& request, int status) const;

  services::InboxDesk& desk_;
};

}  // namespace encke
