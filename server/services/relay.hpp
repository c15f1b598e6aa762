// A session that is connected to a TCP server.
//
//   dialing ──▶ joined ──▶ half    the server has ended its side; what the page sends still goes
//      │           │         │
//      └───────────┴─────────┴───▶ over   the channel closes, or has closed; the connection ends in order
#pragma once

#include "server/core/byte_stream.hpp"
#include "server/net/dialer.hpp"
#include "server/net/workers.hpp"
#include "server/services/route.hpp"
#include "server/services/text_pieces.hpp"

#include <encke/channel.hpp>
#include <encke/tcp_options.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace encke::services {

/// What the sessions of one gateway share. Immutable.
struct GatewayPlan {
  TcpOptions options;
  std::shared_ptr<const net::TlsClient> tls;  ///< null: none
};

/// Bytes go both ways, and whoever does not keep up stops the other one: what the server does not take holds
/// the page back, what the page does not take is not read from the server. Lives as long as its channel or
/// its connection holds it.
class Relay final : public std::enable_shared_from_this<Relay> {
  struct Private {};

 public:
  /// Sets the channel's handlers, and begins to connect to what `route` names; `channel` has slow_reader
  /// block. `client` is the page's address.
  static void join(net::Loop& loop, std::shared_ptr<const GatewayPlan> plan, std::unique_ptr<Route> route,
                   const std::optional<Address>& client, Channel& channel);

  Relay(Private, net::Loop& loop, std::shared_ptr<const GatewayPlan> plan, std::unique_ptr<Route> route,
        const std::optional<Address>& client, Channel& channel);
  ~Relay();
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

 private:
  class End;

  // ---- the connection ----
  void dial_next();
  void dialed(const net::Dialed& dialed);
  void joined(net::MovingConnection& connection);
  void take(std::span<const char> bytes);
  bool server_ended();
  void server_lost();
  void end_stream();
  /// Something came or went.
  void touch();

  // ---- the channel ----
  void give(const Message& message);
  void offer(const Message& message);
  void flush_text();
  void found_room();
  void left(std::uint16_t code);
  /// Closes the channel behind what is still to be given to it.
  void finish(std::uint16_t code, std::string_view reason);

  net::Loop& loop_;
  const std::shared_ptr<const GatewayPlan> plan_;
  Channel* channel_;  // null once it has closed
  const std::optional<Address> client_;
  const std::unique_ptr<Route> route_;
  std::unique_ptr<net::Dial> dial_;
  ByteStream* stream_ = nullptr;
  TextPieces text_;
  std::optional<Message> refused_;    // for want of room in the channel
  std::optional<CloseReason> close_;  // once that has been given to it
  bool holds_page_ = false;
};

}  // namespace encke::services
