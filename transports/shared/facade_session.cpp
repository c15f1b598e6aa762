// Whose session a request of the facade's speaks for.
#include "transports/shared/facade_session.hpp"

#include "server/crypto/base64.hpp"
#include "server/crypto/compare.hpp"
#include "server/crypto/random.hpp"
#include "transports/shared/facade_frames.hpp"
#include "transports/shared/facade_origin.hpp"
#include "transports/shared/form.hpp"
#include "transports/shared/protocols.hpp"
#include "transports/shared/routes.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>
#include <vector>

namespace encke::facade {

namespace {

/// `Characters` of base64 in the alphabet of URLs, six random bits each.
template <std::size_t Characters>
std::string random_characters() {
  std::array<std::uint8_t, Characters / 4 * 3> bytes{};
  crypto::random_fill(bytes);
  std::string text = crypto::base64_encode(bytes);
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  return text;
}

/// Names with a comma and a blank between.
std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) (text += text.empty() ? "" : ", ") += name;
  return text;
}

PeerError no_session() {
  return {.status = 404,
          .close_code = close_code::kSessionLost,
          .text = "there is no such session: it is over, or its server was started anew"};
}

}  // namespace

std::string reserve(Sessions& sessions, std::string_view origin, std::string_view protocol, Places places) {
  const LoopContext& loop = sessions.loop();
  std::string id;
  do {
    id = random_characters<kIdCharacters>();
  } while (worker_of(id, loop.workers) != loop.worker || sessions.find(id) != nullptr);
  const std::string secret = random_characters<std::tuple_size_v<Resumption::Secret>>();
  auto resumption = std::make_unique<Resumption>();
  std::copy(secret.begin(), secret.end(), resumption->secret.begin());
  resumption->origin = origin;
  sessions.reserve(id, std::move(resumption), protocol, places);
  return id + secret;
}

Result<std::string_view> protocol_of(const http::Request& request, const ServiceOptions& options) {
  const std::string asked = sockjs::percent_decode(request.parameter("p"), false);
  if (asked.find_first_not_of(", \t") == std::string::npos) return std::string_view{};
  const std::string_view chosen = choose_protocol(asked, options.protocols);
  if (!chosen.empty()) return chosen;
  return PeerError{.status = 400,
                   .close_code = close_code::kAbnormal,
                   .text = options.protocols.empty()
                               ? "this service has no sub-protocols; expected none to be asked for"
                               : "none of the sub-protocols asked for is spoken here; expected one of " +
                                     joined(options.protocols)};
}

Result<Session*> find(Sessions& sessions, std::string_view key, std::string_view origin) {
  if (key.size() != kKeyCharacters) return no_session();
  Session* const session = sessions.find(key.substr(0, kIdCharacters));
  if (session == nullptr) return no_session();
  const Resumption& owner = *session->resumption();
  const std::string_view secret(owner.secret.data(), owner.secret.size());
  if (!crypto::constant_time_equal(secret, key.substr(kIdCharacters))) return no_session();
  if (!origin.empty() && !owner.origin.empty() && origin != owner.origin) {
    return PeerError{.status = 403,
                     .close_code = close_code::kPolicy,
                     .text = "this session was opened by a page of another origin"};
  }
  return session;
}

void claim(Session& session, std::string_view origin) {
  std::string& owner = session.resumption()->origin;
  if (owner.empty()) owner = origin;
}

Result<std::optional<std::uint64_t>> number_parameter(const http::Request& request, std::string_view name) {
  const std::string_view given = request.parameter(name);
  if (given.data() == nullptr) return std::optional<std::uint64_t>{};
  const std::optional<std::uint64_t> number = parse_number(given);
  if (number) return number;
  return PeerError{
      .status = 400,
      .text = "the parameter " + std::string(name) + " is no number; expected digits, 2^53 - 1 at most"};
}

bool shows_status(const http::Request& request) { return request.parameter("x") != "1"; }

bool wants_padding(const http::Request& request) { return request.parameter("b") == "1"; }

Result<Joining> joining_of(const http::Request& request, bool polls) {
  const Result<std::optional<std::uint64_t>> carrier = number_parameter(request, "n");
  if (!carrier) return carrier.error();
  const Result<std::optional<std::uint64_t>> received = number_parameter(request, "a");
  if (!received) return received.error();
  if (!*carrier || !*received) {
    return PeerError{.status = 400,
                     .text =
                         "expected the parameters n, the carrier's number, and a, how many messages have "
                         "arrived"};
  }
  return Joining{**carrier, **received, !polls || request.parameter("w") == "0"};
}

}  // namespace encke::facade
