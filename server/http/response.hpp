// What is answered: status, fields, body, and the sets of fields that many answers share.
#pragma once

#include "server/http/request.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace encke::http {

inline constexpr std::string_view kPlainText = "text/plain; charset=UTF-8";
inline constexpr std::string_view kHtml = "text/html; charset=UTF-8";
inline constexpr std::string_view kJson = "application/json; charset=UTF-8";
inline constexpr std::string_view kJavaScript = "application/javascript; charset=UTF-8";

/// Status and fields of a response. Content-Length, Transfer-Encoding, Connection and Date are the
/// exchange's.
class ResponseHead {
 public:
  ResponseHead() = default;
  explicit ResponseHead(int status) : status_(status) { fields_.reserve(kUsualBytes); }

  /// Adds a field. Neither argument may hold a line break (request fields cannot).
  ResponseHead& add(std::string_view name, std::string_view value);
  /// `Content-Type`.
  ResponseHead& type(std::string_view value) { return add("Content-Type", value); }
  /// For answers that must reach the browser anew each time.
  ResponseHead& never_cached();
  /// For answers whose type browsers are not to guess.
  ResponseHead& not_sniffed();
  /// For answers whose bytes are to reach the browser as they come.
  ResponseHead& unbuffered();
  /// For answers that hold for a year.
  ResponseHead& long_cached();
  /// Cross-origin reading, with credentials where the request names an origin (Fetch standard 3.2).
  ResponseHead& cross_origin(const Request& request);
  /// The same for an answer that is made when the request is gone; `origin` empty: it had none.
  ResponseHead& cross_origin(std::string_view origin, std::string_view asked_headers);
  /// For answers to nobody in particular, of what only some origins may read.
  ResponseHead& varies_by_origin() { return add("Vary", "Origin"); }
  /// When to try again, in whole seconds, at least one; pages of other origins can read it.
  ResponseHead& retry_after(std::chrono::milliseconds delay);

  int status() const { return status_; }
  const std::string& fields() const { return fields_; }

 private:
  static constexpr std::size_t kUsualBytes = 384;  // so that a usual head is one allocation

  int status_ = 200;
  std::string fields_;  // "Name: value\r\n" each
};

struct Response {
  ResponseHead head;
  std::string body;
};

/// The reason phrase of RFC 9110 for a status; "Status" for one that we do not send.
std::string_view reason_phrase(int status);

/// A plain-text answer that says what was wrong, for no cache to keep. It may quote the request, so no
/// browser is to guess its type.
Response text_response(int status, std::string_view text);
/// 404, as every path that nobody serves.
Response not_found();
/// 405 with the methods that are allowed, "GET, POST" (RFC 9110 15.5.6); no body, and for no cache to keep.
Response method_not_allowed(std::string_view allow);
/// The answer to a CORS preflight: 204 that holds for a year. `credentials` false: to requests that bring
/// none. `cors` false: without the fields that let pages of other origins read.
Response preflight(const Request& request, std::string_view methods, bool credentials = true,
                   bool cors = true);

/// RFC 9110 5.6.7: "Sun, 06 Nov 1994 08:49:37 GMT".
std::string http_date(std::int64_t unix_seconds);

/// Appends `data`, which is not empty, as one chunk (RFC 9112 7.1).
void append_chunk(std::string_view data, std::string& out);
/// Appends the size line of a chunk of `size` bytes.
void append_chunk_size(std::size_t size, std::string& out);
/// How many bytes of data a chunk of `framed` bytes, framing included, holds.
std::size_t chunk_data_size(std::size_t framed);

}  // namespace encke::http
