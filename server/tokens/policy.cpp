// Tokens and what they claim.
#include "server/tokens/policy.hpp"

#include "server/core/origin.hpp"
#include "server/core/target_rules.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

namespace encke::tokens {

namespace {

using nlohmann::json;
using std::chrono::milliseconds;

constexpr int kUnauthorized = 401;
constexpr int kForbidden = 403;
constexpr Date kLongest = std::chrono::hours(24 * 365);  // of a Grant that ends

Verdict refused(std::string text, int status = kUnauthorized) {
  return {.status = status, .refusal = std::move(text), .subject = {}, .expires = {}, .targets = {}};
}

/// A claim that is one text, or a list of them; nothing where it is neither.
std::optional<std::vector<std::string>> texts_of(const json& claim) {
  if (claim.is_string()) return std::vector{claim.get<std::string>()};
  if (!claim.is_array()) return std::nullopt;
  std::vector<std::string> texts;
  for (const json& element : claim) {
    if (!element.is_string()) return std::nullopt;
    texts.push_back(element.get<std::string>());
  }
  return texts;
}

bool names(const std::optional<std::vector<std::string>>& texts, std::string_view text) {
  return texts && std::find(texts->begin(), texts->end(), text) != texts->end();
}

/// A date's claim; nothing where it is missing or none.
std::optional<Date> date_of(const json& claims, const char* name) {
  const auto found = claims.find(name);
  if (found == claims.end() || !found->is_number()) return std::nullopt;
  return Date(found->get<double>());
}

/// A rule of the claim `targets`; nothing where it is none.
std::optional<TargetRule> target_of(const json& claim) {
  if (!claim.is_object() || claim.size() != 2 || !claim.contains("hosts") || !claim.contains("ports") ||
      !claim["ports"].is_array())
    return std::nullopt;
  const auto hosts = texts_of(claim["hosts"]);
  if (!hosts) return std::nullopt;
  TargetRule rule{.origins = {}, .hosts = *hosts, .ports = {}};
  for (const json& each : claim["ports"]) {
    const auto range = each.is_string()            ? parse_ports(each.get<std::string>())
                       : each.is_number_unsigned() ? parse_ports(std::to_string(each.get<std::uint64_t>()))
                                                   : std::nullopt;
    if (!range) return std::nullopt;
    rule.ports.push_back(*range);
  }
  return target_rule_fault(rule).empty() ? std::optional(std::move(rule)) : std::nullopt;
}

std::optional<Verdict> judge_targets(const json& claims, Verdict& good) {
  const auto claim = claims.find("targets");
  if (claim == claims.end()) return std::nullopt;
  good.targets.emplace();
  bool fine = claim->is_array();
  for (std::size_t index = 0; fine && index < claim->size(); ++index) {
    const auto rule = target_of((*claim)[index]);
    fine = rule.has_value();
    if (fine) good.targets->push_back(*rule);
  }
  if (fine) return std::nullopt;
  return refused("the token's targets are none; expected a list of {\"hosts\": [...], \"ports\": [...]}");
}

std::optional<Verdict> judge_times(const Policy& policy, const json& claims, Date now, Date& expires) {
  const std::optional<Date> end = date_of(claims, "exp");
  if (!end) return refused("the token does not say when it expires; expected a claim exp");
  if (now >= *end + policy.leeway) return refused("the token has expired");
  if (claims.contains("nbf")) {
    const std::optional<Date> begin = date_of(claims, "nbf");
    if (!begin) return refused("the token's nbf is no date");
    if (now < *begin - policy.leeway) return refused("the token is not valid yet");
  }
  expires = *end;
  return std::nullopt;
}

std::optional<Verdict> judge_names(const Policy& policy, const json& claims, std::string_view service,
                                   std::string_view origin) {
  if (!policy.audience.empty() &&
      !(claims.contains("aud") && names(texts_of(claims["aud"]), policy.audience))) {
    return refused("the token is not meant for this server: its aud is another");
  }
  if (!policy.issuer.empty() && !(claims.contains("iss") && claims["iss"] == policy.issuer)) {
    return refused("the token is not of this server's issuer: its iss is another");
  }
  if (!claims.contains("services")) {
    if (policy.service_claim_required)
      return refused("the token names no services; expected this one in a claim services", kForbidden);
  } else if (!names(texts_of(claims["services"]), service)) {
    return refused("the token is not for this service: its claim services does not name it", kForbidden);
  }
  if (claims.contains("origins")) {
    const auto origins = texts_of(claims["origins"]);
    if (!origins || !origin_matches_any(*origins, origin)) {
      return refused("the token is not for pages of this origin: its claim origins does not name it",
                     kForbidden);
    }
  }
  return std::nullopt;
}

}  // namespace

Verdict judge(const Policy& policy, std::string_view service, std::string_view origin, std::string_view token,
              Date now) {
  const std::optional<std::string> text = signed_claims(policy.algorithm, policy.key, token);
  if (!text) {
    return refused("the token is none, or not signed as it should be; expected " +
                   std::string(kAlgorithmNames[static_cast<std::size_t>(policy.algorithm)]));
  }
  const json claims = json::parse(*text, nullptr, false);
  if (!claims.is_object()) return refused("the token's claims are no object");
  Verdict good;
  if (auto wrong = judge_times(policy, claims, now, good.expires)) return *wrong;
  if (auto wrong = judge_names(policy, claims, service, origin)) return *wrong;
  if (auto wrong = judge_targets(claims, good)) return *wrong;
  if (const auto subject = claims.find("sub"); subject != claims.end() && subject->is_string()) {
    good.subject = subject->get<std::string>();
  }
  return good;
}

Authorizer authorizer(Policy policy, std::function<Date()> clock) {
  return [policy = std::make_shared<const Policy>(std::move(policy)), clock = std::move(clock)](
             const AccessRequest& request, const Access& access) {
    std::string_view token = request.token;
    // Browsers send cookies with whatever any page asks for, so one counts with an allowed origin only.
    const bool by_cookie =
        token.empty() && !policy->cookie.empty() && !request.origin.empty() && !request.needs_token;
    if (by_cookie) token = request.cookie(policy->cookie);
    if (token.empty()) {
      if (!policy->required) {
        access.grant();
      } else {
        access.deny(request.needs_token ? kForbidden : kUnauthorized,
                    "this service needs a token; expected Authorization: Bearer, the facade's option token, "
                    "or access_token");
      }
      return;
    }
    const Date now = clock();
    const Verdict verdict = judge(*policy, request.service, request.origin, token, now);
    if (!verdict.refusal.empty()) {
      access.deny(verdict.status, verdict.refusal);
      return;
    }
    Grant grant;
    grant.identity = verdict.subject;
    grant.by_token = !by_cookie;
    grant.targets = verdict.targets;
    const Date left = verdict.expires + policy->leeway - now;
    if (policy->close_on_expiry && left < kLongest) {
      grant.lifetime = std::chrono::ceil<milliseconds>(left);
      grant.expired.text = "the token has expired";
    }
    access.grant(std::move(grant));
  };
}

Authorizer authorizer(Policy policy) {
  return authorizer(std::move(policy),
                    [] { return Date(std::chrono::system_clock::now().time_since_epoch()); });
}

}  // namespace encke::tokens
