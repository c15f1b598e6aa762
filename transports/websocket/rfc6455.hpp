#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "server/core/utf8.hpp"
#include "transports/websocket/event.hpp"
#include "transports/websocket/limits.hpp"

namespace encke::websocket {

enum class Opcode : std::uint8_t { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

/// The server's side of RFC 6455 framing: bytes of one client in, messages and control frames out.
/// Holds a buffer only while a message or a control frame is there in part; a message that is whole in the
/// input is delivered in place. It remembers as many bytes as it has received of a message, never what a
/// length announces.
class Decoder {
 public:
  /// `deflate`: whether permessage-deflate was negotiated, so that RSV1 may mark a compressed message.
  Decoder(Limits limits, bool deflate);

  /// Takes bytes off the front of `input` (unmasking them in place) until there is something to tell. Call it
  /// again until it says need_more; it then has taken all, and holds no memory of what it has delivered.
  /// After close and error it takes all and says need_more. It calls nothing, so it may be destroyed after
  /// any event.
  Event next(std::span<char>& input);
  /// Whether it remembers nothing: another with the same limits would go on alike.
  bool at_rest() const {
    return state_ == State::header && header_size_ == 0 && message_ == Opcode::continuation && !partial_;
  }

  /// What has begun to come, when next() has said need_more.
  Begun begun() const;

 private:
  enum class State : std::uint8_t { header, data, control, over };
  enum class Spent : std::uint8_t { nothing, control, everything };
  struct Problem {
    std::uint16_t code = 0;
    std::string_view text;
  };
  struct Partial {
    std::string message;  // payload of the open message so far
    std::string control;  // payload of the open control frame so far
  };
  static constexpr std::size_t kMaxHeader = 14;

  Problem take_header(std::span<char>& input);
  Problem parse_header(const unsigned char* bytes, std::size_t have, std::size_t& size);
  Problem check_first_byte(unsigned char byte) const;
  Problem check_size(unsigned char first, std::uint64_t length);
  void enter_frame(unsigned char first, std::uint64_t length);
  std::span<char> take_payload(std::span<char>& input);
  Event take_data(std::span<char>& input);
  Event take_control(std::span<char>& input);
  Event end_with_close(std::string_view payload);
  Event fail(Problem problem);
  Partial& partial();
  void release();

  Limits limits_;
  std::unique_ptr<Partial> partial_;
  std::uint64_t remaining_ = 0;  // payload bytes of the current frame still to come
  std::uint32_t mask_ = 0;       // as in memory, turned so that the next byte's key comes first
  std::uint32_t empty_fragments_ = 0;
  Utf8Validator utf8_;
  State state_ = State::header;
  Spent spent_ = Spent::nothing;           // what of partial_ the last event showed
  Opcode frame_ = Opcode::continuation;    // of the current frame
  Opcode message_ = Opcode::continuation;  // of the open message; continuation: none is open
  bool final_ = false;                     // the current frame's FIN
  bool compressed_ = false;                // the open message's RSV1
  bool deflate_;
  std::uint8_t header_size_ = 0;
  std::array<unsigned char, kMaxHeader> header_;  // the start of a header that came in part
};

/// The bytes before a server's payload, for writes that gather: send view(), then the payload as it is.
struct FrameHeader {
  std::array<char, 10> bytes;
  std::uint8_t size = 0;
  std::string_view view() const { return {bytes.data(), size}; }
};

/// The header of an unfragmented frame. `compressed` sets RSV1.
FrameHeader frame_header(Opcode opcode, std::uint64_t payload_size, bool compressed = false);

/// Appends one whole unmasked frame. A control payload has at most 125 bytes.
void encode_frame(Opcode opcode, std::string_view payload, std::string& out, bool compressed = false);

/// Appends a close frame; 1005 means one without a body. The reason is cut to 123 bytes between two
/// characters, and what is not UTF-8 in it is replaced.
void encode_close(std::uint16_t code, std::string_view reason, std::string& out);

}  // namespace encke::websocket
