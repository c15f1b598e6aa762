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

constexpr std::array kRoutes{Route{.leaf = "htmlfile", .method = Route::Method::get}};
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

const sockjs::ReceiverKind& kind() {
  static const ScriptEnvelope kScript;
  static const sockjs::EnvelopedMessages kMessages(kScript);
  static const sockjs::ReceiverKind kKind{kScript, kMessages, http::kHtml, false};
  return kKind;
}

/// How the page reaches the one around it. SockJS's claims its domain always, which shuts it off from a page
/// that has not done so wherever that counts; the facade's only where it is shut off.
std::string reaching(const std::string& callback, bool facade) {
  const std::string reach = "c = parent." + callback + ";\n";
  if (!facade) return "    document.domain = document.domain;\n    var " + reach;
  return "    var c;\n    try {\n      " + reach +
         "    } catch (e) {\n      document.domain = document.domain;\n      " + reach + "    }\n";
}

std::string prelude(const std::string& callback, bool facade) {
  std::string page =
      "<!doctype html>\n"
      "<html><head>\n"
      "  <meta http-equiv=\"X-UA-Compatible\" content=\"IE=edge\" />\n"
      "  <meta http-equiv=\"Content-Type\" content=\"text/html; charset=UTF-8\" />\n"
      "</head><body><h2>Don't panic!</h2>\n"
      "  <script>\n" +
      reaching(callback, facade) +
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
  Result<void> serve(http::Exchange& exchange, Sessions& sessions) override {
    const Result<std::string> callback = sockjs::callback_of(exchange.request(), kLongestCallback);
    if (!callback) return callback.error();
    return sockjs::stream(exchange, sessions, kInfo.name, kind(), prelude(*callback, sessions.resumable()));
  }
};

}  // namespace

std::unique_ptr<Transport> make_forever_frame() { return std::make_unique<ForeverFrame>(); }

}  // namespace encke
