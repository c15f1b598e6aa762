#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "transports/websocket/event.hpp"

namespace encke::websocket {

/// The number that a Sec-WebSocket-Key1 or -Key2 hides: its digits divided by its count of spaces. Nothing if
/// it has no digits or over 19, no space, does not divide evenly, or gives more than 32 bits.
std::optional<std::uint32_t> hixie76_key_number(std::string_view key);

/// hixie-75's whole response. Browsers compare its first 85 bytes as they are. As hixie76_head otherwise.
std::string hixie75_head(std::string_view origin, std::string_view location, std::string_view protocol);

/// hixie-76's response up to and with its empty line. To be sent at once: proxies hold back the client's last
/// 8 bytes until they see it. `location` is ws[s]://host[:port]/path?query as the page wrote it; `origin` and
/// `protocol` are left out where empty. None may hold a CR or LF.
std::string hixie76_head(std::string_view origin, std::string_view location, std::string_view protocol);

/// The 16 bytes that follow the head: the MD5 of both keys' numbers and of the 8 bytes after the request's
/// head.
std::string hixie76_answer(std::uint32_t number1, std::uint32_t number2, std::string_view eight_bytes);

/// The framing of hixie-76 and hixie-75 from a client. Holds a buffer only while a text is there in part.
/// Frames that are no text are read and dropped, as the drafts say.
class HixieDecoder {
 public:
  /// `has_close`: a frame of length zero that begins with FF closes, as in hixie-76; hixie-75 drops it.
  HixieDecoder(std::size_t max_message, bool has_close) : max_message_(max_message), has_close_(has_close) {}

  /// As Decoder::next. Gives text, close and error; a text's invalid UTF-8 is replaced with U+FFFD. The
  /// dialect has no close codes on the wire: an event's code is for the log.
  Event next(std::span<char>& input);
  /// As Decoder::begun; what is dropped is a message too.
  Begun begun() const;

 private:
  enum class State : std::uint8_t { lead, text, drop_until_ff, length, drop_bytes, over };

  Event take_text(std::span<char>& input);
  Event take_length(std::span<char>& input);
  Event fail(std::uint16_t code, std::string_view reason);

  std::size_t max_message_;
  std::string partial_;      // text so far; or of the last event
  std::uint64_t count_ = 0;  // bytes dropped, or still to drop, or the length so far
  State state_ = State::lead;
  std::uint8_t groups_ = 0;  // of the length
  bool has_close_;
  bool may_close_ = false;  // the lead byte was FF
  bool spent_ = false;
};

/// Appends a text frame. The byte that ends it never occurs in UTF-8; what is not UTF-8 is replaced with
/// U+FFFD.
void hixie_encode_text(std::string_view text, std::string& out);

/// Appends the closing frame.
void hixie76_encode_close(std::string& out);

}  // namespace encke::websocket
