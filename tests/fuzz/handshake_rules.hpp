// What WebSocket handshakes of every draft are, written down a second time for the fuzzer: plainly, and
// without the server's own parts but for digests.
#pragma once

#include "server/crypto/base64.hpp"
#include "server/crypto/digest.hpp"
#include "transports/websocket/dialect.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace encke::test {

using websocket::Dialect;

/// Of a request's head, in their order.
struct Fields {
  /// All of that name with ", " between them; nothing where there is none.
  std::optional<std::string> operator[](std::string_view name) const {
    std::optional<std::string> found;
    for (const auto& [each, value] : all) {
      if (is(each, name)) found = found ? *found + ", " + value : value;
    }
    return found;
  }
  /// The first of that name; empty where there is none.
  std::string first(std::string_view name) const {
    for (const auto& [each, value] : all)
      if (is(each, name)) return value;
    return {};
  }
  bool once(std::string_view name) const {
    return std::count_if(all.begin(), all.end(), [&](const auto& field) { return is(field.first, name); }) ==
           1;
  }
  std::vector<std::pair<std::string, std::string>> all;

 private:
  static bool is(std::string_view each, std::string_view name) {
    return std::equal(each.begin(), each.end(), name.begin(), name.end(),
                      [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; });
  }
};

inline std::string trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return std::string(text.substr(begin, text.find_last_not_of(" \t") + 1 - begin));
}

inline bool lists(const std::optional<std::string>& list, std::string_view word) {
  if (!list) return false;
  std::string lower;
  for (const char c : *list) lower += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  for (std::size_t at = 0;;) {
    const std::size_t end = std::min(lower.find(',', at), lower.size());
    if (trimmed(std::string_view(lower).substr(at, end - at)) == word) return true;
    if (end == lower.size()) return false;
    at = end + 1;
  }
}

/// The dialect that a request of these fields is of (RFC 6455 4.2.1; hixie-75, -76; hybi-00 to -10).
inline Dialect dialect_of(const Fields& fields, bool http_1_1, bool has_body) {
  if (!lists(fields["upgrade"], "websocket") || !lists(fields["connection"], "upgrade"))
    return Dialect::refused;
  if (!http_1_1 || has_body) return Dialect::refused;
  const auto key = fields["sec-websocket-key"];
  if (const auto version = fields["sec-websocket-version"]) {
    constexpr std::array<std::pair<std::string_view, Dialect>, 6> kVersions{{{"4", Dialect::hybi04},
                                                                             {"5", Dialect::hybi05},
                                                                             {"6", Dialect::hybi06},
                                                                             {"7", Dialect::hybi07},
                                                                             {"8", Dialect::hybi08},
                                                                             {"13", Dialect::rfc6455}}};
    constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    if (!key || key->size() != 24 || key->find_first_not_of(kBase64) != 22 || key->substr(22) != "==")
      return Dialect::refused;
    for (const auto& [each, dialect] : kVersions) {
      if (each == *version) return dialect;
    }
    return Dialect::refused;
  }
  const auto key1 = fields["sec-websocket-key1"];
  const auto key2 = fields["sec-websocket-key2"];
  if (key || key1.has_value() != key2.has_value()) return Dialect::refused;
  if (!key1) return fields["upgrade"] == "WebSocket" ? Dialect::hixie75 : Dialect::refused;
  const auto draft = fields["sec-websocket-draft"];
  if (!draft || *draft == "0") return Dialect::hixie76;
  return *draft == "1" || *draft == "2" || *draft == "3" ? Dialect::hybi01 : Dialect::refused;
}

inline bool has_version(Dialect dialect) { return dialect >= Dialect::hybi04; }
inline bool has_challenge(Dialect dialect) {
  return dialect == Dialect::hixie76 || dialect == Dialect::hybi01;
}

/// The number that a key of hixie-76 hides, highest byte first (hixie-76, 5.2); nothing where it hides none.
inline std::optional<std::string> hidden_number(std::string_view key) {
  std::string digits;
  for (const char c : key)
    if (c >= '0' && c <= '9') digits += c;
  const auto spaces = static_cast<std::uint64_t>(std::count(key.begin(), key.end(), ' '));
  if (digits.empty() || digits.size() > 19 || spaces == 0) return std::nullopt;
  const std::uint64_t number = std::stoull(digits);
  if (number % spaces != 0 || number / spaces >> 32 != 0) return std::nullopt;
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(number / spaces >> shift);
  return bytes;
}

/// What both keys say of the challenge, whose end stands behind the head; nothing where it cannot be
/// answered.
inline std::optional<std::string> challenge_of(const Fields& fields) {
  if (!fields.once("sec-websocket-key1") || !fields.once("sec-websocket-key2")) return std::nullopt;
  const auto number1 = hidden_number(*fields["sec-websocket-key1"]);
  const auto number2 = hidden_number(*fields["sec-websocket-key2"]);
  if (!number1 || !number2) return std::nullopt;
  return *number1 + *number2;
}

inline std::string accept_of(const Fields& fields) {
  return crypto::base64_encode(
      crypto::sha1(*fields["sec-websocket-key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"));
}

}  // namespace encke::test
