// The facade's protocol over WebSocket, streaming and polling, as client-js speaks it. One request opens the
// session; over HTTP its connection goes on as the one that receives, over WebSocket it is given up.
#include <utility>

#include "tests/bench/client.hpp"
#include "tests/bench/facade_page.hpp"
#include "tests/support/http_reader.hpp"
#include "tests/support/socket_frames.hpp"

namespace encke::bench {
namespace {

constexpr std::string_view kNormalClosure{"\x03\xe8", 2};
constexpr std::string_view kPageCloses = "c[1000,\"\"]";

class FacadeClient : public Client, protected Connection::Owner {
 public:
  FacadeClient(Loop& loop, const Options& options, Listener& listener, std::uint32_t id)
      : Client(loop, options, listener, id), first_(loop, *this) {}

  void open() override {
    first_.connect(options_.port, source());
    first_.write(request("open", "", ""));
  }

 protected:
  /// The session is there: its first carrier may come.
  virtual void begin() = 0;

  std::string request(std::string_view below, std::string_view query, std::string_view body) const {
    std::string text = "POST " + options_.prefix + "/encke.1/";
    text.append(below).append(query).append(" HTTP/1.1\r\nHost: ").append(host());
    if (!body.empty()) text.append("\r\nContent-Type: text/plain");
    return text.append("\r\nContent-Length: ")
        .append(std::to_string(body.size()))
        .append("\r\n\r\n")
        .append(body);
  }

  std::size_t on_opened(std::string_view bytes) {
    const std::size_t used = answers_.feed(bytes, [this](std::string_view body) { opening_.append(body); });
    if (answers_.broken() ||
        (answers_.complete() && (answers_.status() != 200 || !page_.read_opening(opening_))))
      fail("no session is opened: status " + std::to_string(answers_.status()) + ", " + opening_);
    if (answers_.complete()) begin();
    return used;
  }

  void on_frame(std::string_view frame) {
    switch (page_.read(frame, messages_, storage_, loop_.now())) {
      case FacadePage::Frame::Acknowledgement:
        if (!std::exchange(opened_, true)) listener_.on_open(*this);
        break;
      case FacadePage::Frame::Messages:
      case FacadePage::Frame::Heartbeat:
        break;
      case FacadePage::Frame::Broken:
        fail("unexpected frame " + std::string(frame.substr(0, 80)));
    }
  }

  FacadePage page_;
  Connection first_;
  test::HttpReader answers_;
  std::string opening_;
  std::string storage_;
  std::vector<std::string_view> messages_;
  bool opened_ = false;
  bool closed_ = false;
};

class FacadeSocketClient final : public FacadeClient {
 public:
  FacadeSocketClient(Loop& loop, const Options& options, Listener& listener, std::uint32_t id)
      : FacadeClient(loop, options, listener, id), socket_(loop, *this), mask_(id) {}

  void send(std::string_view message) override {
    std::string frame = "a[\"";
    frame.append(message).append("\"]");
    page_.count_sent();
    if (page_.owes()) frame.append("\nk").append(std::to_string(page_.state()));
    append(test::opcode::kText, frame);
    flush();
  }

  void close() override {
    closed_ = true;
    append(test::opcode::kText, kPageCloses);
    append(test::opcode::kClose, kNormalClosure);
    flush();
  }

 private:
  void begin() override {
    socket_.connect(options_.port, source());
    socket_.write("GET " + options_.prefix + "/encke.1/" + page_.key() +
                  "/websocket HTTP/1.1\r\nHost: " + host() +
                  "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                  "Sec-WebSocket-Key: " +
                  std::string(test::kSocketKey) + "\r\n\r\n");
  }

