// The server's end of one HTTP/1.x connection.
#include "server/http/connection.hpp"

#include "server/core/guard.hpp"
#include "server/core/release.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>
#include <ctime>
#include <utility>

namespace encke::http {

/// A request whose body is not all here: the head is kept, since the bytes it came in are gone.
struct Connection::Body {
  std::string head;
  std::string bytes;
  HeadParser parser;
  BodyFraming framing;
  std::size_t limit = 0;
  std::size_t timed_bytes = 0;  // how much had come when the deadline was last set
};

namespace {

constexpr std::size_t kKeptBytes = 64 * 1024;  // of a buffer that all connections write their answers into

bool starts_a_method(char letter) { return letter >= 'A' && letter <= 'Z'; }

bool asks_for_websocket(const Request& request) {
  return request.upgrade && std::any_of(request.fields.begin(), request.fields.end(), [](const Field& field) {
           return same_text(field.name, "upgrade") && list_holds(field.value, "websocket");
         });
}

}  // namespace

Limits limits_of(const ServerLimits& limits) {
  return {.head_bytes = limits.head_bytes,
          .head_fields = limits.head_fields,
          .head_time = limits.head_time,
          .body_time = limits.body_time,
          .idle_time = limits.idle_time};
}

Connection::Connection(ByteStream& stream, Shared& shared) : stream_(stream), shared_(shared) {}

Connection::~Connection() { shared_.clients.erase(this); }

void Connection::on_bytes(std::span<char> bytes) {
  if (over_) return;
  if (!may_read() || has_pending()) {
    pending().append(bytes.data(), bytes.size());
    if (may_read()) {
      consume_pending();
    } else if (pending().size() > shared_.limits.pipelined_bytes && !paused_) {
      paused_ = true;
      stream_.pause();
    }
    return;
  }
  const std::size_t used = consume(bytes);
  if (!over_ && used < bytes.size()) pending().assign(bytes.data() + used, bytes.size() - used);
}

void Connection::consume_pending() {
  if (!may_read()) return;
  if (has_pending()) {
    std::unique_ptr<std::string> work = std::move(pending_);
    std::size_t used = 0;
    stream_.catch_up([&] { used = consume(*work); });
    if (over_) return;
    if (used == 0) {
      pending_ = std::move(work);
    } else if (used < work->size()) {
      pending().insert(0, *work, used);
    }
  }
  if (may_read() && paused_) {
    paused_ = false;
    stream_.resume();
  }
}

std::size_t Connection::consume(std::span<char> input) {
  assert(!consuming_);
  consuming_ = true;
  std::size_t used = 0;
  while (may_read() && used < input.size()) {
    const std::size_t step = body_ ? consume_body(input.subspan(used)) : consume_head(input.subspan(used));
    if (step == 0) break;
    used += step;
  }
  consuming_ = false;
  return used;
}

std::size_t Connection::consume_head(std::span<char> input) {
  if (scanned_ == 0 && (input.front() == '\r' || input.front() == '\n')) return 1;  // RFC 9112 2.2
  if (!starts_a_method(input.front())) {
    refuse(400, input.front() == '\x16' ? "this port speaks plain HTTP, and a TLS handshake came"
                                        : "expected an HTTP request");
    return 0;
  }
  const std::string_view text(input.data(), input.size());
  const std::size_t end = find_head_end(text.substr(0, shared_.limits.head_bytes), scanned_);
  if (end == 0) {
    if (text.size() >= shared_.limits.head_bytes) {
      count_refused(stream_, Refusal::head);
      refuse(431,
             "the request's head is longer than " + std::to_string(shared_.limits.head_bytes) + " bytes");
      return 0;
    }
    scanned_ = static_cast<std::uint32_t>(text.size());
    if (!std::exchange(timed_, true)) stream_.set_deadline(shared_.limits.head_time);
    return 0;
  }
  scanned_ = 0;
  timed_ = false;

  Request& request = shared_.request;
  Result<BodyFraming> framing = shared_.parser.parse(text.substr(0, end), request);
  if (!framing) {
    refuse(framing.error().status, framing.error().text);
    return 0;
  }
  if (request.fields.size() > shared_.limits.head_fields) {
    count_refused(stream_, Refusal::head);
    refuse(431, "the request has more than " + std::to_string(shared_.limits.head_fields) + " header fields");
    return 0;
  }
  stream_.greeted();
  if (!shared_.clients.empty()) shared_.clients.erase(this);
  http11_ = request.http11;
  // A proxy that opens its tunnel whatever it is answered hands on what follows a refused upgrade unseen:
  // that is no request here.
  keep_alive_ = request.keep_alive && !asks_for_websocket(request);
  head_only_ = request.method == "HEAD";

  const bool body_is_here = !framing->chunked && framing->length <= text.size() - end;
  const std::size_t body_size = body_is_here ? static_cast<std::size_t>(framing->length) : 0;
  loop().turn.ask(body_size);
  Admission admission = admit();
  if (admission.handler == nullptr && admission.worker >= 0) {
    over_ = true;
    stream_.hand_over(static_cast<unsigned>(admission.worker), std::string(text));
    return end;
  }
  busy_ = true;
  shared_.unread = input.subspan(end + body_size);
  if (admission.handler == nullptr) {
    if (!body_is_here) keep_alive_ = false;
    respond(admission.refusal.head, admission.refusal.body);
    return end + body_size;
  }
  const std::string_view expect = request.field("expect");
  if (!expect.empty() && !same_text(expect, "100-continue")) {
    keep_alive_ = keep_alive_ && body_is_here;
    Exchange::respond(text_response(417, "expected Expect: 100-continue or none"));
    return end + body_size;
  }
  if (!framing->chunked && framing->length > admission.body_limit) {
    count_refused(stream_, Refusal::body);
    keep_alive_ = false;
    Exchange::respond(text_response(
        413, "the request's body is larger than " + std::to_string(admission.body_limit) + " bytes"));
    return end;
  }
  if (!body_is_here) {
    busy_ = false;
    start_body(text.substr(0, end), *framing, admission.body_limit);
    if (!expect.empty() && http11_ && text.size() == end) stream_.write("HTTP/1.1 100 Continue\r\n\r\n");
    return end;
  }
  request.body = text.substr(end, body_size);
  stream_.clear_deadline();
  admission.handler->handle(*this);
  return end + body_size;
}

void Connection::start_body(std::string_view head, BodyFraming framing, std::size_t limit) {
  body_ = std::make_unique<Body>();
  body_->head = head;
  body_->framing = framing;
  body_->limit = limit;
  if (framing.chunked) {
    const auto again = body_->parser.parse(body_->head, shared_.request);
    assert(again);
    (void)again;
  }
  stream_.set_deadline(shared_.limits.body_time);
}

std::size_t Connection::consume_body(std::span<char> input) {
  Body& body = *body_;
  const std::string_view text(input.data(), input.size());
  std::size_t used = 0;
  bool complete = false;
  if (body.framing.chunked) {
    Result<HeadParser::Fed> fed = body.parser.feed_chunked(text, body.bytes, body.limit);
    if (!fed) {
      body_.reset();
      if (fed.error().status == 413) count_refused(stream_, Refusal::body);
      refuse(fed.error().status, fed.error().text);
      return 0;
    }
    used = fed->used;
    complete = fed->complete;
  } else {
    used = std::min(text.size(), static_cast<std::size_t>(body.framing.length) - body.bytes.size());
    body.bytes.append(text.substr(0, used));
    complete = body.bytes.size() == body.framing.length;
  }
  if (!complete) {
    if (body.bytes.size() - body.timed_bytes >= kTimedBytes) {
      body.timed_bytes = body.bytes.size();
      stream_.set_deadline(shared_.limits.body_time);
    }
    return used;
  }
  const std::unique_ptr<Body> whole = std::move(body_);
  Request& request = shared_.request;
  const auto again = shared_.parser.parse(whole->head, request);
  assert(again);
  (void)again;
  request.body = whole->bytes;
  loop().turn.ask(whole->bytes.size());
  Admission admission = admit();
  busy_ = true;
  shared_.unread = input.subspan(used);
  stream_.clear_deadline();
  if (admission.handler == nullptr) {
    respond(admission.refusal.head, admission.refusal.body);
  } else {
    admission.handler->handle(*this);
  }
  // A handler copies what it wants to keep, and the request's views end here at the latest.
  request.body = {};
  return used;
}

void Connection::refuse(const Response& response) {
  busy_ = true;
  keep_alive_ = false;
  respond(response.head, response.body);
}

void Connection::refuse(int status, std::string_view text) {
  http11_ = true;
  head_only_ = false;
  refuse(text_response(status, text));
}

void Connection::write_head(const ResponseHead& head, std::string& out) {
  const std::int64_t second = std::time(nullptr);
  if (second != shared_.date_second) {
    shared_.date_second = second;
    shared_.date = "Date: " + http_date(second) + "\r\n";
  }
  std::array<char, 3> digits{};
  std::to_chars(digits.data(), digits.data() + digits.size(), head.status());
  out += "HTTP/1.1 ";
  out.append(digits.data(), digits.size());
  out += ' ';
  out += reason_phrase(head.status());
  out += "\r\n";
  out += head.fields();
  out += shared_.date;
  if (!keep_alive_) {
    out += "Connection: close\r\n";
  } else if (!http11_) {
    out += "Connection: keep-alive\r\n";
  }
}

void Connection::respond(const ResponseHead& head, std::string_view body) {
  assert(busy_ && !begun_);
  std::string& out = shared_.out;
  out.clear();
  write_head(head, out);
  const bool bodiless = head.status() == 204 || head.status() == 304;
  if (!bodiless) {
    out += "Content-Length: ";
    out += std::to_string(body.size());
    out += "\r\n";
  }
  out += "\r\n";
  if (!bodiless && !head_only_) out += body;
  stream_.write(out);
  if (out.capacity() > kKeptBytes) release(out);
  finish();
}

void Connection::wait(std::unique_ptr<Exchange::Owner> owner) {
  assert(busy_ && !owner_);
  owner_ = std::move(owner);
  static_cast<void>(client());  // for who asks later, when the request is gone
}

void Connection::begin(const ResponseHead& head) {
  assert(busy_ && !begun_);
  begun_ = true;
  if (!http11_) keep_alive_ = false;
  std::string& out = shared_.out;
  out.clear();
  write_head(head, out);
  if (http11_) out += "Transfer-Encoding: chunked\r\n";
  out += "\r\n";
  stream_.write(out);
}

void Connection::end() {
  assert(busy_ && begun_);
  if (http11_ && !head_only_) stream_.write("0\r\n\r\n");
  finish();
}

void Connection::finish() {
  busy_ = begun_ = false;
  if (owner_) loop().turn.bury(std::move(owner_));
  if (!keep_alive_) {
    over();
    stream_.close();
    return;
  }
  stream_.set_deadline(shared_.limits.idle_time);
  draining_ = stream_.queued() > shared_.limits.backlog_bytes;
  if (!consuming_ && (has_pending() || paused_)) loop().turn.defer(*this);
}

void Connection::over() {
  over_ = true;
  pending_.reset();
  body_.reset();
}

void Connection::abort() {
  over();
  if (owner_) loop().turn.bury(std::move(owner_));
  stream_.abort();
}

ByteStream& Connection::upgrade(std::string& unread) {
  assert(busy_ && !begun_);
  if (consuming_) {
    unread.assign(shared_.unread.data(), shared_.unread.size());
  } else {
    // The handler has waited, and the bytes of its request are gone.
    unread = pending_ ? std::move(*pending_) : std::string();
  }
  over();
  // Who comes by himself is known by his socket, at no cost.
  const Client* const told = client();
  if (told != nullptr && told->address != stream_.remote_address()) stream_.speaks_for(told->address);
  stream_.clear_deadline();
  if (std::exchange(paused_, false)) stream_.resume();
  return stream_;
}

void Connection::on_drained() {
  if (busy_) {
    if (owner_) owner_->on_drained();
    return;
  }
  draining_ = false;
  consume_pending();
}

void Connection::on_lost() {
  over();
  if (owner_) owner_->on_lost();
}

void Connection::on_deadline() {
  if (busy_ || over_) return;
  if (body_ || timed_) count_refused(stream_, Refusal::late);
  if (body_) {
    body_.reset();
    refuse(408, "the request's body did not come in time");
  } else if (timed_) {
    refuse(408, "the request's head did not come in time");
  } else {
    over();
    stream_.close();
  }
}

}  // namespace encke::http
