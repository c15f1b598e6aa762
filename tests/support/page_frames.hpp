// The frames of the facade's protocol as text, from the page's end (PROTOCOL 6.2 to 6.4).
#pragma once

#include <encke/close.hpp>
#include <encke/message.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace encke::test {

/// What the server said: one frame down.
struct PageFrame {
  enum class Kind : std::uint8_t { messages, acknowledgement, beginning, heartbeat, close, refusal };
  Kind kind = Kind::heartbeat;
  std::vector<Message> messages;  ///< for `messages`, at least one
  std::uint64_t number = 0;       ///< for `acknowledgement`: all below it has been delivered; for
                                  ///< `beginning`: the carrier's next message
  CloseReason reason;             ///< for `close`; for `refusal` the code is the HTTP status
};

/// Nothing for what is no frame that a server may send.
std::optional<PageFrame> parse_page_frame(std::string_view text);

/// The number that "12" is: decimal, no sign, no blank, no zero before it, at most 2^53 - 1.
std::optional<std::uint64_t> parse_number(std::string_view text);

/// `k12`.
std::string acknowledgement_frame(std::uint64_t number);
/// `c[1000,"bye"]`.
std::string close_frame(const CloseReason& reason);

/// Frames that hold messages, one after the other, with a line end between two. Neighbours of one kind share
/// a frame: `a["x","y"]`, line end, `bAAEC`.
class MessageFrames {
 public:
  /// Adds `message` unless there are others and it would make the text longer than `limit`; then it is false.
  bool add(const Message& message, std::size_t limit);
  const std::string& text() const { return text_; }
  std::string take();

 private:
  std::string text_;
  char last_ = 0;  // the letter of the last frame; 0: there is none
};

/// The answer to an opening request, or to a script's as it stands between the quotes.
struct PageOpening {
  std::string session;
  std::uint64_t heartbeat_ms = 0;
  std::uint64_t resume_window_ms = 0;
  std::size_t window = 0;
  std::size_t max_message_bytes = 0;
  std::vector<std::string> transports;
  std::vector<std::string> hosts;
};

/// Nothing for what is not an opening of version 1 with all its members.
std::optional<PageOpening> parse_opening(std::string_view json);

}  // namespace encke::test