  std::size_t on_bytes(Connection& connection, std::string_view bytes) override {
    if (&connection == &first_) {
      on_opened(bytes);
      if (answers_.complete()) first_.close();
      return bytes.size();
    }
    std::string_view rest = bytes;
    if (!upgraded_ && !read_handshake(rest)) return 0;
    test::SocketFrame frame;
    while (socket_.is_open()) {
      const auto read = test::read_socket_frame(rest, frame);
      if (read == test::SocketRead::broken) fail("a WebSocket frame with reserved bits or a mask");
      if (read == test::SocketRead::more) break;
      on_socket_frame(frame);
    }
    return bytes.size() - rest.size();
  }

  bool read_handshake(std::string_view& bytes) {
    const auto end = bytes.find("\r\n\r\n");
    if (end == std::string_view::npos) return false;
    if (!bytes.starts_with("HTTP/1.1 101 "))
      fail("the handshake is refused: " + std::string(bytes.substr(0, 80)));
    bytes.remove_prefix(end + 4);
    upgraded_ = true;
    append(test::opcode::kText, "r[" + std::to_string(page_.next_carrier()) + ",0,0]");
    flush();
    return true;
  }

  void on_socket_frame(const test::SocketFrame& frame) {
    if (closed_) return;
    if (frame.opcode != test::opcode::kText || !frame.fin)
      fail("a frame of opcode " + std::to_string(frame.opcode) + " is not expected");
    on_frame(frame.payload);
    if (frame.payload == "h") {
      acknowledge();
      return;
    }
    for (const auto message : messages_) listener_.on_message(*this, message);
    if (!closed_ && (page_.due() || page_.rested(loop_.now()))) acknowledge();
  }

  void acknowledge() {
    std::string frame(1, 'k');
    append(test::opcode::kText, frame.append(std::to_string(page_.state())));
    flush();
  }

  void on_end(Connection& connection, std::string_view why) override {
    if (&connection == &first_) fail(why);
    if (!closed_) fail(why);
    listener_.on_closed(*this);
  }

  void append(std::uint8_t opcode, std::string_view payload) {
    mask_ = mask_ * 1664525U + 1013904223U;
    test::write_socket_frame(out_, opcode, payload, mask_);
  }

  void flush() {
    socket_.write(out_);
    out_.clear();
  }

  Connection socket_;
  std::uint32_t mask_;
  bool upgraded_ = false;
  std::string out_;
};

class FacadeHttpClient final : public FacadeClient {
 public:
  FacadeHttpClient(Loop& loop, const Options& options, Listener& listener, std::uint32_t id, bool polls)
      : FacadeClient(loop, options, listener, id), polls_(polls), sender_(loop, *this) {}

  void send(std::string_view message) override {
    waiting_.append(waiting_.empty() ? "" : "\",\"").append(message);
    ++count_waiting_;
    if (!sending_) post();
  }

  /// The page says so; the answer is awaited.
  void close() override {
    closed_ = true;
    if (sending_) return;
    said_close_ = true;
    post();
  }

 private:
  void begin() override {
    began_ = true;
    receive();
  }

  void receive() {
    if (!first_.is_open()) first_.connect(options_.port, source());
    std::string query = "?n=" + std::to_string(page_.next_carrier()) + "&a=" + std::to_string(page_.state());
    if (polls_ && !opened_) query += "&w=0";
    first_.write(request(page_.key(), (polls_ ? "/xhr" : "/xhr_streaming") + query, ""));
  }

  void post() {
    if (!sender_.is_open()) sender_.connect(options_.port, source());
    const std::string query =
        "/xhr_send?s=" + std::to_string(page_.sent()) + "&a=" + std::to_string(page_.state());
    std::string body;
    if (!waiting_.empty()) body = "a[\"" + waiting_ + "\"]";
    if (closed_) body.append(body.empty() ? "" : "\n").append(kPageCloses);
    for (; count_waiting_ > 0; --count_waiting_) page_.count_sent();
    waiting_.clear();
    sending_ = true;
    sender_.write(request(page_.key(), query, body));
  }

