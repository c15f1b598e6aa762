// Who may open a socket: the application's word on each request that would open one, before its service hears
// of it.
#pragma once

#include <encke/close.hpp>
#include <encke/target_rule.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace encke {

class AccessState;

namespace close_code {
inline constexpr std::uint16_t kAccessExpired = 4401;  ///< what let the page in holds no more
}

/// A request that would open a channel. It and its views are valid only during the authorizer's call: copy
/// what is needed later.
class AccessRequest {
 public:
  std::string_view service{};         ///< the service's path, "/echo"
  std::string_view transport{};       ///< the transport's name; of pages of the facade's "open"
  std::string_view origin{};          ///< the page's, by Origin or Referer; empty: none was told
  std::string_view remote_address{};  ///< numeric, without the port
  /// What came as `Authorization: Bearer`, as a page's option `token`, or as `access_token` in the query, in
  /// this order; empty: none. Unchecked.
  std::string_view token{};
  bool secure = false;  ///< came over TLS to this server
  unsigned worker = 0;  ///< the loop that it came to, where alone Access may be used
  /// The service lists origins, and nothing tells whose page asks (docs/security.md, "Origins"): it is let in
  /// by a Grant with `by_token` only.
  bool needs_token = false;

  /// The first header field of that name; empty: none.
  virtual std::string_view field(std::string_view name) const = 0;
  /// A cookie's value; null data() where there is none. It says who the visitor is, and not that he wants it:
  /// a page of any origin that may use the service brings it.
  virtual std::string_view cookie(std::string_view name) const = 0;
  /// The raw value of a parameter of the query; null data() where there is none.
  virtual std::string_view parameter(std::string_view name) const = 0;

 protected:
  ~AccessRequest() = default;
};

/// How somebody is let in.
struct Grant {
  std::string identity{};  ///< who it is, for Opening::identity; whatever text the application likes
  /// The channel is closed after so long, with `expired`; nothing, or a year and more: never for that.
  std::optional<std::chrono::milliseconds> lifetime{};
  CloseReason expired{close_code::kAccessExpired, "the access has expired"};
  bool by_token = false;  ///< a secret of the request's own proves it, and no cookie
  /// Of a gateway whose pages name the target: one of these has to name it as well; nothing: none has to.
  /// What addresses a name may have the gateway's own rules say.
  std::optional<std::vector<TargetRule>> targets{};
};

/// The answer that a request waits for. Copies stand for the same one; the first answer counts, others, and
/// those for a request whose browser has gone, do nothing. It may be kept and used for as long as the server
/// lives, on the loop of AccessRequest::worker (Server::post() leads there). Where it is thrown away without
/// an answer the request is refused.
class Access {
 public:
  explicit Access(std::shared_ptr<AccessState> state) : state_(std::move(state)) {}

  /// The channel opens.
  void grant(Grant grant = {}) const;
  /// The socket opens for the page and closes at once with this code, 1008 or 3000 to 4999 (any other becomes
  /// 1008), and this text; the service does not hear of it.
  void refuse(std::uint16_t code, std::string_view reason) const;
  /// Nothing opens: the request is answered with this HTTP status, 401 or 403 as a rule, and this text. Pages
  /// cannot read either from a WebSocket.
  void deny(int status, std::string_view text) const;
  /// Whether somebody waits for the answer: false once there is one, or the browser has gone.
  bool awaited() const;

 private:
  std::shared_ptr<AccessState> state_;
};

/// Called for each request that would open a channel; must answer through `access`, at once or later. On the
/// request's loop, so on several threads at a time. What it throws refuses the request with 500.
using Authorizer = std::function<void(const AccessRequest& request, Access access)>;

struct AccessOptions {
  /// A request that has no answer by then is refused with 503. Pages of the facade's give up after 8 s.
  std::chrono::milliseconds time{5'000};
};

}  // namespace encke
