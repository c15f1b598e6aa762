// What proxies say of whom they speak for.
#include "server/http/forwarded.hpp"

#include <cstddef>
#include <optional>

namespace encke::http {

namespace {

constexpr int kMostProxies = 32;  // of a chain; a longer list is no proxies' work

bool is_trusted(std::string_view peer, const Networks& proxies) {
  const std::optional<Address> address = Address::parse(peer);
  return address && proxies.holds(*address);
}

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

}  // namespace

std::string client_address(const Request& request, std::string_view peer, const Networks& proxies) {
  std::string best(peer);
  if (!is_trusted(peer, proxies)) return best;
  int hops = 0;
  // Several fields are one list, in their order.
  for (std::size_t left = request.fields.size(); left > 0; --left) {
    const Field& field = request.fields[left - 1];
    if (!same_text(field.name, "x-forwarded-for")) continue;
    std::string_view list = field.value;
    std::string_view hop;
    while (take_last(list, hop)) {
      const std::optional<Address> address = parse_hop(hop);
      if (!address || ++hops > kMostProxies) return std::string(peer);
      best = address->text();
      if (!proxies.holds(*address)) return best;
    }
  }
  return best;
}

bool client_is_secure(const Request& request, std::string_view peer, const Networks& proxies) {
  if (!is_trusted(peer, proxies)) return false;
  for (std::size_t left = request.fields.size(); left > 0; --left) {
    const Field& field = request.fields[left - 1];
    if (!same_text(field.name, "x-forwarded-proto")) continue;
    std::string_view list = field.value;
    std::string_view scheme;
    return take_last(list, scheme) && same_text(scheme, "https");
  }
  return false;
}

}  // namespace encke::http
