// How a socket becomes a session's; of hixie-76 and hybi-01 only once the client's 8 bytes have come.
#pragma once

#include "server/core/byte_stream.hpp"
#include "server/core/sessions.hpp"
#include "transports/websocket/wire.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace encke::websocket {

/// What opens a session: kept here because the request is gone when a session is opened late.
struct OpeningFacts {
  std::string origin;
  std::string_view protocol;  ///< of the service's options
  std::string remote_address;
  std::string key{};          ///< of a facade's session
  std::string told_origin{};  ///< by whatever field
};

/// The most bytes that a message of the WebSocket may have. A session's own may have fewer: the facade's
/// stand in frames.
std::size_t longest_message(const Sessions& sessions, Framing framing);

/// Opens a session over `stream`, whose owner becomes its carrier; `unread` is what the peer has sent
/// already.
void open_session(ByteStream& stream, Sessions& sessions, std::unique_ptr<Wire> wire, Framing framing,
                  const OpeningFacts& facts, std::string unread);

/// Owns the stream until the 8 bytes that follow the handshake have come, answers them with 16, and gives way
/// to the session's carrier.
class ChallengeOpening final : public ByteStream::Owner {
 public:
  ChallengeOpening(ByteStream& stream, Sessions& sessions, std::unique_ptr<Wire> wire, Framing framing,
                   OpeningFacts facts, std::uint32_t number1, std::uint32_t number2);

  void on_bytes(std::span<char> bytes) override;
  void on_lost() override {}
  void on_deadline() override { stream_.abort(); }

 private:
  ByteStream& stream_;
  Sessions& sessions_;
  std::unique_ptr<Wire> wire_;
  OpeningFacts facts_;
  std::string bytes_;
  std::uint32_t number1_;
  std::uint32_t number2_;
  Framing framing_;
};

}  // namespace encke::websocket
