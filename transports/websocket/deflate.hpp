#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace encke::websocket {

/// What was agreed of permessage-deflate (RFC 7692). Neither side ever keeps a window from message to
/// message, so a connection has no state besides this.
struct DeflateParameters {
  /// The largest window that we may use: 9 to 15 bits.
  int server_window_bits = 15;
  /// Whether the offer named it, so that the answer must.
  bool names_window_bits = false;

  /// The value of our Sec-WebSocket-Extensions header.
  std::string header() const;
};

/// The first offer in a Sec-WebSocket-Extensions header (several: joined with commas) that we can accept.
/// Unknown extensions, malformed offers and offers with unknown, repeated or impossible parameters are passed
/// over. Reads each byte once.
std::optional<DeflateParameters> negotiate(std::string_view sec_websocket_extensions);

/// Deflates messages, each on its own. One for a whole loop: it serves every connection, and holds up to
/// seven zlib streams, made when first needed.
class Compressor {
 public:
  /// `level`: zlib's, 1 (quick) to 9 (small).
  explicit Compressor(int level = 6);
  ~Compressor();
  Compressor(const Compressor&) = delete;
  Compressor& operator=(const Compressor&) = delete;

  /// Appends the payload of the compressed message (without its 00 00 FF FF). `window_bits`: 9 to 15, what
  /// the other side was promised. False, and `out` as it was, if there is no memory for it.
  bool compress(std::string_view message, int window_bits, std::string& out);

 private:
  struct Stream;
  Stream* stream_for(std::size_t message_size, int window_bits);

  int level_;
  std::array<std::unique_ptr<Stream>, 7> streams_;  // for windows of 9 to 15 bits
};

/// Inflates messages, each on its own. One for a whole loop.
class Decompressor {
 public:
  struct Result {
    std::uint16_t code = 0;  ///< 0: done; else the close code
    std::string_view text;   ///< what was wrong and what was expected; valid until the next call
    explicit operator bool() const { return code == 0; }
  };

  Decompressor();
  ~Decompressor();
  Decompressor(const Decompressor&) = delete;
  Decompressor& operator=(const Decompressor&) = delete;

  /// Appends what the payload of a compressed message inflates to, at most `max_out` bytes: an attempt to
  /// give more ends at that point with 1009; broken or unfinished data with 1007. On failure `out` is as it
  /// was.
  Result inflate(std::string_view compressed, std::size_t max_out, std::string& out);

 private:
  struct Stream;
  Result run(std::string_view compressed, std::size_t max_out, std::string& out);

  std::unique_ptr<Stream> stream_;
  std::string text_;
};

}  // namespace encke::websocket
