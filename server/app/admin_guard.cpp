// Who may see and do what operators may.
#include "server/app/admin_guard.hpp"

#include "server/crypto/base64.hpp"
#include "server/crypto/compare.hpp"
#include "server/crypto/digest.hpp"

#include <algorithm>
#include <utility>

namespace encke {

namespace {

std::string_view bytes_of(const crypto::Sha256& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

/// What follows `scheme` and a blank in an Authorization field; null data() for another scheme.
std::string_view credentials_of(std::string_view field, std::string_view scheme) {
  const std::size_t end = field.find(' ');
  if (end == std::string_view::npos || !http::same_text(field.substr(0, end), scheme)) return {};
  return http::trim(field.substr(end));
}

/// Whether a Host is an address, or localhost: a name that others cannot lead here from their own pages.
bool is_certain(std::string_view host) {
  if (host.starts_with('[')) return true;
  host = host.substr(0, host.find(':'));
  if (http::same_text(host, "localhost")) return true;
  // A name that ends in a number is an address to browsers (URL standard 3.5).
  return !host.empty() && host.back() >= '0' && host.back() <= '9' &&
         host.find_first_not_of("0123456789.") == std::string_view::npos;
}

}  // namespace

AdminGuard::AdminGuard(std::string_view token) : open_(token.empty()), digest_(crypto::sha256(token)) {}

void AdminGuard::expect(std::string_view token) { *this = AdminGuard(token); }

bool AdminGuard::has_token(const http::Request& request) const {
  const std::string_view field = request.field("authorization");
  std::string given;
  if (const std::string_view bearer = credentials_of(field, "Bearer"); bearer.data() != nullptr) {
    given = bearer;
  } else if (const std::string_view basic = credentials_of(field, "Basic"); basic.data() != nullptr) {
    const std::string pair = crypto::base64_decode(basic).value_or(std::string{});
    const std::size_t colon = pair.find(':');
    if (colon != std::string::npos) given = pair.substr(colon + 1);
  }
  return crypto::constant_time_equal(bytes_of(crypto::sha256(given)), bytes_of(digest_));
}

std::optional<http::Response> AdminGuard::refuse(const http::Request& request) const {
  if (open_ && !is_certain(request.field("host"))) {
    return http::text_response(
        403, "without a token this is served by its address, or as localhost, only; expected such a Host");
  }
  if (!open_ && !has_token(request)) {
    http::Response response = http::text_response(
        401, "expected the token of the configuration, as Authorization: Bearer, or as a password");
    response.head.add("WWW-Authenticate", "Basic realm=\"Encke\", charset=\"UTF-8\"");
    return response;
  }
  const std::string_view origin = request.field("origin");
  const std::size_t host = origin.find("://");
  if (!origin.empty() &&
      (host == std::string_view::npos || !http::same_text(origin.substr(host + 3), request.field("host")))) {
    return http::text_response(403, "pages of other origins may not use this");
  }
  return std::nullopt;
}

namespace {

class Guarded final : public http::Resource {
 public:
  Guarded(const AdminGuard& guard, std::unique_ptr<http::Resource> inner)
      : guard_(guard), inner_(std::move(inner)) {}

  http::Admission admit(http::Request& request, std::string_view rest) override {
    if (std::optional<http::Response> refusal = guard_.refuse(request)) {
      return http::Admission::refuse(std::move(*refusal));
    }
    return inner_->admit(request, rest);
  }

 private:
  const AdminGuard& guard_;
  const std::unique_ptr<http::Resource> inner_;
};

}  // namespace

std::unique_ptr<http::Resource> guarded(const AdminGuard& guard, std::unique_ptr<http::Resource> inner) {
  return std::make_unique<Guarded>(guard, std::move(inner));
}

}  // namespace encke
