// The PROXY protocol.
//
//   first byte 'P' ──▶ a line up to its line feed ──▶ done, wrong
//             '\r' ──▶ 16 bytes ──▶ so many more as they say; addresses first, the rest is skipped ──▶ done
#include "server/net/proxy_header.hpp"

#include <algorithm>
#include <array>

namespace encke::net {

namespace {

constexpr std::string_view kLineBegin = "PROXY ";
constexpr std::string_view kSignature("\r\n\r\n\0\r\nQUIT\n", 12);
constexpr std::size_t kStart = 16;       // the signature, the command, the family, and the length of the rest
constexpr std::size_t kAddresses4 = 12;  // two addresses, two ports
constexpr std::size_t kAddresses6 = 36;
constexpr std::size_t kAddressesUnix = 216;
constexpr unsigned kLocal = 0x20;  // version 2 in the upper half
constexpr unsigned kProxy = 0x21;
constexpr unsigned kUnspecified = 0x00;
constexpr unsigned kTcp4 = 0x11;
constexpr unsigned kTcp6 = 0x21;
constexpr unsigned kUnixStream = 0x31;

bool is_port(std::string_view text) {
  unsigned value = 0;
  if (text.empty() || text.size() > 5 || (text.size() > 1 && text.front() == '0')) return false;
  for (const char c : text) {
    if (c < '0' || c > '9') return false;
    value = value * 10 + static_cast<unsigned>(c - '0');
  }
  return value <= 65535;
}

const std::uint8_t* raw(std::string_view bytes) {
  return reinterpret_cast<const std::uint8_t*>(bytes.data());
}

}  // namespace

ProxyHeader::State ProxyHeader::wrong(std::string_view why) {
  fault_ = why;
  return State::wrong;
}

ProxyHeader::State ProxyHeader::feed(std::string_view bytes) {
  used_ = 0;
  if (bytes.empty()) return State::more;
  const char first = bytes_.empty() ? bytes.front() : bytes_.front();
  return first == kSignature.front() ? feed_binary(bytes) : feed_line(bytes);
}

ProxyHeader::State ProxyHeader::feed_line(std::string_view bytes) {
  while (used_ < bytes.size()) {
    const char c = bytes[used_++];
    bytes_ += c;
    const std::size_t last = bytes_.size() - 1;
    if (last < kLineBegin.size() && c != kLineBegin[last]) {
      return wrong("expected a PROXY header, which begins with \"PROXY \" or with the 12 bytes of version 2");
    }
    if (c == '\n') return read_line();
    if (bytes_.size() == kLongestLine) return wrong("a PROXY line is longer than 107 bytes");
  }
  return State::more;
}

ProxyHeader::State ProxyHeader::read_line() {
  std::string_view line = bytes_;
  if (!line.ends_with("\r\n")) return wrong("a PROXY line must end in CR LF");
  line = line.substr(kLineBegin.size(), line.size() - kLineBegin.size() - 2);
  if (line == "UNKNOWN" || line.starts_with("UNKNOWN ")) return State::done;
  std::array<std::string_view, 5> words;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::size_t blank = line.find(' ');
    if ((blank == std::string_view::npos) != (i + 1 == words.size())) {
      return wrong("expected PROXY TCP4 or TCP6, two addresses and two ports, or PROXY UNKNOWN");
    }
    words[i] = line.substr(0, blank);
    line.remove_prefix(std::min(words[i].size() + 1, line.size()));
  }
  const bool four = words[0] == "TCP4";
  if (!four && words[0] != "TCP6") return wrong("expected TCP4, TCP6 or UNKNOWN in a PROXY line");
  const std::optional<Address> source = Address::parse(words[1]);
  const std::optional<Address> target = Address::parse(words[2]);
  const auto fits = [four](std::string_view text) {
    return (text.find(':') == std::string_view::npos) == four;
  };
  if (!source || !target || !fits(words[1]) || !fits(words[2])) {
    return wrong("expected two addresses of the PROXY line's family");
  }
  if (!is_port(words[3]) || !is_port(words[4])) return wrong("expected two ports in a PROXY line");
  source_ = source;
  return State::done;
}

ProxyHeader::State ProxyHeader::feed_binary(std::string_view bytes) {
  while (used_ < bytes.size() && bytes_.size() < kStart) {
    const char c = bytes[used_++];
    bytes_ += c;
    const std::size_t last = bytes_.size() - 1;
    if (last < kSignature.size() && c != kSignature[last]) {
      return wrong("expected a PROXY header, which begins with \"PROXY \" or with the 12 bytes of version 2");
    }
    if (bytes_.size() == kStart && read_start() == State::wrong) return State::wrong;
  }
  if (bytes_.size() < kStart) return State::more;
  const std::size_t came = std::min(bytes.size() - used_, rest_ - rest_seen_);
  // Of what may be long and is not ours nothing is kept.
  const std::size_t kept =
      std::min(came, kStart + kAddresses6 - std::min(bytes_.size(), kStart + kAddresses6));
  bytes_.append(bytes.substr(used_, kept));
  used_ += came;
  rest_seen_ += came;
  return rest_seen_ == rest_ ? read_addresses() : State::more;
}

ProxyHeader::State ProxyHeader::read_start() {
  const std::uint8_t* const start = raw(bytes_);
  const unsigned command = start[12];
  const unsigned family = start[13];
  rest_ = static_cast<std::size_t>(start[14] << 8 | start[15]);
  if (command != kLocal && command != kProxy) return wrong("expected version 2 of PROXY with LOCAL or PROXY");
  if (rest_ > kLongestRest) return wrong("a PROXY header is longer than 4112 bytes");
  if (command == kLocal || family == kUnspecified) return State::more;
  const std::size_t least = family == kTcp4         ? kAddresses4
                            : family == kTcp6       ? kAddresses6
                            : family == kUnixStream ? kAddressesUnix
                                                    : 0;
  if (least == 0)
    return wrong("expected TCP over IPv4 or IPv6, or a stream of the file system, in a PROXY header");
  return rest_ < least ? wrong("a PROXY header is too short for its addresses") : State::more;
}

ProxyHeader::State ProxyHeader::read_addresses() {
  const std::uint8_t* const start = raw(bytes_);
  if (start[12] == kLocal) return State::done;
  if (start[13] == kTcp4) source_ = Address::v4(start + kStart);
  if (start[13] == kTcp6) source_ = Address::v6(start + kStart);
  return State::done;
}

}  // namespace encke::net
