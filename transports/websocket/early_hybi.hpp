// The framing of hybi-01 to hybi-06: as RFC 6455's, but with other opcodes, and masked not at all or as a
// whole, the header too.
#pragma once

#include "transports/websocket/event.hpp"
#include "transports/websocket/limits.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace encke::websocket {

/// How these drafts differ on the wire.
struct EarlyGrammar {
  enum class Mask : std::uint8_t {
    none,    ///< hybi-01 to -03
    key,     ///< hybi-05, -06: four bytes before each frame, over all of it, again and again
    hashed,  ///< hybi-04: the SHA-1 of those four bytes and of `masking_key`, again and again
  };
  enum class Close : std::uint8_t {
    echo,    ///< hybi-01 to -04: a body without meaning, sent back as it came; ours has none
    letter,  ///< hybi-05: the server's is the letter S
    code,    ///< hybi-06: as in RFC 6455
  };

  bool top_bit_means_more = false;  ///< hybi-01 to -03; later it means that the frame is the last
  Mask mask = Mask::none;
  Close close = Close::echo;
  std::array<char, 20> masking_key{};  ///< of `hashed`
};

EarlyGrammar hybi01_grammar();
/// `masking_key`: what hybi04_masking_key() gave.
EarlyGrammar hybi04_grammar(const std::array<char, 20>& masking_key);
EarlyGrammar hybi05_grammar();
EarlyGrammar hybi06_grammar();

/// What the keys of both sides, in base64 as they were sent, make of a connection of hybi-04.
std::array<char, 20> hybi04_masking_key(std::string_view client_key, std::string_view server_nonce);

enum class EarlyOpcode : std::uint8_t {
  continuation = 0,
  close = 1,
  ping = 2,
  pong = 3,
  text = 4,
  binary = 5
};

/// The server's side. Holds a buffer only while a message or a control frame is there in part, and as many
/// bytes of it as have come, never what a length announces. Invalid UTF-8 is replaced with U+FFFD, as these
/// drafts say.
class EarlyDecoder {
 public:
  EarlyDecoder(Limits limits, const EarlyGrammar& grammar);

  /// As Decoder::next. A close without a code comes with 1005; its `payload` is the body as it came.
  Event next(std::span<char>& input);
  /// As Decoder::begun.
  Begun begun() const;

 private:
  enum class State : std::uint8_t { mask, header, payload, over };
  static constexpr std::size_t kMaxHeader = 10;
  static constexpr std::size_t kMaskBytes = 4;

  void begin_frame();
  void take_mask(char byte);
  Event take_header(unsigned char byte);
  Event check_order();
  Event enter_payload();
  Event take_payload(std::span<char>& input);
  Event end_frame();
  Event end_with_close();
  Event fail(std::uint16_t code, std::string_view reason);
  bool is_control() const;
  char unmasked(char byte);

  EarlyGrammar grammar_;
  Limits limits_;
  std::string message_;  // of the open message so far, or of the last event
  std::string control_;  // of the open control frame so far, or of the last event
  std::uint64_t remaining_ = 0;
  std::uint32_t empty_fragments_ = 0;
  std::array<char, 20> key_{};  // of the frame in hand
  std::array<unsigned char, kMaxHeader> header_{};
  State state_ = State::mask;
  std::uint8_t mask_size_ = 0;  // of the four bytes, those that are there
  std::uint8_t key_at_ = 0;
  std::uint8_t header_size_ = 0;
  EarlyOpcode frame_ = EarlyOpcode::continuation;
  EarlyOpcode open_ = EarlyOpcode::continuation;  // the open message's; continuation: none is open
  bool final_ = false;
  bool spent_ = false;  // the last event showed what the buffers hold
};

/// Appends one whole frame; servers never mask.
void early_encode_frame(bool top_bit_means_more, EarlyOpcode opcode, std::string_view payload,
                        std::string& out);

/// The body of a close frame: `peer_body` is the peer's where it closed first.
std::string early_close_body(const EarlyGrammar& grammar, std::uint16_t code, std::string_view reason,
                             std::string_view peer_body);

}  // namespace encke::websocket
