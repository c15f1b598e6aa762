// permessage-deflate without context takeover: zlib's raw deflate, a reset for each message (RFC 7692
// section 7.2).
#include "transports/websocket/deflate.hpp"

#include <encke/close.hpp>

#include <zlib.h>

#include <algorithm>
#include <cassert>

namespace encke::websocket {
namespace {

constexpr std::string_view kTail("\x00\x00\xFF\xFF", 4);  // ends each message; left out on the wire
constexpr int kMinWindowBits = 9;                         // zlib cannot do 8 in raw deflate
constexpr int kMaxWindowBits = 15;
constexpr std::size_t kChunk = 16384;
constexpr std::size_t kMaxZlibInput = 1U << 30;  // zlib counts in unsigned int

// zlib does not write through next_in; its type has no const unless asked for.
Bytef* zlib_input(std::string_view bytes) {
  return const_cast<Bytef*>(reinterpret_cast<const Bytef*>(bytes.data()));
}

// The smallest window that reaches back over the whole message: a match may not use the last 262 bytes of a
// window.
int enough_window_bits(std::size_t message_size) {
  int bits = kMinWindowBits;
  while (bits < kMaxWindowBits && message_size + 262 > std::size_t{1} << bits) ++bits;
  return bits;
}

}  // namespace

// ---- Compressor ----

struct Compressor::Stream {
  z_stream z{};
  bool ready = false;
  // Tables in step with the window: a reset clears them, and for a small message that is most of the work.
  Stream(int level, int bits) {
    ready = deflateInit2(&z, level, Z_DEFLATED, -bits, std::min(bits - 6, 8), Z_DEFAULT_STRATEGY) == Z_OK;
  }
  ~Stream() {
    if (ready) deflateEnd(&z);
  }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
};

Compressor::Compressor(int level) : level_(level) {}
Compressor::~Compressor() = default;

Compressor::Stream* Compressor::stream_for(std::size_t message_size, int window_bits) {
  const int bits = std::min(window_bits, enough_window_bits(message_size));
  std::unique_ptr<Stream>& slot = streams_[static_cast<std::size_t>(bits - kMinWindowBits)];
  if (!slot) slot = std::make_unique<Stream>(level_, bits);
  if (!slot->ready || deflateReset(&slot->z) != Z_OK) {
    slot.reset();
    return nullptr;
  }
  return slot.get();
}

bool Compressor::compress(std::string_view message, int window_bits, std::string& out) {
  assert(window_bits >= kMinWindowBits && window_bits <= kMaxWindowBits);
  if (message.empty()) {
    out.push_back('\0');  // the header of an empty stored block (section 7.2.3.6)
    return true;
  }
  Stream* const stream = stream_for(message.size(), window_bits);
  if (stream == nullptr) return false;
  z_stream& z = stream->z;
  const std::size_t start = out.size();
  Bytef chunk[kChunk];
  do {
    const std::string_view piece = message.substr(0, kMaxZlibInput);
    message.remove_prefix(piece.size());
    z.next_in = zlib_input(piece);
    z.avail_in = static_cast<uInt>(piece.size());
    do {
      z.next_out = chunk;
      z.avail_out = sizeof chunk;
      if (deflate(&z, message.empty() ? Z_SYNC_FLUSH : Z_NO_FLUSH) == Z_STREAM_ERROR) {
        out.resize(start);
        return false;
      }
      out.append(reinterpret_cast<const char*>(chunk), sizeof chunk - z.avail_out);
    } while (z.avail_out == 0);
  } while (!message.empty());
  assert(std::string_view(out).substr(start).ends_with(kTail));
  out.resize(out.size() - kTail.size());
  return true;
}

// ---- Decompressor ----

struct Decompressor::Stream {
  z_stream z{};
  bool ready = false;
  Stream() { ready = inflateInit2(&z, -kMaxWindowBits) == Z_OK; }
  ~Stream() {
    if (ready) inflateEnd(&z);
  }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
};

Decompressor::Decompressor() = default;
Decompressor::~Decompressor() = default;

Decompressor::Result Decompressor::inflate(std::string_view compressed, std::size_t max_out,
                                           std::string& out) {
  if (compressed.empty()) return {};  // should have been 00, but can mean nothing else
  if (!stream_) stream_ = std::make_unique<Stream>();
  if (!stream_->ready || inflateReset(&stream_->z) != Z_OK) {
    stream_.reset();
    return {close_code::kInternalError, "no memory to inflate the message"};
  }
  const std::size_t start = out.size();
  const Result result = run(compressed, max_out, out);
  if (!result) out.resize(start);
  return result;
}

Decompressor::Result Decompressor::run(std::string_view compressed, std::size_t max_out, std::string& out) {
  z_stream& z = stream_->z;
  std::size_t room = max_out;
  bool at_end =
      false;  // a block said that it is the last one (section 7.2.3.5); more may follow all the same
  bool tail_fed = false;
  Bytef chunk[kChunk];
  z.avail_in = 0;
  for (;;) {
    if (z.avail_in == 0) {
      if (compressed.empty()) {
        if (tail_fed || at_end) break;
        compressed = kTail;
        tail_fed = true;
      }
      const std::string_view piece = compressed.substr(0, kMaxZlibInput);
      compressed.remove_prefix(piece.size());
      z.next_in = zlib_input(piece);
      z.avail_in = static_cast<uInt>(piece.size());
    }
    if (at_end && inflateReset(&z) != Z_OK)
      return {close_code::kInternalError, "no memory to inflate the message"};
    at_end = false;
    int status = Z_OK;
    do {
      z.next_out = chunk;
      z.avail_out = sizeof chunk;
      status = ::inflate(&z, Z_SYNC_FLUSH);
      if (status == Z_DATA_ERROR || status == Z_NEED_DICT || status == Z_STREAM_ERROR) {
        return {close_code::kInvalidData, "compressed message is broken; expected raw deflate data"};
      }
      if (status == Z_MEM_ERROR) return {close_code::kInternalError, "no memory to inflate the message"};
      const std::size_t produced = sizeof chunk - z.avail_out;
      if (produced > room) {
        text_ = "message too big; at most " + std::to_string(max_out) + " bytes are allowed once inflated";
        return {close_code::kTooBig, text_};
      }
      room -= produced;
      out.append(reinterpret_cast<const char*>(chunk), produced);
    } while (status != Z_STREAM_END && z.avail_out == 0);
    at_end = status == Z_STREAM_END;
  }
  // Without the tail's empty stored block at the very end the data stopped in the middle of another block.
  const bool between_blocks = !at_end && (z.data_type & 128) != 0 && (z.data_type & 63) == 0;
  if (tail_fed && !between_blocks) {
    return {close_code::kInvalidData, "compressed message ends too soon; expected whole deflate blocks"};
  }
  return {};
}

}  // namespace encke::websocket
