// The configuration of TLS: what is read of it, and what is wrong with it and with its files.
#include "tests/app/config_support.hpp"
#include "tests/net/tls_support.hpp"

#include <doctest/doctest.h>

using namespace encke;
using namespace encke::app;
using namespace std::chrono_literals;
using Lines = std::vector<std::string>;

namespace {

ConfigResult parse(std::string_view tls, const std::filesystem::path& base) {
  return parse_config(
      R"({"services": {"/a": {"type": "echo"}}, "listen": [{"address": "127.0.0.1:1", "tls": )" +
          std::string(tls) + "}]}",
      base, kTestTransports);
}

}  // namespace

TEST_CASE("every key of tls is read; relative files start at the folder of the configuration") {
  const test::Folder folder;
  test::issue_to(folder, "a", {"a.example"});
  test::issue_to(folder, "b", {"b.example"});
  const std::string a = folder / "a.pem";
  const ConfigResult one =
      parse(R"({"certificate": "a.pem", "key": ")" + (folder / "a.key") + R"("})", folder.path());
  REQUIRE(one.errors == Lines{});
  CHECK(one.warnings == Lines{});
  CHECK(one.config.listen ==
        std::vector<ListenConfig>{{{"127.0.0.1", 1}, TlsOptions{.certificates = {{a, folder / "a.key"}}}}});

  const ConfigResult all = parse(R"({"certificates": [{"certificate": "a.pem", "key": "./a.key"},
      {"certificate": "b.pem", "key": "b.key", "names": ["b.example", "*.b.example"]}],
      "minimum_version": "1.3", "ciphers": "ECDHE-ECDSA-AES128-GCM-SHA256", "handshake_seconds": 2.5})",
                                 folder.path());
  REQUIRE(all.errors == Lines{});
  CHECK(all.config.listen.at(0).tls ==
        TlsOptions{.certificates = {{a, folder / "a.key"},
                                    {folder / "b.pem", folder / "b.key", {"b.example", "*.b.example"}}},
                   .minimum_version = TlsVersion::tls13,
                   .ciphers = "ECDHE-ECDSA-AES128-GCM-SHA256",
                   .handshake_time = 2500ms});
}

TEST_CASE("each fault of tls is told with its path, and files are looked at once the rest is right") {
  const test::Folder folder;
  test::issue_to(folder, "a", {"a.example"});
  test::issue_to(folder, "b", {"b.example"});
  const std::string form =
      R"(missing, expected a file of PEM, as in {"certificate": "cert.pem", "key": "key.pem"})";
  const std::pair<std::string_view, Lines> rows[] = {
      {R"("a.pem")", {R"($.listen[0].tls: found "a.pem", expected an object)"}},
      {"{}", {"$.listen[0].tls.certificate: " + form, "$.listen[0].tls.key: " + form}},
      {R"({"certificate": "none.pem", "key": "a.key"})",
       {"$.listen[0].tls.certificate: " + (folder / "none.pem") + ": there is no such file"}},
      {R"({"certificate": "a.pem", "key": "b.key"})",
       {"$.listen[0].tls.key: " + (folder / "b.key") + ": does not belong to the certificate of " +
        (folder / "a.pem")}},
      {R"({"certificates": [{"certificate": "a.pem", "key": "a.key"}, {"certificate": "b.pem", "key": "none"}]})",
       {"$.listen[0].tls.certificates[1].key: " + (folder / "none") + ": there is no such file"}},
      {R"({"certificates": [{"certificate": "a.pem", "key": "a.key"}], "key": "a.key"})",
       {"$.listen[0].tls.key: stands beside certificates, expected in one of its elements"}},
      {R"({"certificates": []})",
       {R"($.listen[0].tls.certificates: found an empty list, expected a list of at least one {"certificate": "cert.pem", "key": "key.pem"})"}},
      {R"({"certificate": "none.pem", "key": "none.key", "minimum_version": "1.1"})",
       {R"($.listen[0].tls.minimum_version: found "1.1", expected "1.2" or "1.3"; did you mean "1.2"?)"}},
      {R"({"certificate": "a.pem", "key": "a.key", "ciphers": "STRONG"})",
       {R"($.listen[0].tls.ciphers: OpenSSL knows none of "STRONG", expected names as in "ECDHE-RSA-AES128-GCM-SHA256:...")"}},
  };
  for (const auto& [text, errors] : rows) {
    CAPTURE(text);
    CHECK(parse(text, folder.path()).errors == errors);
  }
}

TEST_CASE("admin has a tls of its own, with the same keys and faults") {
  const test::Folder folder;
  test::issue_to(folder, "a", {"a.example"});
  const auto admin = [&folder](std::string_view key) {
    return parse_config(
        R"({"services": {"/a": {"type": "echo"}}, "admin": {"tls": {"certificate": "a.pem", "key": ")" +
            std::string(key) + R"("}}})",
        folder.path(), kTestTransports);
  };
  const ConfigResult good = admin("a.key");
  REQUIRE(good.errors == Lines{});
  CHECK(good.config.admin->tls == TlsOptions{.certificates = {{folder / "a.pem", folder / "a.key"}}});
  CHECK(admin("none").errors == Lines{"$.admin.tls.key: " + (folder / "none") + ": there is no such file"});
}

TEST_CASE("an expired certificate is a warning, and keeps nobody from running") {
  const test::Folder folder;
  test::issue_to(folder, "old", {"a.example"}, -7200, -3600);
  const ConfigResult result = parse(R"({"certificate": "old.pem", "key": "old.key"})", folder.path());
  CHECK(result.errors == Lines{});
  REQUIRE(result.warnings.size() == 1);
  CHECK(result.warnings[0].find("$.listen[0].tls.certificate: " + (folder / "old.pem") +
                                ": the certificate has expired on 2") == 0);
}
