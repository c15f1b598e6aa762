// Reads one message of a page's, and says what is wrong with it.
#include "examples/help_desk/request.hpp"

#include <algorithm>

namespace help_desk {

Request::Request(std::string_view text) {
  // Texts that are no UTF-8 are no JSON either: what is kept can be sent to any browser.
  body_ = nlohmann::json::parse(text, nullptr, false);
  if (!body_.is_object() || !has("type") || !body_["type"].is_string()) {
    body_ = nlohmann::json::object();
    fail("expected a JSON object with a type");
    return;
  }
  type_ = body_["type"].get<std::string>();
}

bool Request::has(const char* member) const {
  const auto at = body_.find(member);
  return at != body_.end() && !at->is_null();
}

std::string Request::line(const char* member, std::size_t most_bytes, bool breaks) {
  if (!has(member) || !body_[member].is_string()) {
    fail(std::string("expected \"") + member + "\", a text");
    return {};
  }
  std::string kept;
  for (const char byte : body_[member].get_ref<const std::string&>()) {
    const auto code = static_cast<unsigned char>(byte);
    if ((code >= 0x20 && code != 0x7f) || (breaks && byte == '\n')) kept += byte;
  }
  const std::size_t first = kept.find_first_not_of(" \n");
  kept = first == std::string::npos ? "" : kept.substr(first, kept.find_last_not_of(" \n") + 1 - first);
  if (kept.empty()) fail(std::string("expected \"") + member + "\" with something in it");
  if (kept.size() > most_bytes) {
    fail(std::string("expected \"") + member + "\" of at most " + std::to_string(most_bytes) + " bytes");
  }
  return kept;
}

std::string Request::text(const char* member, std::size_t most_bytes) {
  return line(member, most_bytes, true);
}

std::string Request::name(const char* member, std::size_t most_bytes) {
  return line(member, most_bytes, false);
}

std::string Request::key(const char* member, std::size_t most_bytes) {
  std::string kept = line(member, most_bytes, false);
  const bool plain = std::all_of(kept.begin(), kept.end(), [](char byte) {
    return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           byte == '-';
  });
  if (!plain) fail(std::string("expected \"") + member + "\" of letters, digits and '-'");
  return kept;
}

bool Request::flag(const char* member) {
  if (has(member) && body_[member].is_boolean()) return body_[member].get<bool>();
  fail(std::string("expected \"") + member + "\", true or false");
  return false;
}

std::uint64_t Request::number(const char* member) {
  if (has(member) && body_[member].is_number_unsigned()) return body_[member].get<std::uint64_t>();
  fail(std::string("expected \"") + member + "\", a whole number from 0");
  return 0;
}

}  // namespace help_desk
