// The request head and the chunked body over llhttp (RFC 9112).
#include "server/http/head_parser.hpp"

#include "server/http/quirks.hpp"

#include <algorithm>
#include <string>

namespace encke::http {

namespace {

// Framing that a chunked body may have: some at all, and so much for each byte of data. A chunk of one byte
// has five.
constexpr std::size_t kFramingBytes = 16 * 1024;
constexpr std::size_t kFramingForEachByte = 16;

/// What RFC 9112 forbids and llhttp lets pass; empty where there is nothing.
std::string_view fault_of(const Request& request) {
  bool host = false;
  for (const Field& field : request.fields) {
    if (!is_token(field.name)) return "a field's name must be a token right before its colon";
    if (!same_text(field.name, "host")) continue;
    if (host) return "a request must have one Host field";
    host = true;
  }
  return request.http11 && !host ? "an HTTP/1.1 request must have a Host field" : std::string_view{};
}

bool connection_holds(const Request& request, std::string_view option) {
  return std::any_of(request.fields.begin(), request.fields.end(), [option](const Field& field) {
    return same_text(field.name, "connection") && list_holds(field.value, option);
  });
}

/// What the peer asks of the connection, by its own word: llhttp heeds Proxy-Connection too.
void read_connection(Request& request) {
  request.keep_alive =
      !connection_holds(request, "close") && (request.http11 || connection_holds(request, "keep-alive"));
}

}  // namespace

std::size_t find_head_end(std::string_view bytes, std::size_t from) {
  // A head ends at a line feed followed by an empty line; three bytes back catch one that was split.
  std::size_t at = from < 3 ? 0 : from - 3;
  while ((at = bytes.find('\n', at)) != std::string_view::npos) {
    if (bytes.substr(at + 1, 1) == "\n") return at + 2;
    if (bytes.substr(at + 1, 2) == "\r\n") return at + 3;
    ++at;
  }
  return 0;
}

const llhttp_settings_t& HeadParser::settings() {
  static const llhttp_settings_t kSettings = [] {
    llhttp_settings_t made;
    llhttp_settings_init(&made);
    made.on_url = [](llhttp_t* parser, const char* at, std::size_t size) {
      self(parser).target_ = {at, size};
      return 0;
    };
    made.on_header_field = [](llhttp_t* parser, const char* at, std::size_t size) {
      if (self(parser).body_ != nullptr) return 0;  // of a trailer
      // An empty value, but at its place.  NOLINTNEXTLINE(bugprone-string-constructor)
      self(parser).request_->fields.push_back({{at, size}, {at + size, 0}});
      return 0;
    };
    made.on_header_value = [](llhttp_t* parser, const char* at, std::size_t size) {
      HeadParser& head = self(parser);
      if (head.body_ != nullptr || size == 0 || head.request_->fields.empty()) return 0;
      Field& field = head.request_->fields.back();
      field.value = trim({at, size});
      const char* const name_end = field.name.data() + field.name.size();
      const std::string_view between(name_end, static_cast<std::size_t>(at - name_end));
      if (between.find('\n') != std::string_view::npos) head.folded_ = true;
      return 0;
    };
    made.on_headers_complete = [](llhttp_t*) -> int { return HPE_PAUSED; };
    made.on_body = [](llhttp_t* parser, const char* at, std::size_t size) -> int {
      HeadParser& head = self(parser);
      if (head.body_->size() + size > head.limit_) {
        head.too_large_ = true;
        return HPE_USER;
      }
      head.body_->append(at, size);
      return 0;
    };
    made.on_message_complete = [](llhttp_t* parser) -> int {
      self(parser).complete_ = true;
      return HPE_PAUSED;
    };
    return made;
  }();
  return kSettings;
}

Result<BodyFraming> HeadParser::parse(std::string_view head, Request& request) {
  llhttp_init(&parser_, HTTP_REQUEST, &settings());
  parser_.data = this;
  request_ = &request;
  request.fields.clear();
  request.body = {};
  request.captured = {};
  target_ = {};
  body_ = nullptr;
  folded_ = false;

  const llhttp_errno_t error = llhttp_execute(&parser_, head.data(), head.size());
  if (error != HPE_PAUSED) {
    if (error == HPE_INVALID_METHOD) {
      return PeerError{.status = 501, .text = "the request's method is not one of HTTP's"};
    }
    if (error == HPE_INVALID_VERSION || (error == HPE_OK && parser_.http_major == 0)) {
      return PeerError{.status = 505, .text = "expected HTTP/1.0 or HTTP/1.1"};
    }
    const char* reason = llhttp_get_error_reason(&parser_);
    return PeerError{.status = 400,
                     .text = "malformed HTTP request: " +
                             std::string(reason != nullptr && *reason != '\0' ? reason : "incomplete head")};
  }
  if (parser_.http_major != 1 || parser_.http_minor > 1) {
    return PeerError{.status = 505, .text = "expected HTTP/1.0 or HTTP/1.1"};
  }
  request.method = llhttp_method_name(static_cast<llhttp_method_t>(parser_.method));
  request.http11 = parser_.http_minor == 1;
  request.keep_alive = llhttp_should_keep_alive(&parser_) != 0;
  // By the list rule that a handshake is held to: llhttp reads fewer forms of a list.
  request.upgrade = (parser_.flags & F_UPGRADE) != 0 && connection_holds(request, "upgrade");
  if (request.has_field(quirks::kProxyConnection)) read_connection(request);
  // An absolute target (RFC 9112 3.2.2) names the host once more; only its path counts.
  std::string_view target = target_;
  if (!target.empty() && target.front() != '/') {
    const std::size_t scheme = target.find("://");
    const std::size_t path = scheme == std::string_view::npos ? scheme : target.find('/', scheme + 3);
    target = path == std::string_view::npos ? target.substr(target.size()) : target.substr(path);
  }
  const std::size_t mark = target.find('?');
  request.path = target.substr(0, mark);
  request.read_query(mark == std::string_view::npos ? std::string_view{} : target.substr(mark + 1));
  if (folded_) return PeerError{.status = 400, .text = "a field's value must stand on one line"};
  if (const std::string_view fault = fault_of(request); !fault.empty()) {
    return PeerError{.status = 400, .text = std::string(fault)};
  }
  const bool chunked = (parser_.flags & F_CHUNKED) != 0;
  request.has_body = chunked || (parser_.flags & F_CONTENT_LENGTH) != 0;
  if (!chunked && (parser_.flags & F_TRANSFER_ENCODING) != 0) {
    return PeerError{.status = 501, .text = "expected chunked as the last transfer encoding"};
  }
  return BodyFraming{chunked, chunked ? 0 : parser_.content_length};
}

Result<HeadParser::Fed> HeadParser::feed_chunked(std::string_view bytes, std::string& body,
                                                 std::size_t limit) {
  body_ = &body;
  limit_ = limit;
  llhttp_resume(&parser_);
  parser_.upgrade = 0;
  const llhttp_errno_t error = llhttp_execute(&parser_, bytes.data(), bytes.size());
  if (too_large_) {
    return PeerError{.status = 413,
                     .text = "the request's body is larger than " + std::to_string(limit) + " bytes"};
  }
  chunked_bytes_ += bytes.size();
  if (!complete_ && error == HPE_OK &&
      chunked_bytes_ - body.size() > kFramingBytes + kFramingForEachByte * body.size()) {
    return PeerError{.status = 400, .text = "the chunked body has more framing than data"};
  }
  if (complete_) {
    return Fed{static_cast<std::size_t>(llhttp_get_error_pos(&parser_) - bytes.data()), true};
  }
  if (error != HPE_OK) {
    return PeerError{.status = 400,
                     .text = "malformed chunked body: " + std::string(llhttp_get_error_reason(&parser_))};
  }
  return Fed{bytes.size(), false};
}

}  // namespace encke::http
