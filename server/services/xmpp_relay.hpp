// A session that is connected to a server of XMPP.
//
//   asked for <open/> ──▶ dialing ──▶ open ──▶ ending    <close/>, or </stream:stream>, went or came
//          │                 │          │         │
//          └─────────────────┴──────────┴─────────┴───▶ over   the channel closes, or has closed
#pragma once

#include "server/core/byte_stream.hpp"
#include "server/net/workers.hpp"
#include "server/services/backend_call.hpp"
#include "server/services/backends.hpp"
#include "server/services/xmpp_message.hpp"
#include "server/services/xmpp_stanzas.hpp"

#include <encke/channel.hpp>
#include <encke/xmpp_options.hpp>

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace encke::services::xmpp {

/// What the sessions of one gateway share. Immutable but for the backends.
struct Plan {
  XmppOptions options;
  std::shared_ptr<const net::TlsClient> tls;  ///< null: none
  std::shared_ptr<Backends> backends;

  /// How a server is connected to for a stream with `header`; PROXY is not among it.
  net::DialOptions dial_options(const Header& header) const;
};

/// Stanzas go both ways, each a message. Whoever does not keep up stops the other one. Lives as long as its
/// channel or its connection holds it.
class Relay final : public std::enable_shared_from_this<Relay> {
  struct Private {};

 public:
  /// How long a page has to answer <close/>, and a server its end, before they are left.
  static constexpr Millis kEndTime{3'000};

  /// Sets the channel's handlers; `channel` has slow_reader block.
  static void join(net::Loop& loop, std::shared_ptr<const Plan> plan, Channel& channel);

  Relay(Private, net::Loop& loop, std::shared_ptr<const Plan> plan, Channel& channel);
  ~Relay();
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

 private:
  class End;
  class Patience;

  // ---- the connection ----
  void dial();
  void joined(net::MovingConnection& connection);
  void open_stream();
  void take(std::string_view bytes);
  void take_event(StreamEvent& event);
  void server_ended();
  void server_lost();
  void server_silent();
  void end_stream();
  /// Something came or went.
  void touch();

  // ---- the channel ----
  void give(const Message& message);
  void give_open(PageMessage& message);
  void give_close();
  void write(std::string_view text);
  void offer(std::string text);
  void found_room();
  void hold_page();
  void release_page();
  void left();
  /// The time is up that patience_ was set for.
  void lose_patience();
  /// Tells the page <close/> and gives it time to answer, when the channel closes with these.
  void end_page(std::uint16_t code, std::string_view reason);
  /// As end_page(), behind a stream's error that says why.
  void fail_page(std::uint16_t code, std::string_view reason, const Fault& fault);
  /// Closes the channel behind what is still to be given to it.
  void finish();

  net::Loop& loop_;
  const std::shared_ptr<const Plan> plan_;
  Channel* channel_;  // null once it has closed
  const std::optional<Address> client_;
  BackendCall call_;
  ByteStream* stream_ = nullptr;
  Header header_;                       // as the page asked for it
  std::optional<StanzaReader> reader_;  // once a stream was opened to the server
  std::unique_ptr<Patience> patience_;  // with whoever is to begin, or to end
  std::deque<std::string> refused_;     // for want of room in the channel
  std::optional<CloseReason> close_;    // once the page was told <close/>
  bool asked_ = false;                  // the page has asked for a stream
  bool told_open_ = false;              // the page was told <open/>
  bool may_restart_ = false;            // the server has said that authentication succeeded
  bool page_closed_ = false;            // the page has said <close/>
  bool finishing_ = false;              // the channel closes once nothing is refused
  bool holds_page_ = false;
};

}  // namespace encke::services::xmpp
