// The "tokens" of a service: what may be said, what is told of what is wrong, and never what is in a key.
#include "tests/app/config_support.hpp"

#include <doctest/doctest.h>

namespace encke::app {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kSecret = "0123456789abcdef0123456789abcdef";

struct Folder {
  Folder() {
    write("secret", std::string(kSecret) + "\n");
    write("short", "top secret\n");
  }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(scratch.path() / name, std::ios::binary) << text;
  }
  ConfigResult parse(const std::string& tokens, const std::string& more = "") const {
    return parse_config(R"({"services": {"/a": {"type": "echo", )" + more + R"("tokens": )" + tokens + "}}}",
                        scratch.path(), kTestTransports);
  }
  ScratchFolder scratch;
};

TEST_CASE("a service's tokens are read, its key from beside the configuration, without the line end") {
  const Folder folder;
  const ConfigResult all = folder.parse(
      R"({"algorithm": "HS256", "key_file": "secret", "audience": "chat", "issuer": "login", "required": false,)"
      R"("service_claim_required": true, "cookie": "token", "close_on_expiry": false, "leeway_seconds": 2.5})",
      R"("origins": ["https://a.example"], )");
  REQUIRE(all.errors == std::vector<std::string>{});
  const tokens::Policy& policy = *all.config.services[0].tokens;
  CHECK(policy.algorithm == tokens::Algorithm::hs256);
  CHECK(policy.key == kSecret);
  CHECK(policy.audience == "chat");
  CHECK(policy.issuer == "login");
  CHECK_FALSE(policy.required);
  CHECK(policy.service_claim_required);
  CHECK(policy.cookie == "token");
  CHECK_FALSE(policy.close_on_expiry);
  CHECK(policy.leeway == 2500ms);
  const ConfigResult least = folder.parse(R"({"algorithm": "HS256", "key_file": "secret"})");
  REQUIRE(least.errors == std::vector<std::string>{});
  const tokens::Policy& defaults = *least.config.services[0].tokens;
  CHECK(defaults.required);
  CHECK(defaults.close_on_expiry);
  CHECK(defaults.leeway == 10s);
  CHECK(defaults.cookie.empty());
}

TEST_CASE("what is wrong with tokens is told with its place") {
  const Folder folder;
  const std::string at = R"($.services["/a"].tokens)";
  const std::string base = folder.scratch.path().string();
  for (const auto& [tokens, error] : std::vector<std::pair<std::string, std::string>>{
           {R"({"key_file": "secret"})", at + R"(.algorithm: missing, expected "HS256", "RS256" or "ES256")"},
           {R"({"algorithm": "HS256"})",
            at + ".key_file: missing, expected a file, relative to the configuration file's folder"},
           {R"({"algorithm": "hs256", "key_file": "secret"})",
            at + R"(.algorithm: found "hs256", expected "HS256", "RS256" or "ES256"; did you mean "HS256"?)"},
           {R"({"algorithm": "HS256", "key_file": "none"})",
            at + ".key_file: there is no " + base + "/none, expected the key"},
           {R"({"algorithm": "HS256", "key_file": "short"})",
            at + ".key_file: " + base + "/short: expected a secret of at least 32 bytes for HS256, found 10"},
           {R"({"algorithm": "RS256", "key_file": "secret"})",
            at + ".key_file: " + base + "/secret: expected an RSA public key in PEM for RS256"},
           {R"({"algorithm": "HS256", "key_file": "."})",
            at + ".key_file: " + base + "/ is no key's file, expected one of at most 65536 bytes"},
           {R"({"algorithm": "HS256", "key_file": "secret", "cookie": "token"})",
            at + ".cookie: is heeded from allowed origins only, expected origins beside tokens"},
           {R"({"algorithm": "HS256", "key_file": "secret", "leeway_seconds": 301})",
            at + ".leeway_seconds: found 301, expected 0 (none), or a number of seconds from 0.001 to 300"},
       }) {
    CAPTURE(tokens);
    const ConfigResult result = folder.parse(tokens);
    REQUIRE(result.errors.size() == 1);
    CHECK(result.errors[0] == error);
    CHECK(result.errors[0].find("top secret") == std::string::npos);
  }
  CHECK(folder.parse("[]").errors.size() == 1);
}

}  // namespace
}  // namespace encke::app
