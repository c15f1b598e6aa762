// Certificates and keys: what is wrong with a file is told, and where.
#include "tests/net/tls_support.hpp"

#include <unistd.h>

#include <ctime>

using namespace encke;
using namespace encke::test;
using Lines = std::vector<std::string>;

namespace {

Lines lines_of(const std::vector<net::TlsFault>& faults, const Folder& folder) {
  Lines lines;
  for (const net::TlsFault& fault : faults) {
    std::string text = fault.where + ": " + fault.text;
    for (std::size_t at = 0; (at = text.find(folder / "", at)) != std::string::npos;)
      text.erase(at, (folder / "").size());
    lines.push_back(std::move(text));
  }
  return lines;
}

net::TlsContext::Made read(const TlsOptions& options) {
  return net::TlsContext::make(options, std::make_shared<net::TlsTickets>(), std::time(nullptr));
}

Lines faults(const Folder& folder, const TlsCertificate& files) {
  const net::TlsContext::Made made = read({.certificates = {files}});
  CHECK((made.context == nullptr) == !made.faults.empty());
  return lines_of(made.faults, folder);
}

}  // namespace

TEST_CASE("a certificate or key that is missing, a folder, empty or of another kind is told") {
  const Folder folder;
  const TlsCertificate good = issue_to(folder, "good", {"a.example"});
  CHECK(faults(folder, good).empty());
  CHECK(faults(folder, {folder / "none.pem", folder / "none.key"}) ==
        Lines{"certificates[0].certificate: none.pem: there is no such file",
              "certificates[0].key: none.key: there is no such file"});
  CHECK(faults(folder, {folder.path().string(), good.key})
            .at(0)
            .find(": is a folder, expected a file of PEM") != std::string::npos);
  const std::string empty = folder.write("empty", "");
  CHECK(faults(folder, {empty, empty}) ==
        Lines{"certificates[0].certificate: empty: holds no certificate, expected PEM: -----BEGIN "
              "CERTIFICATE-----",
              "certificates[0].key: empty: holds no key, expected PEM: -----BEGIN PRIVATE KEY-----"});
  CHECK(faults(folder, {good.key, good.certificate}) ==
        Lines{"certificates[0].certificate: good.key: holds no certificate, expected PEM: -----BEGIN "
              "CERTIFICATE-----",
              "certificates[0].key: good.pem: holds no key, expected PEM: -----BEGIN PRIVATE KEY-----"});
}

TEST_CASE("a file that may not be read is told") {
  if (::geteuid() == 0) {
    MESSAGE("skipped: root reads everything");
    return;
  }
  const Folder folder;
  const TlsCertificate good = issue_to(folder, "good", {"a.example"});
  std::filesystem::permissions(good.key, std::filesystem::perms::none);
  CHECK(faults(folder, good) == Lines{"certificates[0].key: good.key: cannot be read: Permission denied"});
}

TEST_CASE("a key that belongs to another certificate, or is encrypted, and what is broken are told") {
  const Folder folder;
  const TlsCertificate one = issue_to(folder, "one", {"a.example"});
  const TlsCertificate two = issue_to(folder, "two", {"a.example"});
  CHECK(faults(folder, {one.certificate, two.key}) ==
        Lines{"certificates[0].key: two.key: does not belong to the certificate of one.pem"});
  const Issued issued = issue({"a.example"});
  CHECK(faults(folder,
               {folder.write("x.pem", issued.certificate), folder.write("x.key", issued.encrypted_key)}) ==
        Lines{"certificates[0].key: x.key: is encrypted, expected a key without a passphrase"});
  const std::string cut = issued.certificate.substr(0, issued.certificate.size() / 2);
  const Lines broken = faults(folder, {folder.write("y.pem", cut), folder.write("y.key", issued.key)});
  REQUIRE(broken.size() == 1);
  CHECK(broken[0].find("certificates[0].certificate: y.pem: holds a broken certificate: ") == 0);
  const Lines chain =
      faults(folder, {folder.write("z.pem", issued.certificate + cut), folder.write("z.key", issued.key)});
  REQUIRE(chain.size() == 1);
  CHECK(chain[0].find("certificates[0].certificate: z.pem: holds a broken certificate after 1 good: ") == 0);
}

TEST_CASE("each fault of several certificates is told at its place, and so are ciphers that nobody knows") {
  const Folder folder;
  const TlsCertificate good = issue_to(folder, "good", {"a.example"});
  CHECK(lines_of(read({.certificates = {good, {folder / "no.pem", good.key}}}).faults, folder) ==
        Lines{"certificates[1].certificate: no.pem: there is no such file"});
  CHECK(lines_of(read({.certificates = {good}, .ciphers = "STRONG"}).faults, folder) ==
        Lines{"ciphers: OpenSSL knows none of \"STRONG\", expected names as in "
              "\"ECDHE-RSA-AES128-GCM-SHA256:...\""});
  CHECK(lines_of(read({}).faults, folder) == Lines{"certificates: there is none, expected at least one"});
}

TEST_CASE(
    "an expired certificate is a warning with its date, as is one that begins later or ends within two "
    "weeks") {
  const Folder folder;
  constexpr long kDay = 24 * 3600;
  const auto warnings = [&folder](long begins, long ends) {
    const net::TlsContext::Made made =
        read({.certificates = {issue_to(folder, "a", {"a.example"}, begins, ends)}});
    CHECK(made.context != nullptr);
    return lines_of(made.warnings, folder);
  };
  const auto date = [](long from_now) {
    const std::time_t at = std::time(nullptr) + from_now;
    std::array<char, 32> text{};
    std::strftime(text.data(), text.size(), "%Y-%m-%d", std::gmtime(&at));
    return std::string(text.data());
  };
  const std::string place = "certificates[0].certificate: a.pem: the certificate ";
  CHECK(warnings(-kDay, 15 * kDay).empty());
  const Lines soon = warnings(-kDay, 13 * kDay);
  REQUIRE(soon.size() == 1);
  CHECK(soon[0].find(place + "expires on " + date(13 * kDay)) == 0);
  const Lines expired = warnings(-3 * kDay, -kDay);
  REQUIRE(expired.size() == 1);
  CHECK(expired[0].find(place + "has expired on " + date(-kDay)) == 0);
  CHECK(expired[0].ends_with(" UTC"));
  const Lines later = warnings(kDay, 90 * kDay);
  REQUIRE(later.size() == 1);
  CHECK(later[0].find(place + "is not valid before " + date(kDay)) == 0);
}
