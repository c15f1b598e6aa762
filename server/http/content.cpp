// Content that does not change while it is served.
#include "server/http/content.hpp"

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

class MemoryFile final : public Resource, public Handler {
 public:
  MemoryFile(std::string_view type, std::string_view body, std::string tag)
      : type_(type), body_(body), tag_(std::move(tag)) {}

  Admission admit(Request& request, std::string_view rest) override {
    if (!rest.empty()) return Admission::refuse(not_found());
    if (request.method != "GET" && request.method != "HEAD") {
      return Admission::refuse(method_not_allowed("GET, HEAD"));
    }
    return Admission::serve(*this, kIgnoredBody);
  }

  void handle(Exchange& exchange) override {
    if (peer_has(exchange.request(), tag_)) {
      exchange.respond(ResponseHead(304).add("ETag", tag_), {});
      return;
    }
    // A page of any origin may load the facade.
    exchange.respond(revalidated(type_, tag_).add("Access-Control-Allow-Origin", "*"), body_);
  }

 private:
  std::string_view type_;
  std::string_view body_;
  std::string tag_;
};

}  // namespace

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
  head.type(type).add("ETag", tag).add("Cache-Control", "no-cache").add("X-Content-Type-Options", "nosniff");
  return head;
}

bool peer_has(const Request& request, std::string_view tag) {
  const std::string_view known = request.field("if-none-match");
  return trim(known) == "*" || list_holds(known, tag) || list_holds(known, "W/" + std::string(tag));
}

std::unique_ptr<Resource> make_memory_file(std::string_view type, std::string_view body, std::string tag) {
  return std::make_unique<MemoryFile>(type, body, std::move(tag));
}

}  // namespace encke::http
