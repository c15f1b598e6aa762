// Where a loop connects to.
#include "server/net/endpoint.hpp"

#include "server/core/host_name.hpp"

#include <sys/un.h>

#include <algorithm>
#include <utility>

namespace encke::net {

namespace {

constexpr std::string_view kLocal = "unix:";

std::optional<Endpoint> parse_local(std::string_view path) {
  const bool fits = path.starts_with('/') && path.size() < sizeof(sockaddr_un::sun_path) &&
                    path.find('\0') == std::string_view::npos;
  if (!fits) return std::nullopt;
  return Endpoint{.host = {}, .path = std::string(path)};
}

}  // namespace

std::optional<Endpoint> Endpoint::parse(std::string_view text) {
  if (text.starts_with(kLocal)) return parse_local(text.substr(kLocal.size()));
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const std::optional<std::uint16_t> port = parse_port(text.substr(colon + 1));
  std::string_view host = text.substr(0, colon);
  if (!port || host.empty()) return std::nullopt;
  if (host.front() == '[') {
    if (host.back() != ']') return std::nullopt;
    host = host.substr(1, host.size() - 2);
    const std::optional<Address> address = Address::parse(host);
    if (!address || host.find(':') == std::string_view::npos) return std::nullopt;
    return Endpoint{.host = address->text(), .port = *port, .path = {}};
  }
  if (const std::optional<Address> address = Address::parse(host)) {
    if (host.find(':') != std::string_view::npos) return std::nullopt;  // IPv6 without its brackets
    return Endpoint{.host = address->text(), .port = *port, .path = {}};
  }
  if (!is_host_name(host)) return std::nullopt;
  std::string name(host);
  std::transform(name.begin(), name.end(), name.begin(), [](char byte) {
    return byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte - 'A' + 'a') : byte;
  });
  return Endpoint{.host = std::move(name), .port = *port, .path = {}};
}

std::optional<Address> Endpoint::address() const { return Address::parse(host); }

std::string Endpoint::text() const {
  if (is_local()) return std::string(kLocal) + path;
  const bool brackets = host.find(':') != std::string::npos;
  return (brackets ? '[' + host + ']' : host) + ':' + std::to_string(port);
}

}  // namespace encke::net
