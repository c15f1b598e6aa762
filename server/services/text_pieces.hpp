// Text out of a stream of bytes that is cut anywhere.
#pragma once

#include <string>
#include <string_view>

namespace encke::services {

/// Gives whole characters only. What is no UTF-8 becomes U+FFFD, as in replace_invalid_utf8().
class TextPieces {
 public:
  /// What `bytes` complete; perhaps nothing.
  std::string feed(std::string_view bytes);
  /// No more comes: what is left of a character that was cut off.
  std::string end();

 private:
  std::string begun_;  // of a character, at most 3 bytes
};

}  // namespace encke::services
