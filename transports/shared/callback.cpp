// The callback parameter of transports that answer with script.
#include "transports/shared/callback.hpp"

#include "transports/shared/form.hpp"

#include <algorithm>

namespace encke::sockjs {

Result<std::string> callback_of(const http::Request& request, std::size_t longest) {
  std::string callback = percent_decode(request.parameter("c"), true);
  if (callback.empty()) callback = percent_decode(request.parameter("callback"), true);
  if (callback.empty()) return PeerError{.status = 500, .text = "\"callback\" parameter required"};
  const bool plain = std::all_of(callback.begin(), callback.end(), [](char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
           (letter >= '0' && letter <= '9') || letter == '-' || letter == '_' || letter == '.';
  });
  if (!plain || callback.size() > longest) {
    return PeerError{.status = 500, .text = "invalid \"callback\" parameter"};
  }
  return callback;
}

}  // namespace encke::sockjs