  std::size_t on_bytes(Connection& connection, std::string_view bytes) override {
    if (&connection == &sender_) return on_answer(bytes);
    return began_ ? on_received(bytes) : on_opened(bytes);
  }

  std::size_t on_received(std::string_view bytes) {
    const std::size_t used = received_.feed(bytes, [this](std::string_view body) {
      if (closed_) return;
      if (polls_)
        body_.append(body);
      else
        on_body(body);
    });
    if (closed_) return bytes.size();
    if (received_.broken() || (received_.status() != 0 && received_.status() != 200))
      fail("a receiving request got status " + std::to_string(received_.status()));
    if (!received_.complete()) return used;
    if (!received_.keeps_alive()) first_.close();
    if (polls_) {
      on_poll();
    } else {
      partial_.clear();
      receive();
    }
    return bytes.size();
  }

  /// As with SockJS the next poll is on its way before its predecessor's messages are looked at; but they are
  /// counted.
  void on_poll() {
    const std::string body = std::move(body_);
    body_.clear();
    std::string_view rest = body;
    std::vector<std::string_view> all;
    for (auto end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
      on_frame(rest.substr(0, end));
      all.insert(all.end(), messages_.begin(), messages_.end());
      rest.remove_prefix(end + 1);
    }
    receive();
    for (const auto message : all) listener_.on_message(*this, message);
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
    if (!read_envelope(Envelope::Line, line, frame, storage_)) return;
    on_frame(frame);
    for (const auto message : messages_) listener_.on_message(*this, message);
    if (page_.due() && !sending_ && !closed_) post();
  }

  std::size_t on_answer(std::string_view bytes) {
    const std::size_t used = answers_.feed(bytes, [this](std::string_view body) { answer_.append(body); });
    if (!answers_.complete() && !answers_.broken()) return used;
    const bool told = answers_.complete() && answers_.status() == 200 && answer_.ends_with('\n');
    std::vector<std::string_view> none;
    if (!sending_ || !told ||
        page_.read(std::string_view(answer_).substr(0, answer_.size() - 1), none, storage_, loop_.now()) !=
            FacadePage::Frame::Acknowledgement)
      fail("a send got status " + std::to_string(answers_.status()) + ", " + answer_);
    answer_.clear();
    sending_ = false;
    if (!answers_.keeps_alive()) sender_.close();
    if (closed_ && said_close_) {
      first_.close();
      sender_.close();
      listener_.on_closed(*this);
      return bytes.size();
    }
    if (closed_ || !waiting_.empty() || page_.due()) {
      said_close_ = closed_;
      post();
    }
    return sender_.is_open() ? used : bytes.size();
  }

  void on_end(Connection& connection, std::string_view why) override {
    if (&connection == &sender_) {
      if (sending_) fail("the sending connection: " + std::string(why));
      return;
    }
    if (!closed_) fail("the receiving connection: " + std::string(why));
  }

  const bool polls_;
  Connection sender_;
  test::HttpReader received_;
  std::string waiting_;  // messages that wait for the answer to the request before, already quoted in between
  std::uint64_t count_waiting_ = 0;
  std::string partial_;  // a line of the receiving body, as far as it has come
  std::string body_;     // of a poll, until it is complete
  std::string answer_;
  bool began_ = false;
  bool sending_ = false;
  bool said_close_ = false;
};

}  // namespace

std::unique_ptr<Client> make_facade_client(Loop& loop, const Options& options, Client::Listener& listener,
                                           std::uint32_t id) {
  const std::string_view transport = options.transport;
  if (transport == "facade_websocket")
    return std::make_unique<FacadeSocketClient>(loop, options, listener, id);
  if (transport == "facade_xhr_streaming" || transport == "facade_xhr")
    return std::make_unique<FacadeHttpClient>(loop, options, listener, id, transport == "facade_xhr");
  return nullptr;
}

}  // namespace encke::bench
