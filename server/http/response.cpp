// Building responses.
#include "server/http/response.hpp"

#include "server/http/quirks.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>
#include <ctime>

namespace encke::http {

namespace {

constexpr std::int64_t kYearSeconds = 31'536'000;

}  // namespace

ResponseHead& ResponseHead::add(std::string_view name, std::string_view value) {
  assert(value.find_first_of("\r\n") == std::string_view::npos);
  fields_ += name;
  fields_ += ": ";
  fields_ += value;
  fields_ += "\r\n";
  return *this;
}

ResponseHead& ResponseHead::never_cached() { return add("Cache-Control", quirks::kNeverCached); }

ResponseHead& ResponseHead::not_sniffed() { return add(quirks::kTypeOptionsField, quirks::kNoSniffing); }

ResponseHead& ResponseHead::unbuffered() { return add(quirks::kUnbufferedField, quirks::kUnbuffered); }

ResponseHead& ResponseHead::long_cached() {
  add("Cache-Control", "public, max-age=31536000");
  return add("Expires", http_date(std::time(nullptr) + kYearSeconds));
}

ResponseHead& ResponseHead::cross_origin(std::string_view origin, std::string_view asked_headers) {
  if (origin.empty()) {
    fields_ += "Access-Control-Allow-Origin: *\r\nVary: Origin\r\n";
  } else {
    add("Access-Control-Allow-Origin", origin);
    fields_ += "Access-Control-Allow-Credentials: true\r\nVary: Origin\r\n";
  }
  if (!asked_headers.empty()) add("Access-Control-Allow-Headers", asked_headers);
  return *this;
}

ResponseHead& ResponseHead::cross_origin(const Request& request) {
  return cross_origin(request.field("origin"), request.field("access-control-request-headers"));
}

ResponseHead& ResponseHead::retry_after(std::chrono::milliseconds delay) {
  const auto seconds = std::max(std::chrono::ceil<std::chrono::seconds>(delay), std::chrono::seconds{1});
  add("Retry-After", std::to_string(seconds.count()));
  return add("Access-Control-Expose-Headers", "Retry-After");
}

std::string_view reason_phrase(int status) {
  switch (status) {
    case 100:
      return "Continue";
    case 101:
      return "Switching Protocols";
    case 200:
      return "OK";
    case 204:
      return "No Content";
    case 301:
      return "Moved Permanently";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 417:
      return "Expectation Failed";
    case 426:
      return "Upgrade Required";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Status";
  }
}

Response text_response(int status, std::string_view text) {
  Response response{ResponseHead(status), std::string(text)};
  response.head.type(kPlainText).never_cached().not_sniffed();
  response.body += '\n';
  return response;
}

Response not_found() { return text_response(404, "404 Error: Page not found"); }

Response method_not_allowed(std::string_view allow) {
  Response response{ResponseHead(405), {}};
  response.head.add("Allow", allow).never_cached();
  return response;
}

Response preflight(const Request& request, std::string_view methods, bool credentials, bool cors) {
  Response response{ResponseHead(204), {}};
  const std::string_view origin = credentials ? request.field("origin") : std::string_view{};
  if (cors) {
    response.head.cross_origin(origin, request.field("access-control-request-headers"));
  } else {
    response.head.varies_by_origin();
  }
  response.head.add("Access-Control-Allow-Methods", methods)
      .add("Access-Control-Max-Age", "31536000")
      .long_cached();
  return response;
}

std::string http_date(std::int64_t unix_seconds) {
  const std::time_t time = unix_seconds;
  std::tm parts{};
  gmtime_r(&time, &parts);
  std::array<char, 40> text{};
  const std::size_t size = std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return {text.data(), size};
}

void append_chunk_size(std::size_t size, std::string& out) {
  std::array<char, 16> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), size, 16);
  out.append(digits.data(), end.ptr);
  out += "\r\n";
}

std::size_t chunk_data_size(std::size_t framed) {
  constexpr std::size_t kLineEnds = 4;
  std::size_t data = framed - kLineEnds;
  std::size_t digits = 1;
  while (data - digits >= (std::size_t{1} << (4 * digits))) ++digits;
  return data - digits;
}

void append_chunk(std::string_view data, std::string& out) {
  assert(!data.empty());
  append_chunk_size(data.size(), out);
  out += data;
  out += "\r\n";
}

}  // namespace encke::http
