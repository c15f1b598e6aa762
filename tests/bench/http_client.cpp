// The HTTP fallbacks of SockJS: one connection that receives and one that sends, both kept alive. A receiving
// request that ends is followed by the next at once, as browsers do.
#include <array>

#include "tests/bench/client.hpp"
#include "tests/bench/frames.hpp"
#include "tests/support/http_reader.hpp"

namespace encke::bench {
namespace {

/// What tells one fallback from another on the wire.
struct Dialect {
  std::string_view transport;
  std::string_view method;
  std::string_view leaf;
  std::string_view send_leaf;
  std::string_view send_type;
  int send_status;
  bool polls;
  bool form;  // messages go as a form's field, percent-encoded
  Envelope envelope;
};

constexpr std::string_view kPlain = "text/plain";
constexpr std::string_view kForm = "application/x-www-form-urlencoded";

constexpr std::array<Dialect, 5> kDialects{{
    {"xhr_streaming", "POST", "xhr_streaming", "xhr_send", kPlain, 204, false, false, Envelope::Line},
    {"xhr", "POST", "xhr", "xhr_send", kPlain, 204, true, false, Envelope::Line},
    {"eventsource", "GET", "eventsource", "xhr_send", kPlain, 204, false, false, Envelope::Event},
    {"htmlfile", "GET", "htmlfile?c=_jp.bench", "xhr_send", kPlain, 204, false, false, Envelope::Script},
    {"jsonp", "GET", "jsonp?c=_jp.bench", "jsonp_send", kForm, 200, true, true, Envelope::Call},
}};

class HttpClient final : public Client, Connection::Owner {
 public:
  HttpClient(Loop& loop, const Options& options, Listener& listener, std::uint32_t id, const Dialect& dialect)
      : Client(loop, options, listener, id), dialect_(dialect), receiver_(loop, *this), sender_(loop, *this) {
    const std::string base = options.prefix + "/000/" + session_id() + "/";
    receive_request_.append(dialect.method).append(" ").append(base).append(dialect.leaf);
    receive_request_.append(" HTTP/1.1\r\nHost: ").append(host());
    receive_request_.append(dialect.method == "POST" ? "\r\nContent-Length: 0\r\n\r\n" : "\r\n\r\n");
    send_head_.append("POST ")
        .append(base)
        .append(dialect.send_leaf)
        .append(" HTTP/1.1\r\nHost: ")
        .append(host());
    send_head_.append("\r\nContent-Type: ").append(dialect.send_type).append("\r\nContent-Length: ");
  }

  void open() override { receive(); }

  void send(std::string_view message) override {
    waiting_.append(waiting_.empty() ? "" : quote_between()).append(message);
    if (!sending_) send_waiting();
  }

  /// Aborts what receives, as browsers do; the answer to a send is awaited, so that it does not meet a closed
  /// door.
  void close() override {
    closed_ = true;
    if (!sending_) finish();
  }

 private:
  std::string_view quote_between() const { return dialect_.form ? "%22%2C%22" : "\",\""; }

  void finish() {
    receiver_.close();
    sender_.close();
    listener_.on_closed(*this);
  }

  void receive() {
    if (!receiver_.is_open()) receiver_.connect(options_.port, source());
    receiver_.write(receive_request_);
  }

  void send_waiting() {
    if (!sender_.is_open()) sender_.connect(options_.port, source());
    std::string body = dialect_.form ? "d=%5B%22" : "[\"";
    body.append(waiting_).append(dialect_.form ? "%22%5D" : "\"]");
    waiting_.clear();
    std::string request = send_head_;
    request.append(std::to_string(body.size())).append("\r\n\r\n").append(body);
    sending_ = true;
    sender_.write(request);
  }

  std::size_t on_bytes(Connection& connection, std::string_view bytes) override {
    return &connection == &receiver_ ? on_received(bytes) : on_answer(bytes);
  }

