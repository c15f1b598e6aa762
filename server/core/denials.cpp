// What a service has refused to let in, in words for the log.
#include "server/core/denials.hpp"

namespace encke {

namespace {

constexpr std::size_t kLongestOrigin = 120;

}  // namespace

std::string legible_origin(std::string_view origin) {
  std::string text(origin.substr(0, kLongestOrigin));
  for (char& letter : text) {
    if (letter <= ' ' || letter >= '\x7f') letter = '?';  // and, where char is signed, what is no ASCII
  }
  return origin.size() > kLongestOrigin ? text + "..." : text;
}

void Denials::tell(const Denied& denied, std::uint64_t since, const std::string& address) const {
  std::string text = std::to_string(since) + (since == 1 ? " request" : " requests");
  text += denied.why == Denial::origin ? " refused for their origin" : " refused for want of access";
  text += "; the last was of " + address + ", with " + std::to_string(denied.status);
  text +=
      denied.origin.empty() ? ", and told no origin" : ", from a page of " + legible_origin(denied.origin);
  trouble_(text);
}

}  // namespace encke
