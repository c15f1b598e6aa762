// What a browser sends up: a JSON array of messages (PROTOCOL 3.1).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace encke::sockjs {

enum class PayloadError : std::uint8_t {
  none,
  empty,      ///< no byte at all
  broken,     ///< not JSON, not UTF-8, or deeper than Payload::kMaxDepth
  not_array,  ///< JSON, but no array, and no string where that is allowed
};

/// What SockJS answers for an error, with status 500; empty for none.
std::string_view error_text(PayloadError error);

/// Parses one payload at a time; meant to be kept and used again, so that it need not allocate: a payload of
/// empty messages takes five times its own size here, so done() follows each.
class Payload {
 public:
  enum class Form : std::uint8_t {
    array,            ///< xhr_send, jsonp_send
    array_or_string,  ///< WebSocket: a bare JSON string is one message
  };
  static constexpr unsigned kMaxDepth = 64;  ///< arrays and objects in one another, the outermost included

  /// Parses all of `body`. After an error there are no messages: a payload arrives whole or not at all.
  PayloadError parse(std::string_view body, Form form);

  /// The messages, valid UTF-8, in order; views into `body` or into this object, valid until the next
  /// parse(). A member that is no string is given as JavaScript's String() would write it; half a surrogate
  /// pair as U+FFFD.
  std::span<const std::string_view> messages() const { return messages_; }

  /// Forgets the messages, and gives back what only an unusually large payload needs.
  void done();
  /// Bytes that it holds between payloads.
  std::size_t held() const { return messages_.capacity() * sizeof(std::string_view) + scratch_.capacity(); }

 private:
  std::vector<std::string_view> messages_;
  std::string scratch_;
};

}  // namespace encke::sockjs