  std::size_t on_received(std::string_view bytes) {
    const std::size_t used = received_.feed(bytes, [this](std::string_view body) {
      if (dialect_.polls)
        body_.append(body);
      else if (!closed_)
        on_body(body);
    });
    if (closed_) return bytes.size();
    if (received_.broken()) fail("the response is not HTTP: " + std::string(bytes.substr(0, 80)));
    if (received_.status() != 0 && received_.status() != 200)
      fail("a receiving request got status " + std::to_string(received_.status()));
    if (!received_.complete()) return used;
    on_response_end();
    return bytes.size();
  }

  void on_response_end() {
    if (!received_.keeps_alive()) receiver_.close();
    receive();
    if (!dialect_.polls) {
      partial_.clear();
      return;
    }
    // The next poll is on its way before its predecessor's messages are looked at, so that an answer finds it
    // waiting.
    const std::string body = std::move(body_);
    body_.clear();
    on_body(body);
  }

  void on_body(std::string_view body) {
    for (auto end = body.find('\n'); end != std::string_view::npos && !closed_; end = body.find('\n')) {
      if (partial_.empty()) {
        on_line(body.substr(0, end));
      } else {
        const std::string line = std::move(partial_.append(body.substr(0, end)));
        partial_.clear();
        on_line(line);
      }
      body.remove_prefix(end + 1);
    }
    partial_.append(body);
  }

  void on_line(std::string_view line) {
    std::string_view frame;
    if (!read_envelope(dialect_.envelope, line, frame, envelope_storage_)) return;
    switch (read_frame(frame, messages_, storage_)) {
      case FrameKind::Open:
        if (opened_) fail("the server has lost the session: a second open frame");
        opened_ = true;
        listener_.on_open(*this);
        break;
      case FrameKind::Messages:
        for (const auto message : messages_) listener_.on_message(*this, message);
        break;
      case FrameKind::Heartbeat:
        break;
      case FrameKind::Close:
      case FrameKind::Broken:
        fail("unexpected SockJS frame " + std::string(frame.substr(0, 80)));
    }
  }

  std::size_t on_answer(std::string_view bytes) {
    const std::size_t used = answers_.feed(bytes, [](std::string_view) {});
    if (answers_.broken()) fail("the answer to a send is not HTTP: " + std::string(bytes.substr(0, 80)));
    if (!answers_.complete()) return used;
    if (answers_.status() != dialect_.send_status || !sending_)
      fail("a send got status " + std::to_string(answers_.status()));
    sending_ = false;
    if (closed_) {
      finish();
      return bytes.size();
    }
    if (!answers_.keeps_alive()) sender_.close();
    if (!waiting_.empty()) send_waiting();
    return answers_.keeps_alive() ? used : bytes.size();
  }

  void on_end(Connection& connection, std::string_view why) override {
    if (&connection == &sender_) {
      if (sending_) fail("the sending connection: " + std::string(why));
      return;  // a server may close a connection that rests
    }
    if (closed_) return;
    if (!received_.ends_with_connection()) fail("the receiving connection: " + std::string(why));
    received_.reset();
    on_response_end();
  }

  const Dialect& dialect_;
  Connection receiver_;
  Connection sender_;
  test::HttpReader received_;
  test::HttpReader answers_;
  std::string receive_request_;
  std::string send_head_;
  std::string waiting_;  // messages that wait for the answer to the request before, already quoted in between
  std::string partial_;  // a line of the receiving body, as far as it has come
  std::string body_;     // of a poll, until it is complete
  std::string storage_;
  std::string envelope_storage_;
  std::vector<std::string_view> messages_;
  bool sending_ = false;
  bool opened_ = false;
  bool closed_ = false;
};

}  // namespace

std::unique_ptr<Client> make_http_client(Loop& loop, const Options& options, Client::Listener& listener,
                                         std::uint32_t id) {
  for (const auto& dialect : kDialects)
    if (dialect.transport == options.transport)
      return std::make_unique<HttpClient>(loop, options, listener, id, dialect);
  return nullptr;
}

}  // namespace encke::bench
