// Tokens as configured.
#include "server/app/config_tokens.hpp"

#include "server/http/field_text.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <optional>

namespace encke::app {

namespace {

using nlohmann::json;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

constexpr std::uintmax_t kMostKeyBytes = 64 * 1024;

bool not_empty(std::string_view text) { return !text.empty(); }

/// What is in the file, without the line end that editors put behind it; nothing where it cannot be read.
std::optional<std::string> read_key(const fs::path& file, const std::string& path, ConfigErrors& errors) {
  std::error_code error;
  const fs::file_status status = fs::status(file, error);
  if (!fs::exists(status)) {
    errors.add(path, "there is no " + file.string() + ", expected the key");
    return std::nullopt;
  }
  if (fs::is_directory(status) || fs::file_size(file, error) > kMostKeyBytes || error) {
    errors.add(path, file.string() + " is no key's file, expected one of at most 65536 bytes");
    return std::nullopt;
  }
  errno = 0;
  std::ifstream stream(file, std::ios::binary);
  if (!stream) {
    errors.add(path, file.string() + " cannot be read: " + std::strerror(errno));
    return std::nullopt;
  }
  std::string key{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  if (key.ends_with('\n')) key.pop_back();
  if (key.ends_with('\r')) key.pop_back();
  return key;
}

}  // namespace

tokens::Policy read_tokens(const json& value, const std::string& path, const fs::path& base,
                           ConfigErrors& errors) {
  tokens::Policy policy;
  ObjectReader reader(value, path, errors);
  reader.allow({"algorithm", "key_file", "audience", "issuer", "required", "service_claim_required", "cookie",
                "close_on_expiry", "leeway_seconds"});
  const auto word = reader.read_word("algorithm", tokens::kAlgorithmNames);
  if (word) {
    const auto& known = tokens::kAlgorithmNames;
    policy.algorithm =
        static_cast<tokens::Algorithm>(std::find(known.begin(), known.end(), *word) - known.begin());
  } else if (reader.is_object() && reader.find("algorithm") == nullptr) {
    errors.add(reader.path_of("algorithm"), "missing, expected " + one_of(tokens::kAlgorithmNames));
  }
  std::string file;
  reader.read("key_file", file, "a file, relative to the configuration file's folder", not_empty);
  if (reader.is_object() && reader.find("key_file") == nullptr) {
    errors.add(reader.path_of("key_file"),
               "missing, expected a file, relative to the configuration file's folder");
  }
  if (word && !file.empty()) {
    const fs::path place = (base / file).lexically_normal();
    if (auto key = read_key(place, reader.path_of("key_file"), errors)) {
      const std::string fault = tokens::key_fault(policy.algorithm, *key);
      if (!fault.empty()) errors.add(reader.path_of("key_file"), place.string() + ": " + fault);
      policy.key = std::move(*key);
    }
  }
  reader.read("audience", policy.audience, "a text that tokens name in aud", not_empty);
  reader.read("issuer", policy.issuer, "a text that tokens name in iss", not_empty);
  reader.read("required", policy.required);
  reader.read("service_claim_required", policy.service_claim_required);
  reader.read("cookie", policy.cookie, "a cookie's name, letters, digits and !#$%&'*+-.^_`|~ only",
              http::is_token);
  reader.read("close_on_expiry", policy.close_on_expiry);
  reader.read_seconds("leeway_seconds", policy.leeway, 1ms, 5min, true);
  return policy;
}

}  // namespace encke::app
