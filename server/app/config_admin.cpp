// The configuration of the door for operators.
#include "server/app/config_admin.hpp"

#include "server/app/config_tls.hpp"
#include "server/app/listen_address.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>

namespace encke::app {
namespace {

using nlohmann::json;

constexpr std::size_t kShortestToken = 16;  // characters
constexpr std::size_t kLongestToken = 1024;

/// Whether only this machine can reach an address. What systemd hands in may be anything.
bool is_loopback(const ListenAddress& address) {
  return address.address.starts_with("127.") || address.address == "::1";
}

std::string read_token(const std::string& name, const std::filesystem::path& base, const std::string& path,
                       ConfigErrors& errors) {
  const std::filesystem::path file = (base / name).lexically_normal();
  errno = 0;
  std::ifstream stream(file, std::ios::binary);
  if (!stream) {
    errors.add(path, file.string() + " cannot be read: " + std::strerror(errno) +
                         ", expected a file with the token");
    return {};
  }
  std::string token(kLongestToken + 1, '\0');
  stream.read(token.data(), static_cast<std::streamsize>(token.size()));
  token.resize(static_cast<std::size_t>(stream.gcount()));
  token.erase(token.find_last_not_of("\r\n") + 1);
  const bool visible =
      std::all_of(token.begin(), token.end(), [](char letter) { return letter > ' ' && letter < '\x7f'; });
  if (token.size() < kShortestToken || token.size() > kLongestToken || !visible) {
    errors.add(path, "the token in " + file.string() + " has " + std::to_string(token.size()) +
                         " bytes, expected one line of " + std::to_string(kShortestToken) + " to " +
                         std::to_string(kLongestToken) + " visible characters of ASCII");
    return {};
  }
  return token;
}

}  // namespace

AdminOptions read_admin(const json& value, const std::filesystem::path& base, ConfigErrors& errors) {
  AdminOptions admin;
  ObjectReader reader(value, "$.admin", errors);
  reader.allow({"listen", "tls", "token_file", "page"});
  if (const json* listen = reader.find("listen")) {
    const auto address =
        listen->is_string() ? parse_listen_address(listen->get_ref<const std::string&>()) : std::nullopt;
    if (!address) {
      errors.expected(reader.path_of("listen"), *listen, kListenAddressForm);
    } else {
      admin.listen = to_string(*address);
      if (!is_loopback(*address) && reader.find("token_file") == nullptr) {
        errors.add(reader.path_of("listen"),
                   admin.listen + " may be reached from elsewhere, expected a token_file beside it");
      }
    }
  }
  if (const json* tls = reader.find("tls")) admin.tls = read_tls(*tls, reader.path_of("tls"), base, errors);
  std::string file;
  reader.read("token_file", file, "a file's name", [](std::string_view name) { return !name.empty(); });
  if (!file.empty()) admin.token = read_token(file, base, reader.path_of("token_file"), errors);
  reader.read("page", admin.page);
  if (admin.page && reader.find("token_file") == nullptr) {
    errors.add(reader.path_of("page"),
               "shows who is connected, and closes sessions: expected a token_file beside it");
  }
  return admin;
}

}  // namespace encke::app
