// One service on a fake loop, with every transport that is asked for, and browsers that speak to it over fake
// streams.
#pragma once

#include "server/core/sessions.hpp"
#include "server/core/transport.hpp"
#include "server/http/connection.hpp"
#include "tests/support/fake_stream.hpp"
#include "transports/shared/sockjs_service.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace encke::test {

/// Without the Date field, whose value changes.
inline std::string undated(std::string text) {
  std::size_t at = 0;
  while ((at = text.find("Date: ", at)) != std::string::npos) text.erase(at, 37);
  return text;
}

inline std::string chunk(std::string_view data) {
  std::string out;
  http::append_chunk(data, out);
  return out;
}

/// Answers with nothing but 200.
class NoTransport final : public Transport {
 public:
  explicit NoTransport(std::string_view name = "none", std::span<const Route> routes = {})
      : info_{name, routes, {}, {}} {}
  const TransportInfo& info() const override { return info_; }
  Result<void> serve(const Route&, http::Exchange& exchange, Sessions&) override {
    exchange.respond(http::ResponseHead(200), "");
    return {};
  }

 private:
  TransportInfo info_;
};

/// /s on one fake loop; what its application sees goes to `events`.
class ServiceSite {
 public:
  explicit ServiceSite(std::unique_ptr<Transport> transport, const ServiceOptions& options = {},
                       std::size_t most_waiting = facade::kMostWaiting, Gate* gate = nullptr,
                       const std::vector<std::string>& trusted_proxies = {})
      : shared_(router_, Networks(trusted_proxies)),
        sessions_(loop.context, "/s", options, [this](Channel& opened) { listen(opened); }),
        facade_sessions_(
            loop.context, "/s", options, [this](Channel& opened) { listen(opened); }, {},
            Sessions::Kind::resumable) {
    transports_.push_back(std::move(transport));
    router_.mount("/s", std::make_unique<sockjs::SockjsService>(sessions_, transports_,
                                                                std::make_unique<facade::FacadeService>(
                                                                    facade_sessions_, transports_,
                                                                    [this](const ReportLine& line) {
                                                                      reported.push_back(
                                                                          std::string(line.service) + ' ' +
                                                                          std::string(line.network) + ' ' +
                                                                          std::string(line.text));
                                                                    },
                                                                    most_waiting, gate),
                                                                gate));
  }
  ServiceSite(const ServiceSite&) = delete;
  ServiceSite& operator=(const ServiceSite&) = delete;

  /// A new connection.
  FakeStream& connect() {
    streams_.push_back(std::make_unique<FakeStream>(loop));
    FakeStream& stream = *streams_.back();
    stream.set_owner(std::make_unique<http::Connection>(stream, shared_));
    return stream;
  }
  /// What the peer gets for `bytes`, without dates.
  static std::string ask(FakeStream& stream, std::string_view bytes) {
    stream.give(bytes);
    return undated(stream.sent());
  }
  std::string ask(std::string_view bytes) { return ask(connect(), bytes); }

  void send(std::string_view text) const { REQUIRE(channel->send(text)); }
  /// Sends, and ends the turn.
  void say(std::string_view text) {
    send(text);
    loop.turn.end();
  }
  std::vector<std::string> seen() { return std::exchange(events, {}); }
  std::size_t sessions() const { return sessions_.size(); }
  Sessions& plain() { return sessions_; }
  Sessions& facade() { return facade_sessions_; }
  std::size_t facade_sessions() const { return facade_sessions_.size(); }
  ServiceCounts counts() { return sessions_.counts().now(); }
  ServiceCounts facade_counts() { return facade_sessions_.counts().now(); }

  FakeLoop loop;
  Channel* channel = nullptr;  ///< the last that opened
  bool echoes = false;
  std::vector<std::string> events;
  std::string identity;               ///< of the last that opened
  std::string address;                ///< likewise
  std::vector<std::string> reported;  ///< by pages of the facade's: service, network and text

 private:
  void listen(Channel& opened) {
    channel = &opened;
    identity = opened.opening().identity;
    address = opened.opening().remote_address;
    opened.on_message([this, &opened](const Message& message) {
      if (echoes) {
        opened.send(message);
      } else {
        events.push_back("m:" + std::string(message.data()));
      }
    });
    opened.on_close([this](const CloseReason& reason) {
      events.push_back("c:" + std::to_string(reason.code) + " " + reason.text);
    });
  }

  std::vector<std::unique_ptr<FakeStream>> streams_;
  std::vector<std::unique_ptr<Transport>> transports_;
  http::Router router_;
  http::Shared shared_;
  Sessions sessions_;
  Sessions facade_sessions_;
};

using Seen = std::vector<std::string>;

}  // namespace encke::test
