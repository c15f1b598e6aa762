// What comes by HTTP to the capability URLs of a service.
#include "server/app/inbox_page.hpp"

#include "server/core/guard.hpp"
#include "server/core/origin.hpp"
#include "server/http/quirks.hpp"
#include "transports/shared/callback.hpp"
#include "transports/shared/form.hpp"
#include "transports/shared/utf8.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

namespace encke {

namespace {

using services::InboxDesk;
using services::InboxRefusal;

constexpr std::string_view kBegin = "/in/";
constexpr std::size_t kIgnoredBody = 64 * 1024;  // of GET and OPTIONS
constexpr std::size_t kLongestCallback = 32;     // as of the transport jsonp

bool is_utf8(std::string_view text) {
  for (std::size_t at = sockjs::skip_plain(text, 0); at < text.size(); at = sockjs::skip_plain(text, at)) {
    const sockjs::CodePoint point = sockjs::decode_utf8(text, at);
    if (!point.valid) return false;
    at += point.size;
  }
  return true;
}

/// Whether a body of this media type is text, whose encoding is UTF-8 here.
bool is_text(std::string_view type) {
  const std::string_view name = http::trim(type.substr(0, type.find(';')));
  const auto ends = [name](std::string_view end) {
    return name.size() > end.size() && http::same_text(name.substr(name.size() - end.size()), end);
  };
  constexpr std::array<std::string_view, 5> kTexts{"application/json", "application/xml",
                                                   "application/javascript", "application/x-ndjson",
                                                   "application/x-www-form-urlencoded"};
  return http::same_text(name.substr(0, 5), "text/") || ends("+json") || ends("+xml") ||
         std::any_of(kTexts.begin(), kTexts.end(),
                     [name](std::string_view text) { return http::same_text(name, text); });
}

/// The charset that a media type names; empty where it names none.
std::string_view charset_of(std::string_view type) {
  constexpr std::string_view kName = "charset=";
  for (std::size_t at = type.find(';'); at != std::string_view::npos; at = type.find(';')) {
    type = http::trim(type.substr(at + 1));
    if (!http::same_text(type.substr(0, kName.size()), kName)) continue;
    std::string_view value = http::trim(type.substr(kName.size(), type.find(';') - kName.size()));
    if (value.size() > 1 && value.front() == '"' && value.back() == '"')
      value = value.substr(1, value.size() - 2);
    return value;
  }
  return {};
}

/// Whether the head announces more than `most` bytes; what comes in chunks is measured as it comes.
bool announces_more(const http::Request& request, std::size_t most) {
  const std::string_view length = request.field("content-length");
  std::size_t bytes = 0;
  const auto [end, error] = std::from_chars(length.data(), length.data() + length.size(), bytes);
  return error == std::errc::result_out_of_range || (error == std::errc{} && bytes > most);
}

bool takes(const http::Request& request, const InboxTerms& terms) {
  return request.method == "POST" || (request.method == "GET" && terms.get);
}

PeerError mistake(std::uint16_t status, std::string text) {
  return {.status = status, .text = std::move(text)};
}

}  // namespace

bool InboxPage::answers(std::string_view rest) {
  return rest.starts_with(kBegin) && rest.find('/', kBegin.size()) == std::string_view::npos;
}

http::Admission InboxPage::admit(http::Request& request, std::string_view rest) {
  using http::Admission;
  if (request.method == "OPTIONS" && !desk_.options().cors_origins.empty()) {
    return Admission::refuse(preflight(request));  // the same for every token
  }
  request.captured = rest.substr(kBegin.size());
  const LoopContext& loop = desk_.loop();
  const std::optional<unsigned> worker = services::worker_of_token(request.captured);
  if (worker && *worker < loop.workers && *worker != loop.worker) return Admission::move(*worker);
  const InboxTerms* const terms = desk_.find(request.captured);
  if (terms == nullptr) return Admission::refuse(refused(request, InboxRefusal::unknown));
  if (!takes(request, *terms)) {
    http::Response answer =
        refused(request, InboxRefusal::bad, 405,
                terms->get ? "expected POST, or GET with ?message=TEXT" : "expected POST");
    answer.head.add("Allow", terms->get ? "POST, GET" : "POST");
    return Admission::refuse(std::move(answer));
  }
  if (const auto why = desk_.refusal(request.captured)) return Admission::refuse(refused(request, *why));
  if (request.method == "GET") return Admission::serve(*this, kIgnoredBody);
  const std::size_t most = desk_.options().max_bytes;
  if (announces_more(request, most)) return Admission::refuse(refused(request, InboxRefusal::size));
  return Admission::serve(*this, most);
}

void InboxPage::handle(http::Exchange& exchange) {
  const http::Request& request = exchange.request();
  const InboxTerms* const terms = desk_.find(request.captured);
  if (terms == nullptr) {
    exchange.respond(refused(request, InboxRefusal::unknown));
    return;
  }
  const Result<Order> order = read(request, *terms);
  if (order) {
    exchange.respond(deliver(request, *order));
    return;
  }
  InboxRefusal why = InboxRefusal::bad;
  if (order.error().status == 413) why = InboxRefusal::size;
  if (order.error().status == 415) why = InboxRefusal::encoding;
  exchange.respond(refused(request, why, order.error().status, order.error().text));
}

Result<InboxPage::Order> InboxPage::read(const http::Request& request, const InboxTerms& terms) {
  Order order;
  order.delivery.method = request.method;
  if (request.method == "POST") {
    const std::string_view type = request.field("content-type");
    order.delivery.type = type;
    order.delivery.body = request.body;
    order.delivery.text = type.empty() || is_text(type);
    if (!order.delivery.text) return order;
    const bool is_one = is_utf8(request.body);
    if (type.empty()) {
      order.delivery.text = is_one;
      return order;
    }
    const std::string_view charset = charset_of(type);
    const bool is_ours =
        charset.empty() || http::same_text(charset, "utf-8") || http::same_text(charset, "us-ascii");
    if (is_ours && is_one) return order;
    return mistake(415, "expected text in UTF-8; for other bytes say Content-Type: application/octet-stream");
  }
  const std::string_view message = request.parameter("message");
  if (message.data() == nullptr) return mistake(400, "expected ?message=TEXT");
  order.message = sockjs::percent_decode(message, true);
  if (order.message.size() > desk_.options().max_bytes) {
    return mistake(413, "the message is larger than " + std::to_string(desk_.options().max_bytes) + " bytes");
  }
  if (!is_utf8(order.message)) return mistake(400, "expected ?message= with text in UTF-8");
  const bool calls =
      request.parameter("callback").data() != nullptr || request.parameter("c").data() != nullptr;
  if (calls && !terms.jsonp) return mistake(400, "expected no callback: this URL is not for script tags");
  if (calls) {
    Result<std::string> callback = sockjs::callback_of(request, kLongestCallback);
    if (!callback) return mistake(400, callback.error().text);
    order.callback = std::move(*callback);
  }
  return order;
}

http::Response InboxPage::deliver(const http::Request& request, const Order& order) {
  Delivery delivery = order.delivery;
  if (request.method == "GET") delivery.body = order.message;
  const InboxDesk::Outcome outcome = desk_.deliver(request.captured, delivery);
  if (outcome.verdict == InboxDesk::Verdict::refused) return refused(request, outcome.why);
  if (outcome.verdict == InboxDesk::Verdict::failed) {
    return {head(request, 500).type(http::kPlainText), "the service failed\n"};
  }
  if (order.callback.empty()) return {head(request, 204), {}};
  return {head(request, 200).type(http::kJavaScript),
          std::string(http::quirks::kScriptGuard) + order.callback + "({\"delivered\":true});\r\n"};
}

http::Response InboxPage::preflight(const http::Request& request) const {
  http::Response answer{head(request, 204), {}};
  answer.head.add("Access-Control-Allow-Methods", "POST, GET")
      .add("Access-Control-Allow-Headers", "Content-Type")
      .add("Access-Control-Max-Age", "600");
  return answer;
}

http::Response InboxPage::refused(const http::Request& request, InboxRefusal why) {
  switch (why) {
    case InboxRefusal::size:
      return refused(request, why, 413,
                     "the message is larger than " + std::to_string(desk_.options().max_bytes) + " bytes");
    case InboxRefusal::quota:
      return refused(request, why, 429, "this URL has delivered all the messages that it was good for");
    case InboxRefusal::rate:
      return refused(request, why, 429, "too many messages a second; try again later");
    case InboxRefusal::room:
      return refused(request, why, 503, "the page is behind with what it was sent; try again later");
    case InboxRefusal::unknown:
    case InboxRefusal::bad:
    case InboxRefusal::encoding:
      break;  // with a text of their own, but for this one
  }
  return refused(request, InboxRefusal::unknown, 404,
                 "there is no such URL: it never was, its time is up, or it was taken back");
}

http::Response InboxPage::refused(const http::Request& request, InboxRefusal why, int status,
                                  std::string_view text) {
  desk_.ledger().refuse(why);
  http::Response answer{head(request, status).type(http::kPlainText), std::string(text) + "\n"};
  if (why == InboxRefusal::rate) answer.head.retry_after(std::chrono::seconds{1});
  if (why == InboxRefusal::room) answer.head.retry_after(Guard::kRetryAfter);
  return answer;
}

http::ResponseHead InboxPage::head(const http::Request& request, int status) const {
  http::ResponseHead head(status);
  head.never_cached().not_sniffed().add("Referrer-Policy", "no-referrer");
  const std::vector<std::string>& origins = desk_.options().cors_origins;
  if (origins.empty()) return head;
  if (origins.front() == "*") return std::move(head.add("Access-Control-Allow-Origin", "*"));
  head.varies_by_origin();
  const std::string_view origin = request.field("origin");
  if (origin_matches_any(origins, origin)) head.add("Access-Control-Allow-Origin", origin);
  return head;
}

}  // namespace encke
