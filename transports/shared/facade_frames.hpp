// The frames of the facade's protocol (PROTOCOL 6.3, 6.4), as they leave and as they come.
#pragma once

#include "server/core/result.hpp"
#include "server/core/resumption.hpp"
#include "server/core/transport.hpp"

#include "transports/shared/facade_timings.hpp"

#include <encke/close.hpp>
#include <encke/message.hpp>
#include <encke/service_options.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace encke::facade {

/// Appends the one frame that the first of `frames` begins: consecutive messages of one kind join, up to
/// about `bytes` of them. Returns how many of `frames`, which must not be empty, it stands for.
std::size_t append_frame(std::span<const Frame> frames, std::size_t bytes, std::string& out);

/// Appends `e[status,"text"]`.
void append_refusal(const PeerError& error, std::string& out);

/// A number as it stands on the wire: decimal digits without a leading zero, at most kLargestNumber.
std::optional<std::uint64_t> parse_number(std::string_view digits);

/// What a body, or one WebSocket message, said. Kept and used again.
struct Letter {
  std::vector<Message> messages;
  std::optional<std::uint64_t> received;  ///< `k`
  std::optional<CloseReason> close;       ///< `c`
  bool asks = false;                      ///< `q`, or nothing at all
  std::optional<SampleFrame> sample{};    ///< `t`

  void clear();
};

/// What a letter may hold.
struct LetterLimits {
  std::size_t message_bytes;  ///< of one message
  std::size_t messages;       ///< or else commas alone would be messages, each many times as large in memory
};
/// Twice as many messages as the window lets a page have on their way.
LetterLimits limits_of(const ServiceOptions& options);

/// Reads frames with a line feed between them. After an error `letter` means nothing.
Result<void> parse_letter(std::string_view body, const LetterLimits& limits, Letter& letter);

/// A letter of one binary message, as a WebSocket brings it.
Result<void> take_binary(std::string_view bytes, const LetterLimits& limits, Letter& letter);

/// Reads `r[N,A,S]`, the first frame up on a socket.
struct SocketJoining {
  Joining joining;
  std::uint64_t first = 0;  ///< S
};
Result<SocketJoining> parse_joining(std::string_view frame);

}  // namespace encke::facade
