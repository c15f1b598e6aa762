// The configuration of TLS at a listener: certificates, versions, ciphers.
#include "server/app/config_tls.hpp"

#include "server/app/json_text.hpp"
#include "server/net/tls_port.hpp"

#include <array>
#include <chrono>
#include <utility>

namespace encke::app {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr std::string_view kPairForm = R"({"certificate": "cert.pem", "key": "key.pem"})";

bool not_empty(std::string_view text) { return !text.empty(); }

TlsCertificate read_pair(ObjectReader& reader, const fs::path& base, ConfigErrors& errors) {
  TlsCertificate pair;
  for (const auto& [key, file] : {std::pair{"certificate", &pair.certificate}, std::pair{"key", &pair.key}}) {
    if (reader.is_object() && reader.find(key) == nullptr) {
      errors.add(reader.path_of(key), "missing, expected a file of PEM, as in " + std::string(kPairForm));
    }
    reader.read(key, *file, "a file of PEM, relative to the configuration file's folder", &not_empty);
    if (!file->empty()) *file = (base / *file).lexically_normal().string();
  }
  reader.read("names", pair.names, "host names, as \"www.example.com\" or \"*.example.com\"", &not_empty);
  return pair;
}

void read_pairs(const json& value, const std::string& path, const fs::path& base, TlsOptions& options,
                ConfigErrors& errors) {
  if (!value.is_array() || value.empty()) {
    errors.expected(path, value, "a list of at least one " + std::string(kPairForm));
    return;
  }
  for (std::size_t i = 0; i < value.size(); ++i) {
    ObjectReader reader(value[i], element_path(path, i), errors);
    reader.allow({"certificate", "key", "names"});
    options.certificates.push_back(read_pair(reader, base, errors));
  }
}

/// Reads what the server will read, and tells where in the file it is named.
void check_files(const TlsOptions& options, bool one, const std::string& path, ConfigErrors& errors) {
  const net::TlsContext::Made made = net::TlsPort().read(options);
  const auto place = [&](const net::TlsFault& fault) {
    constexpr std::string_view kFirst = "certificates[0].";
    return path + "." +
           (one && fault.where.starts_with(kFirst) ? fault.where.substr(kFirst.size()) : fault.where);
  };
  for (const net::TlsFault& fault : made.faults) errors.add(place(fault), fault.text);
  for (const net::TlsFault& warning : made.warnings) errors.warn(place(warning), warning.text);
}

}  // namespace

TlsOptions read_tls(const json& value, const std::string& path, const fs::path& base, ConfigErrors& errors) {
  constexpr std::array<std::string_view, 2> kVersions{"1.2", "1.3"};
  const std::size_t before = errors.all().size();
  TlsOptions options;
  ObjectReader reader(value, path, errors);
  reader.allow(
      {"certificate", "key", "names", "certificates", "minimum_version", "ciphers", "handshake_seconds"});
  if (const json* pairs = reader.find("certificates")) {
    for (const char* key : {"certificate", "key", "names"}) {
      if (reader.find(key) != nullptr) {
        errors.add(reader.path_of(key), "stands beside certificates, expected in one of its elements");
      }
    }
    read_pairs(*pairs, reader.path_of("certificates"), base, options, errors);
  } else if (reader.is_object()) {
    options.certificates.push_back(read_pair(reader, base, errors));
  }
  if (const auto version = reader.read_word("minimum_version", kVersions)) {
    options.minimum_version = *version == "1.3" ? TlsVersion::tls13 : TlsVersion::tls12;
  }
  reader.read("ciphers", options.ciphers, "a list of ciphers in OpenSSL's words", &not_empty);
  reader.read_seconds("handshake_seconds", options.handshake_time, 100ms, 10min, false);
  if (errors.all().size() == before)
    check_files(options, reader.find("certificates") == nullptr, path, errors);
  return options;
}

}  // namespace encke::app
