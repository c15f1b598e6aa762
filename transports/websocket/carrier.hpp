// The carrier that is a WebSocket: frames down, messages up, and the closing handshake.
//
//             session closes: close frame sent             peer's close frame
//   attached ───────────────────────────────▶ closing ──────────────────────▶ stream closed
//      │  peer's close frame: answered                       │ no answer in time
//      │  peer's mistake: close frame with its code          ▼
//      └────────────────────────────────────▶ stream closed  stream closed
#pragma once

#include "server/core/byte_stream.hpp"
#include "server/core/session.hpp"
#include "server/core/transport.hpp"
#include "transports/websocket/wire.hpp"

#include <memory>
#include <span>
#include <string>

namespace encke::websocket {

/// Owns the stream's events from set_owner() on. One session for life.
class SocketCarrier final : public Carrier, public ByteStream::Owner, private Turn::Task {
 public:
  SocketCarrier(ByteStream& stream, std::unique_ptr<Wire> wire, Framing framing);

  void attach(Session& session);

  Taken write(std::span<const Frame> frames) override;
  void finish(Detach why) override;
  bool answers_heartbeats() const override { return framing_ == Framing::sockjs && wire_->has_pings(); }

  void on_bytes(std::span<char> bytes) override;
  void on_drained() override;
  void on_lost() override;
  void on_deadline() override;

 private:
  void end_of_turn() override;
  bool take(const Event& event);
  void deliver(const Event& event);
  void close_by_peer(const CloseReason& reason, const CloseReason& answer);
  void append(const Frame& frame, std::string& out);
  bool backlogged() const;
  void resume_soon();

  ByteStream& stream_;
  std::unique_ptr<Wire> wire_;
  Session* session_ = nullptr;
  std::string held_;  // read, but not looked at until the backlog is gone
  Framing framing_;
  bool paused_ = false;
  bool close_sent_ = false;
  bool over_ = false;
};

}  // namespace encke::websocket
