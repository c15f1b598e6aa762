// XHR streaming.
#include "transports/xhr_stream/xhr_stream.hpp"

#include "server/http/quirks.hpp"
#include "transports/shared/line_envelope.hpp"
#include "transports/shared/receiver.hpp"

#include <array>
#include <string>

namespace encke {

namespace {

constexpr std::size_t kPreludeBytes = 2048;  // SockJS's
static_assert(kPreludeBytes >= http::quirks::kExplorerStreamBytes &&
              kPreludeBytes >= http::quirks::kFirefoxSniffedBytes &&
              kPreludeBytes >= http::quirks::kSniffedBytes);

constexpr std::array kRoutes{
    Route{.leaf = "xhr_streaming", .method = Route::Method::post, .cross_origin = true}};
constexpr TransportInfo kInfo{
    .name = "xhr_stream", .routes = kRoutes, .greeting = {}, .can = {.streams = true, .cross_origin = true}};

class XhrStream final : public Transport {
 public:
  const TransportInfo& info() const override { return kInfo; }
  Result<void> serve(const Route&, http::Exchange& exchange, Sessions& sessions) override {
    static const std::string kPrelude = std::string(kPreludeBytes, 'h') + '\n';
    return sockjs::stream(exchange, sessions, kInfo.name, sockjs::line_kind(), kPrelude);
  }
};

}  // namespace

std::unique_ptr<Transport> make_xhr_stream() { return std::make_unique<XhrStream>(); }

}  // namespace encke
