// Certificates and keys: read from their files, and checked.
#include "server/net/tls_certificates.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string_view>

namespace encke::net {

namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kMostFileBytes = 1u << 20;
constexpr int kDaysOfWarning = 14;

struct FreeBio {
  void operator()(BIO* bio) const { ::BIO_free(bio); }
};
using Bio = std::unique_ptr<BIO, FreeBio>;

/// The file's text; a fault where there is none.
std::optional<std::string> read_file(const std::string& name, const std::string& where,
                                     std::vector<TlsFault>& faults) {
  const auto refuse = [&](const std::string& text) {
    faults.push_back({where, name + text});
    return std::nullopt;
  };
  std::error_code error;
  const fs::file_status status = fs::status(name, error);
  if (status.type() == fs::file_type::not_found) return refuse(": there is no such file");
  if (fs::is_directory(status)) return refuse(": is a folder, expected a file of PEM");
  const std::uintmax_t size = fs::file_size(name, error);
  if (!error && size > kMostFileBytes) {
    return refuse(": is " + std::to_string(size) + " bytes long, expected at most " +
                  std::to_string(kMostFileBytes));
  }
  errno = 0;
  std::ifstream stream(name, std::ios::binary);
  if (!stream) return refuse(std::string(": cannot be read: ") + std::strerror(errno));
  std::string text{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  if (stream.bad()) return refuse(": cannot be read");
  return text;
}

Bio bio_of(const std::string& text) {
  return Bio(::BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

/// Nobody is there to type it.
int no_passphrase(char*, int, int, void* asked) {
  *static_cast<bool*>(asked) = true;
  return -1;
}

/// "2026-01-31 23:59:59 UTC".
std::string date_of(const ASN1_TIME* time) {
  std::tm parts{};
  std::array<char, 32> text{};
  if (::ASN1_TIME_to_tm(time, &parts) != 1) return "a time that cannot be read";
  std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S UTC", &parts);
  return text.data();
}

void read_chain(TlsPair& pair, const std::string& name, const std::string& text, const std::string& where,
                std::vector<TlsFault>& faults) {
  const Bio bio = bio_of(text);
  pair.certificate.reset(::PEM_read_bio_X509_AUX(bio.get(), nullptr, nullptr, nullptr));
  if (!pair.certificate) {
    const bool begins = text.find("-----BEGIN CERTIFICATE-----") != std::string::npos;
    faults.push_back(
        {where, name + (begins ? ": holds a broken certificate: " + openssl_reason()
                               : ": holds no certificate, expected PEM: -----BEGIN CERTIFICATE-----")});
    ::ERR_clear_error();
    return;
  }
  while (X509* next = ::PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr))
    pair.chain.emplace_back(next);
  // The end of the file is an error too, and the only one that is none.
  if (ERR_GET_REASON(::ERR_peek_last_error()) != PEM_R_NO_START_LINE) {
    faults.push_back({where, name + ": holds a broken certificate after " +
                                 std::to_string(pair.chain.size() + 1) + " good: " + openssl_reason()});
  }
  ::ERR_clear_error();
}

void read_key(TlsPair& pair, const std::string& name, const std::string& text, const std::string& where,
              std::vector<TlsFault>& faults) {
  bool encrypted = false;
  pair.key.reset(::PEM_read_bio_PrivateKey(bio_of(text).get(), nullptr, &no_passphrase, &encrypted));
  if (!pair.key) {
    const bool begins = text.find("PRIVATE KEY-----") != std::string::npos;
    const std::string why = openssl_reason();
    faults.push_back(
        {where, name + (encrypted ? ": is encrypted, expected a key without a passphrase"
                        : begins  ? ": holds a broken key: " + why
                                  : ": holds no key, expected PEM: -----BEGIN PRIVATE KEY-----")});
  }
  ::ERR_clear_error();
}

void check_dates(const X509* certificate, const std::string& name, const std::string& where, std::time_t now,
                 std::vector<TlsFault>& warnings) {
  const ASN1_TIME* begins = ::X509_get0_notBefore(certificate);
  const ASN1_TIME* ends = ::X509_get0_notAfter(certificate);
  std::time_t soon = now + std::time_t{kDaysOfWarning} * 24 * 60 * 60;
  if (::X509_cmp_time(begins, &now) > 0) {
    warnings.push_back({where, name + ": the certificate is not valid before " + date_of(begins)});
  }
  if (::X509_cmp_time(ends, &now) < 0) {
    warnings.push_back({where, name + ": the certificate has expired on " + date_of(ends)});
  } else if (::X509_cmp_time(ends, &soon) < 0) {
    warnings.push_back({where, name + ": the certificate expires on " + date_of(ends)});
  }
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& byte : result) {
    if (byte >= 'A' && byte <= 'Z') byte = static_cast<char>(byte - 'A' + 'a');
  }
  return result;
}

std::string name_in(const ASN1_STRING* text) {
  return lower({reinterpret_cast<const char*>(::ASN1_STRING_get0_data(text)),
                static_cast<std::size_t>(::ASN1_STRING_length(text))});
}

std::vector<std::string> names_of(const X509* certificate) {
  std::vector<std::string> names;
  auto* all =
      static_cast<GENERAL_NAMES*>(::X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  for (int i = 0; i < ::sk_GENERAL_NAME_num(all); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(all, i);
    if (name->type == GEN_DNS) names.push_back(name_in(name->d.dNSName));
  }
  ::GENERAL_NAMES_free(all);
  return names;
}

}  // namespace

void FreeOpenSsl::operator()(X509* certificate) const { ::X509_free(certificate); }
void FreeOpenSsl::operator()(EVP_PKEY* key) const { ::EVP_PKEY_free(key); }

std::string openssl_reason() {
  const char* reason = ::ERR_reason_error_string(::ERR_peek_last_error());
  ::ERR_clear_error();
  return reason == nullptr ? "OpenSSL does not say why" : reason;
}

TlsPair read_tls_pair(const TlsCertificate& files, const std::string& where, std::time_t now,
                      std::vector<TlsFault>& faults, std::vector<TlsFault>& warnings) {
  TlsPair pair;
  ::ERR_clear_error();
  if (const auto text = read_file(files.certificate, where + ".certificate", faults)) {
    read_chain(pair, files.certificate, *text, where + ".certificate", faults);
  }
  if (const auto text = read_file(files.key, where + ".key", faults)) {
    read_key(pair, files.key, *text, where + ".key", faults);
  }
  if (!pair.certificate) return pair;
  check_dates(pair.certificate.get(), files.certificate, where + ".certificate", now, warnings);
  if (pair.key && ::X509_check_private_key(pair.certificate.get(), pair.key.get()) != 1) {
    faults.push_back(
        {where + ".key", files.key + ": does not belong to the certificate of " + files.certificate});
    ::ERR_clear_error();
  }
  for (const std::string& name : files.names) pair.names.push_back(lower(name));
  if (pair.names.empty()) pair.names = names_of(pair.certificate.get());
  return pair;
}

}  // namespace encke::net
