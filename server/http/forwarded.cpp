// What proxies say of whom they speak for.
#include "server/http/forwarded.hpp"

#include <cstddef>
#include <optional>

namespace encke::http {

namespace {

constexpr int kMostProxies = 32;  // of a chain; a longer list is no proxies' work

/// "192.0.2.1", "2001:db8::1", and the same with a port, "192.0.2.1:80" and "[2001:db8::1]:80", as some
/// write.
std::optional<Address> parse_hop(std::string_view text) {
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos || (end + 1 < text.size() && text[end + 1] != ':')) return std::nullopt;
    return Address::parse(text.substr(1, end - 1));
  }
  const std::size_t colon = text.find(':');
  if (colon != std::string_view::npos && text.find(':', colon + 1) == std::string_view::npos) {
    text = text.substr(0, colon);
  }
  return Address::parse(text);
}

/// Takes the last element of a list; false where there is none.
bool take_last(std::string_view& list, std::string_view& element) {
  if (list.data() == nullptr) return false;
  const std::size_t comma = list.rfind(',');
  element = trim(comma == std::string_view::npos ? list : list.substr(comma + 1));
  list = comma == std::string_view::npos ? std::string_view{} : list.substr(0, comma);
  return true;
}

/// What X-Forwarded-For says; nothing where it says nothing that counts.
std::optional<Address> told_address(const Request& request, const Networks& proxies) {
  std::optional<Address> best;
  int hops = 0;
  // Several fields are one list, in their order.
  for (std::size_t left = request.fields.size(); left > 0; --left) {
    const Field& field = request.fields[left - 1];
    if (!same_text(field.name, "x-forwarded-for")) continue;
    std::string_view list = field.value;
    std::string_view hop;
    while (take_last(list, hop)) {
      best = parse_hop(hop);
      if (!best || ++hops > kMostProxies) return std::nullopt;
      if (!proxies.holds(*best)) return best;
    }
  }
  return best;
}

bool told_secure(const Request& request) {
  for (std::size_t left = request.fields.size(); left > 0; --left) {
    const Field& field = request.fields[left - 1];
    if (!same_text(field.name, "x-forwarded-proto")) continue;
    std::string_view list = field.value;
    std::string_view scheme;
    return take_last(list, scheme) && same_text(scheme, "https");
  }
  return false;
}

}  // namespace

Client client_of(const Request& request, std::string_view peer, const Networks& proxies) {
  const std::optional<Address> address = Address::parse(peer);
  if (!address || !proxies.holds(*address)) return {std::string(peer), false};
  const std::optional<Address> told = told_address(request, proxies);
  return {told ? told->text() : std::string(peer), told_secure(request)};
}

}  // namespace encke::http
