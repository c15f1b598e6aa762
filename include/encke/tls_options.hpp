// How a listener speaks TLS.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace encke {

/// A certificate and its key: files of PEM.
struct TlsCertificate {
  /// The server's certificate first, then those of the authorities between it and the root.
  std::string certificate;
  /// The key that belongs to it, not encrypted. It may be in the certificate's file: then both name that.
  std::string key;
  /// Whom it is for, "www.example.com" or "*.example.com"; empty: those that the certificate itself names.
  std::vector<std::string> names = {};

  bool operator==(const TlsCertificate&) const = default;
};

enum class TlsVersion : std::uint8_t { tls12, tls13 };

struct TlsOptions {
  /// At least one. A client gets the first whose names fit the one that it asks for, and the first of all
  /// where it asks for none or for one that none has.
  std::vector<TlsCertificate> certificates = {};
  TlsVersion minimum_version = TlsVersion::tls12;
  /// What TLS 1.2 may use, in OpenSSL's words, the best first; empty: forward secret ciphers that
  /// authenticate what they encrypt. TLS 1.3 has no others.
  std::string ciphers = {};
  /// How long a client has from connecting until the handshake is done.
  std::chrono::milliseconds handshake_time{10'000};

  bool operator==(const TlsOptions&) const = default;
};

}  // namespace encke
