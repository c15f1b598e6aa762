// How a socket of hixie-76 or hybi-01 becomes a session's: once the client's 8 bytes have come.
#pragma once

#include "server/core/byte_stream.hpp"
#include "server/core/guard.hpp"
#include "server/core/sessions.hpp"
#include "transports/shared/socket_opening.hpp"
#include "transports/websocket/wire.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace encke::websocket {

using sockets::OpeningFacts;

/// Owns the stream until the 8 bytes that follow the handshake have come, answers them with 16, and gives way
/// to the session's carrier.
class ChallengeOpening final : public ByteStream::Owner {
 public:
  ChallengeOpening(ByteStream& stream, Sessions& sessions, SpokenWire wire, Framing framing,
                   OpeningFacts facts, std::uint32_t number1, std::uint32_t number2);

  void on_bytes(std::span<char> bytes) override;
  void on_lost() override {}
  void on_deadline() override {
    count_refused(stream_, Refusal::late);
    stream_.abort();
  }

 private:
  ByteStream& stream_;
  Sessions& sessions_;
  const Sessions::Hold hold_;
  SpokenWire wire_;
  OpeningFacts facts_;
  std::string bytes_;
  std::uint32_t number1_;
  std::uint32_t number2_;
  Framing framing_;
};

}  // namespace encke::websocket
