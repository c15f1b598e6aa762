// How a raw socket begins.
#include "transports/flash/hello.hpp"

#include "transports/flash/frames.hpp"

#include <algorithm>
#include <cassert>
#include <string>
#include <utility>

namespace encke::flash {

namespace {

constexpr std::string_view kVersion = "1";
constexpr std::size_t kLongestVersion = 8;
constexpr std::string_view kBeforeKey = "/encke.1/";
constexpr std::string_view kLeaf = "/flash";

PeerError mistake(std::string text) { return {.status = 400, .text = std::move(text)}; }

bool printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char letter) { return letter > ' ' && letter < '\x7f'; });
}

Result<std::optional<Hello>> read_payload(std::string_view payload) {
  const std::size_t line = payload.find('\n');
  if (line == std::string_view::npos) return mistake("a hello is a path, a line feed and an origin");
  const std::string_view path = payload.substr(0, line);
  Hello hello;
  hello.origin = payload.substr(line + 1);
  if (hello.origin.size() > kLongestOrigin || !printable(hello.origin)) {
    return mistake("the origin of a hello is not one; expected it as in http://example.com, or nothing");
  }
  const std::size_t leaf = path.size() - std::min(path.size(), kLeaf.size());
  const std::size_t before = path.substr(0, leaf).rfind(kBeforeKey);
  if (path.substr(leaf) != kLeaf || before == std::string_view::npos || before == 0) {
    return mistake(
        "the path of a hello is not one; expected a service's, /encke.1/, a session's key and /flash");
  }
  hello.service = path.substr(0, before);
  hello.key = path.substr(before + kBeforeKey.size(), leaf - before - kBeforeKey.size());
  return std::optional<Hello>(hello);
}

}  // namespace

Result<std::optional<Hello>> parse_hello(std::string_view bytes) {
  assert(bytes.starts_with(kGreeting));
  std::string_view rest = bytes.substr(kGreeting.size());
  const std::size_t line = rest.substr(0, kLongestVersion + 1).find('\n');
  if (line == std::string_view::npos) {
    if (rest.size() <= kLongestVersion && printable(rest)) return std::optional<Hello>{};
    return mistake("expected encke.1 and a line feed");
  }
  if (const std::string_view version = rest.substr(0, line); version != kVersion) {
    if (!printable(version)) return mistake("expected encke.1 and a line feed");
    return mistake("protocol version " + std::string(version) + " is not spoken here: 1 is");
  }
  rest.remove_prefix(line + 1);
  if (!rest.empty() && rest.front() != static_cast<char>(Kind::hello)) {
    return mistake("the first frame is no hello; expected the letter h");
  }
  if (rest.size() < kHeadBytes) return std::optional<Hello>{};
  const std::size_t length = length_in(rest);
  if (length > kLongestHello) {
    return mistake("a hello has " + std::to_string(kLongestHello) + " bytes at most");
  }
  if (rest.size() - kHeadBytes < length) return std::optional<Hello>{};
  Result<std::optional<Hello>> read = read_payload(rest.substr(kHeadBytes, length));
  if (read) (*read)->size = bytes.size() - rest.size() + kHeadBytes + length;
  return read;
}

}  // namespace encke::flash
