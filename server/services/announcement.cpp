// What a gateway tells a server of the client that it connects for: the PROXY protocol's headers (its
// specification, 2.1 and 2.2), and WEBIRC.
#include "server/services/announcement.hpp"

#include <algorithm>
#include <string_view>

namespace encke::services {

namespace {

constexpr std::string_view kSignature{"\r\n\r\n\0\r\nQUIT\n", 12};
constexpr char kLocal = 0x20;    // version 2, and no word on the client
constexpr char kProxied = 0x21;  // version 2, on behalf of another
constexpr char kTcp4 = 0x11;
constexpr char kTcp6 = 0x21;

bool are_v4(const Ends& ends) { return ends.client->is_v4() && (!ends.server || ends.server->is_v4()); }

void append_address(const Address& address, bool four, std::string& out) {
  const std::size_t begin = four ? 12 : 0;
  for (std::size_t at = begin; at < address.bytes.size(); ++at) out += static_cast<char>(address.bytes[at]);
}

void append_number(unsigned value, std::string& out) {
  out += static_cast<char>(value >> 8 & 0xFF);
  out += static_cast<char>(value & 0xFF);
}

/// An address of IPv4 among those of IPv6 is written as mapped.
std::string text_of(const Address& address, bool four) {
  return four || !address.is_v4() ? address.text() : "::ffff:" + address.text();
}

std::string first_version(const Ends& ends) {
  if (!ends.client) return "PROXY UNKNOWN\r\n";
  const bool four = are_v4(ends);
  const std::string server = ends.server ? text_of(*ends.server, four) : four ? "0.0.0.0" : "::";
  return std::string("PROXY ") + (four ? "TCP4 " : "TCP6 ") + text_of(*ends.client, four) + " " + server +
         " 0 " + std::to_string(ends.port) + "\r\n";
}

std::string second_version(const Ends& ends) {
  std::string header(kSignature);
  if (!ends.client) {
    header += kLocal;
    header.append(3, '\0');
    return header;
  }
  const bool four = are_v4(ends);
  header += kProxied;
  header += four ? kTcp4 : kTcp6;
  append_number(four ? 12 : 36, header);
  append_address(*ends.client, four, header);
  append_address(ends.server.value_or(Address{}), four, header);
  append_number(0, header);
  append_number(ends.port, header);
  return header;
}

}  // namespace

std::string proxy_header(unsigned version, const Ends& ends) {
  return version == 1 ? first_version(ends) : second_version(ends);
}

bool is_webirc_word(std::string_view text) {
  return !text.empty() && text.front() != ':' &&
         std::none_of(text.begin(), text.end(), [](char c) { return c >= '\0' && c <= ' '; });
}

std::string webirc_line(const std::string& password, const std::string& gateway,
                        const std::optional<Address>& client) {
  const std::string text = client ? client->text() : "0.0.0.0";
  // A parameter that begins with a colon would be the last.
  const std::string address = text.starts_with(':') ? "0" + text : text;
  return "WEBIRC " + password + " " + gateway + " " + address + " " + address + "\r\n";
}

}  // namespace encke::services
