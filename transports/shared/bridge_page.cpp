// The page that makes requests for a page of another origin.
#include "transports/shared/bridge_page.hpp"

#include "server/crypto/base64.hpp"
#include "server/crypto/digest.hpp"
#include "server/http/content.hpp"

#include <algorithm>
#include <cstddef>

namespace encke::facade {

namespace {

/// Whether it may stand in the page and in a policy as it is; an origin that is none matches no page anyway.
bool is_plain(std::string_view origin) {
  return !origin.empty() && std::all_of(origin.begin(), origin.end(), [](char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
           (letter >= '0' && letter <= '9') ||
           std::string_view("-._~:/[]*").find(letter) != std::string_view::npos;
  });
}

std::string joined(const std::vector<std::string>& origins) {
  std::string text;
  for (const std::string& origin : origins) {
    if (!is_plain(origin)) continue;
    if (!text.empty()) text += ' ';
    text += origin;
  }
  return text;
}

}  // namespace

std::string bridge_page(std::string_view path, const std::vector<std::string>& origins) {
  // From the page up to the root that the browser sees, which a proxy may have moved.
  std::string root;
  for (auto slashes = std::count(path.begin(), path.end(), '/'); slashes > 1; --slashes) root += "../";
  std::string allowed = joined(origins);
  if (allowed.empty() && !origins.empty()) allowed = "none";
  return "<!doctype html>\n"
         "<html><head>\n"
         "  <meta http-equiv=\"X-UA-Compatible\" content=\"IE=edge\" />\n"
         "  <meta http-equiv=\"Content-Type\" content=\"text/html; charset=UTF-8\" />\n"
         "  <title>Encke</title>\n"
         "  <script id=\"encke\" data-origins=\"" +
         allowed + "\" src=\"" + root +
         "encke.js\"></script>\n"
         "</head><body></body></html>\n";
}

std::string bridge_policy(const std::vector<std::string>& origins) {
  const std::string allowed = joined(origins);
  const std::string around = origins.empty() ? "*" : allowed.empty() ? "'none'" : allowed;
  // Frames: those that never end, and in browsers without postMessage one of the page around it.
  return "default-src 'none'; script-src 'self'; connect-src 'self'; frame-src 'self' " +
         (origins.empty() ? "*" : allowed) + "; frame-ancestors " + around;
}

void BridgePage::handle(http::Exchange& exchange) {
  const http::Request& request = exchange.request();
  const std::string page = bridge_page(request.path, origins_);
  const std::string tag = '"' + crypto::base64_encode(crypto::md5(page)) + '"';
  const bool known = http::peer_has(request, tag);
  http::ResponseHead head(known ? 304 : 200);
  head.add("Cache-Control", "public, max-age=3600")
      .add("ETag", tag)
      .add("Content-Security-Policy", policy_)
      .not_sniffed();
  if (!known) head.type(http::kHtml);
  exchange.respond(head, known ? std::string_view{} : page);
}

}  // namespace encke::facade
