// The forever frame (SockJS: htmlfile).
#include "transports/forever_frame/forever_frame.hpp"

#include "server/http/quirks.hpp"
#include "transports/shared/callback.hpp"
#include "transports/shared/receiver.hpp"
#include "transports/shared/sockjs_escape.hpp"

#include <array>
#include <cstddef>
#include <string>

namespace encke {

namespace {

constexpr std::string_view kHeadEnd = "\r\n\r\n";
constexpr std::size_t kHeadBytes = http::quirks::kLoadingPageBytes;
static_assert(kHeadBytes + kHeadEnd.size() >= http::quirks::kFirefoxSniffedBytes);
constexpr std::size_t kLongestCallback = 256;

constexpr std::array kRoutes{Route{.leaf = "htmlfile", .method = Route::Method::get, .element = true}};
constexpr TransportInfo kInfo{
    .name = "forever_frame", .routes = kRoutes, .greeting = {}, .can = {.streams = true}};

struct ScriptEnvelope final : sockjs::Envelope {
  void append(std::string_view frame, std::string_view, std::string& out) const override {
    out += "<script>\np(";
    sockjs::append_script_string(frame, out);
    out += ");\n</script>\r\n";
  }
  void append_padding(std::size_t bytes, std::string& out) const override {
    out.append(bytes - 2, ' ');
    out += "\r\n";
  }
};

sockjs::ReceiverKind make_kind(bool site_keyed) {
  static const ScriptEnvelope kScript;
  static const sockjs::EnvelopedMessages kMessages(kScript);
  return {.envelope = kScript,
          .messages = kMessages,
          .content_type = http::kHtml,
          .cross_origin = false,
          .site_keyed = site_keyed};
}

/// Today's browsers let a page set its domain only where its server has said that it may.
const sockjs::ReceiverKind& kind(bool sets_domain) {
  static const sockjs::ReceiverKind kKind = make_kind(false);
  static const sockjs::ReceiverKind kSiteKeyed = make_kind(true);
  return sets_domain ? kSiteKeyed : kKind;
}

/// The domain that the page asks the frame to take, in `d`; empty where it asks for none. Nothing but the one
/// that the service allows, and that only where the request came to a name that is below it: a page of any
/// name below can reach into the frame then, and make requests as the server's own pages do.
Result<std::string_view> domain_of(const http::Request& request, const ServiceOptions& options) {
  const std::string_view asked = request.parameter("d");
  if (asked.data() == nullptr) return std::string_view{};
  std::string_view host = request.field("host");
  host = host.substr(0, host.find(':'));
  const bool below = host.size() >= asked.size() &&
                     http::same_text(host.substr(host.size() - asked.size()), asked) &&
                     (host.size() == asked.size() || host[host.size() - asked.size() - 1] == '.');
  if (!asked.empty() && asked == options.document_domain && below) return asked;
  return PeerError{.status = 403, .text = "frames of this service may not take that domain"};
}

/// How the page reaches the one around it. SockJS's claims its domain always, which shuts it off from a page
/// that has not done so wherever that counts; the facade's only where it is shut off, or a domain that it is
/// asked to.
std::string reaching(const std::string& callback, bool facade, std::string_view domain) {
  const std::string reach = "c = parent." + callback + ";\n";
  if (!domain.empty()) {
    return "    document.domain = \"" + std::string(domain) + "\";\n    var " + reach;
  }
  if (!facade) return "    document.domain = document.domain;\n    var " + reach;
  return "    var c;\n    try {\n      " + reach +
         "    } catch (e) {\n      document.domain = document.domain;\n      " + reach + "    }\n";
}

std::string prelude(const std::string& callback, bool facade, std::string_view domain) {
  std::string page =
      "<!doctype html>\n"
      "<html><head>\n"
      "  <meta http-equiv=\"X-UA-Compatible\" content=\"IE=edge\" />\n"
      "  <meta http-equiv=\"Content-Type\" content=\"text/html; charset=UTF-8\" />\n"
      "</head><body><h2>Don't panic!</h2>\n"
      "  <script>\n" +
      reaching(callback, facade, domain) +
      "    c.start();\n"
      "    function p(d) {c.message(d);};\n"
      "    window.onload = function() {c.stop();};\n"
      "  </script>";
  if (page.size() < kHeadBytes) page.append(kHeadBytes - page.size(), ' ');
  return page += kHeadEnd;
}

class ForeverFrame final : public Transport {
 public:
  const TransportInfo& info() const override { return kInfo; }
  Result<void> serve(const Route&, http::Exchange& exchange, Sessions& sessions) override {
    const Result<std::string> callback = sockjs::callback_of(exchange.request(), kLongestCallback);
    if (!callback) return callback.error();
    Result<std::string_view> domain = std::string_view{};
    if (sessions.resumable()) domain = domain_of(exchange.request(), sessions.options());
    if (!domain) return domain.error();
    return sockjs::stream(exchange, sessions, kInfo.name, kind(!domain->empty()),
                          prelude(*callback, sessions.resumable(), *domain));
  }
};

}  // namespace

std::unique_ptr<Transport> make_forever_frame() { return std::make_unique<ForeverFrame>(); }

}  // namespace encke
