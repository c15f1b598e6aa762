// Signatures of tokens: the examples of RFC 7515, and the ways in which tokens have lied about theirs.
#include "tests/tokens/tokens_support.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace encke::tokens;

namespace {

/// RFC 7515 A.1's secret.
std::string joes_secret() {
  return *encke::crypto::base64_decode(
      "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ+EstJQLr/T+1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow==");
}
const std::string kHmacToken =
    "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9." + kJoe + ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

bool good(Algorithm algorithm, const std::string& key, const std::string& token) {
  return signed_claims(algorithm, key, token).has_value();
}

}  // namespace

TEST_CASE("the examples of RFC 7515 A.1 to A.3 are signed, and their claims come out") {
  for (const auto& claims : {signed_claims(Algorithm::hs256, joes_secret(), kHmacToken),
                             signed_claims(Algorithm::rs256, kRsaKey, kRsaToken),
                             signed_claims(Algorithm::es256, kEcKey, kEcToken)}) {
    REQUIRE(claims);
    CHECK(nlohmann::json::parse(*claims) ==
          nlohmann::json{{"iss", "joe"}, {"exp", 1300819380}, {"http://example.com/is_root", true}});
  }
}

TEST_CASE("a character changed anywhere makes a token none") {
  const std::string token = hs256(R"({"exp":1})");
  REQUIRE(good(Algorithm::hs256, kSecret, token));
  for (std::size_t at = 0; at < token.size(); ++at) {
    std::string changed = token;
    changed[at] = changed[at] == 'A' ? 'B' : 'A';
    CAPTURE(at);
    CHECK_FALSE(good(Algorithm::hs256, kSecret, changed));
  }
  CHECK_FALSE(good(Algorithm::hs256, kSecret + "x", token));
  for (const std::string& other : {kRsaToken, kEcToken}) {
    const Algorithm algorithm = other == kRsaToken ? Algorithm::rs256 : Algorithm::es256;
    std::string changed = other;
    changed[changed.size() - 20] ^= 1;
    CHECK_FALSE(good(algorithm, algorithm == Algorithm::rs256 ? kRsaKey : kEcKey, changed));
  }
}

TEST_CASE("the algorithm is the configuration's: `none` is no token, signed or not") {
  const std::string claims = R"({"exp":9999999999})";
  for (const std::string header :
       {R"({"alg":"none"})", R"({"alg":"None"})", R"({"alg":"NONE"})", R"({})", R"({"alg":null})",
        R"({"alg":"hs256"})", R"({"alg":"HS512"})", R"({"alg":["HS256"]})"}) {
    CAPTURE(header);
    const std::string token = with_hmac(header, claims);
    CHECK_FALSE(good(Algorithm::hs256, kSecret, token));
    const std::string unsigned_token = token.substr(0, token.rfind('.') + 1);
    for (const Algorithm algorithm : {Algorithm::hs256, Algorithm::rs256, Algorithm::es256}) {
      const std::string& key = algorithm == Algorithm::hs256   ? kSecret
                               : algorithm == Algorithm::rs256 ? kRsaKey
                                                               : kEcKey;
      CHECK_FALSE(good(algorithm, key, unsigned_token));
    }
  }
}

TEST_CASE("a public key is no secret: RS256 and ES256 take no token that is signed by HMAC with it") {
  const std::string claims = R"({"exp":9999999999})";
  for (const auto& [algorithm, key, name] :
       {std::tuple{Algorithm::rs256, kRsaKey, "RS256"}, {Algorithm::es256, kEcKey, "ES256"}}) {
    CHECK_FALSE(good(algorithm, key, hs256(claims, key)));
    CHECK_FALSE(good(algorithm, key, with_hmac(R"({"alg":")" + std::string(name) + R"("})", claims, key)));
    CHECK_FALSE(good(algorithm, key, hs256(claims, key.substr(0, key.size() - 1))));
  }
  CHECK_FALSE(good(Algorithm::rs256, kRsaKey, kEcToken));
  CHECK_FALSE(good(Algorithm::es256, kEcKey, kRsaToken));
  CHECK_FALSE(good(Algorithm::hs256, kSecret, kRsaToken));
}

TEST_CASE("what is not three parts of base64url, or has more to understand, is no token") {
  const std::string token = hs256(R"({"exp":1})");
  for (const std::string& wrong :
       {std::string(), std::string("."), std::string(".."), std::string("..."), token + ".", token + ".x",
        token + "=", " " + token, token + "\n", token.substr(0, token.rfind('.')),
        std::string(kLongestToken, 'a') + "." + token, token + std::string(1, '\0'),
        base64url(R"({"alg":"HS256"})") + ".." + token.substr(token.rfind('.') + 1)}) {
    CAPTURE(wrong);
    CHECK_FALSE(good(Algorithm::hs256, kSecret, wrong));
  }
  CHECK_FALSE(
      good(Algorithm::hs256, kSecret, with_hmac(R"({"alg":"HS256","crit":["exp"]})", R"({"exp":1})")));
  CHECK_FALSE(good(Algorithm::hs256, kSecret, with_hmac("not JSON", R"({"exp":1})")));
  CHECK_FALSE(good(Algorithm::hs256, kSecret, hs256("not JSON")));
}

TEST_CASE("a key is looked at when it is read: its kind, its length, that it is a public one") {
  CHECK(key_fault(Algorithm::hs256, kSecret) == "");
  CHECK(key_fault(Algorithm::hs256, std::string(32, 'x')) == "");
  CHECK(key_fault(Algorithm::hs256, std::string(31, 'x')) ==
        "expected a secret of at least 32 bytes for HS256, found 31");
  CHECK(key_fault(Algorithm::hs256, kRsaKey) == "expected a secret for HS256, not a key in PEM");
  CHECK(key_fault(Algorithm::rs256, kRsaKey) == "");
  CHECK(key_fault(Algorithm::es256, kEcKey) == "");
  CHECK(key_fault(Algorithm::rs256, kEcKey) == "expected an RSA public key in PEM for RS256");
  CHECK(key_fault(Algorithm::es256, kRsaKey) == "expected a public key of P-256 in PEM for ES256");
  CHECK(key_fault(Algorithm::rs256, kSecret) == "expected an RSA public key in PEM for RS256");
  CHECK(key_fault(Algorithm::rs256, "") == "expected an RSA public key in PEM for RS256");
  CHECK(key_fault(Algorithm::es256, "-----BEGIN PRIVATE KEY-----\n") ==
        "expected a public key of P-256 in PEM for ES256, found a private one");
}
