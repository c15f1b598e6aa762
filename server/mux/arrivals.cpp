// Messages from pieces.
#include "server/mux/arrivals.hpp"

#include "server/core/release.hpp"

namespace encke::mux {

namespace {

Arrivals::Taken wrong(std::uint16_t code, std::string text) {
  return {.fault = CloseReason{code, std::move(text)}};
}

}  // namespace

Arrivals::Taken Arrivals::take(const Frame& piece, std::size_t most) {
  if (kind_ && *kind_ != piece.type) {
    return wrong(close_code::kProtocolError, "a message began as text or binary and went on as the other");
  }
  if (piece.bytes.size() > most || held_.size() > most - piece.bytes.size()) {
    return wrong(close_code::kTooBig, "a message has more than " + std::to_string(most) + " bytes");
  }
  const bool text = piece.type == Type::text;
  if (text && !(text_.feed(piece.bytes) && (piece.more || text_.complete()))) {
    return wrong(close_code::kInvalidData, "a text message is not UTF-8");
  }
  if (!kind_ && !piece.more) {
    return {.message = text ? Message::text(piece.bytes) : Message::binary(piece.bytes)};
  }
  kind_ = piece.type;
  held_ += piece.bytes;
  if (piece.more) return {};
  Taken taken{.message = text ? Message::text(held_) : Message::binary(held_)};
  clear();
  return taken;
}

void Arrivals::clear() {
  release(held_);
  text_.reset();
  kind_.reset();
}

}  // namespace encke::mux
