// The messages that come in one stream, put together from their pieces.
#pragma once

#include "server/core/utf8.hpp"
#include "server/mux/frames.hpp"

#include <encke/close.hpp>
#include <encke/message.hpp>

#include <cstddef>
#include <optional>
#include <string>

namespace encke::mux {

/// Holds memory only while a message has come in part.
class Arrivals {
 public:
  struct Taken {
    std::optional<Message> message{};    ///< that the piece was the last of
    std::optional<CloseReason> fault{};  ///< what the stream is to be closed with
  };
  /// The next piece, of a message of `most` bytes at most.
  Taken take(const Frame& piece, std::size_t most);

  /// Bytes that are held.
  std::size_t size() const { return held_.size(); }
  void clear();

 private:
  std::string held_;
  Utf8Validator text_;
  std::optional<Type> kind_;  // of the message that has begun
};

}  // namespace encke::mux
