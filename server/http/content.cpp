// Content that does not change while it is served.
#include "server/http/content.hpp"

#include "server/http/quirks.hpp"

#include <array>
#include <utility>

namespace encke::http {

namespace {

constexpr std::size_t kIgnoredBody = 64 * 1024;

constexpr std::array<std::pair<std::string_view, std::string_view>, 20> kTypes{{
    {".html", "text/html; charset=UTF-8"},
    {".htm", "text/html; charset=UTF-8"},
    {".css", "text/css; charset=UTF-8"},
    {".js", "text/javascript; charset=UTF-8"},
    {".mjs", "text/javascript; charset=UTF-8"},
    {".map", "application/json; charset=UTF-8"},
    {".json", "application/json; charset=UTF-8"},
    {".txt", "text/plain; charset=UTF-8"},
    {".md", "text/plain; charset=UTF-8"},
    {".xml", "text/xml; charset=UTF-8"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".gif", "image/gif"},
    {".jpg", "image/jpeg"},
    {".jpeg", "image/jpeg"},
    {".ico", "image/x-icon"},
    {".webp", "image/webp"},
    {".woff", "font/woff"},
    {".woff2", "font/woff2"},
    {".wasm", "application/wasm"},
}};

/// Whether an element of Accept-Encoding, `gzip;q=0.5`, takes gzip.
bool takes(std::string_view element) {
  const std::string_view name = trim(element.substr(0, element.find(';')));
  if (!same_text(name, "gzip") && !same_text(name, "x-gzip")) return false;
  const std::size_t weight = element.find('=');
  return weight == std::string_view::npos ||
         element.find_first_of("123456789", weight) != std::string_view::npos;
}

bool breaks_gzip(std::string_view agent) {
  const std::size_t at = agent.find(quirks::kExplorerMark);
  if (at == std::string_view::npos) return false;
  const std::string_view version = agent.substr(at + quirks::kExplorerMark.size());
  const bool old = version.size() > 1 && version[0] >= '4' && version[0] <= '6' && version[1] == '.';
  return old && agent.find(quirks::kMendedExplorerMark) == std::string_view::npos;
}

/// Whether the answer may be compressed by gzip (RFC 9110 12.5.3). Proxies that speak HTTP/1.0 may not heed
/// Vary.
bool takes_gzip(const Request& request) {
  if (!request.http11 || breaks_gzip(request.field("user-agent"))) return false;
  std::string_view list = request.field("accept-encoding");
  while (!list.empty()) {
    if (takes(next_element(list))) return true;
  }
  return false;
}

class MemoryResource final : public Resource, public Handler {
 public:
  explicit MemoryResource(const MemoryFile& file) : file_(file) {}

  Admission admit(Request& request, std::string_view rest) override {
    if (!rest.empty()) return Admission::refuse(not_found());
    return admit_reading(request, *this, kIgnoredBody);
  }

  void handle(Exchange& exchange) override {
    const bool compressed = !file_.gzip.empty() && takes_gzip(exchange.request());
    const std::string_view tag = compressed ? file_.gzip_tag : file_.tag;
    const bool known = peer_has(exchange.request(), tag);
    ResponseHead head = known ? ResponseHead(304).add("ETag", tag) : revalidated(file_.type, tag);
    if (!file_.gzip.empty()) head.add("Vary", "Accept-Encoding, User-Agent");
    if (known) {
      exchange.respond(head, {});
      return;
    }
    if (compressed) head.add("Content-Encoding", "gzip");
    // A page of any origin may load the facade.
    exchange.respond(head.add("Access-Control-Allow-Origin", "*"), compressed ? file_.gzip : file_.body);
  }

 private:
  const MemoryFile file_;
};

}  // namespace

Admission admit_reading(const Request& request, Handler& handler, std::size_t body_limit) {
  if (request.method == "GET" || request.method == "HEAD") return Admission::serve(handler, body_limit);
  return Admission::refuse(method_not_allowed("GET, HEAD"));
}

std::string_view media_type(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  if (dot != std::string_view::npos) {
    for (const auto& [ending, type] : kTypes) {
      if (same_text(name.substr(dot), ending)) return type;
    }
  }
  return "application/octet-stream";
}

ResponseHead revalidated(std::string_view type, std::string_view tag) {
  ResponseHead head(200);
  head.type(type).add("ETag", tag).add("Cache-Control", "no-cache").not_sniffed();
  return head;
}

bool peer_has(const Request& request, std::string_view tag) {
  const std::string_view known = request.field("if-none-match");
  return trim(known) == "*" || list_holds(known, tag) || list_holds(known, "W/" + std::string(tag));
}

std::unique_ptr<Resource> make_memory_file(const MemoryFile& file) {
  return std::make_unique<MemoryResource>(file);
}

}  // namespace encke::http
