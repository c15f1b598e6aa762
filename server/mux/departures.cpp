// Messages into pieces.
#include "server/mux/departures.hpp"

#include <algorithm>

namespace encke::mux {

void Departures::push(const Message& message) { messages_.push(message); }

void Departures::clear() {
  messages_.clear();
  offset_ = 0;
}

bool Departures::add_credit(std::uint32_t bytes) {
  if (bytes > kLargest - credit_) return false;
  credit_ += bytes;
  return true;
}

std::optional<Frame> Departures::next(std::uint32_t stream) const {
  if (empty() || credit_ < kPieceCost) return std::nullopt;
  const Message& message = messages_.held(0);
  const std::size_t left = message.size() - offset_;
  const std::size_t size = std::min({left, kPieceBytes, credit_ - kPieceCost});
  if (size < std::min(left, kLeastPiece)) return std::nullopt;
  return Frame{.stream = stream,
               .type = message.is_binary() ? Type::binary : Type::text,
               .more = size < left,
               .bytes = message.data().substr(offset_, size)};
}

void Departures::sent(const Frame& piece) {
  credit_ -= piece.bytes.size() + kPieceCost;
  if (piece.more) {
    offset_ += piece.bytes.size();
    return;
  }
  messages_.taken(1);
  messages_.acknowledge(messages_.next());
  offset_ = 0;
}

}  // namespace encke::mux
