// WebSocket (RFC 6455): SockJS framing on it, Engine.IO's, or bare messages at the raw endpoint.
#include "tests/bench/client.hpp"
#include "tests/bench/frames.hpp"
#include "tests/support/socket_frames.hpp"

namespace encke::bench {
namespace {

constexpr std::string_view kNormalClosure{"\x03\xe8", 2};

class SocketClient final : public Client, Connection::Owner {
 public:
  enum class Framing { Raw, Sockjs, Engine };

  SocketClient(Loop& loop, const Options& options, Listener& listener, std::uint32_t id)
      : Client(loop, options, listener, id),
        framing_(framing_of(options.transport)),
        connection_(loop, *this),
        mask_(id) {}

  void open() override {
    connection_.connect(options_.port, source());
    connection_.write("GET " + options_.prefix + path() + " HTTP/1.1\r\nHost: " + host() +
                      "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                      "Sec-WebSocket-Key: " +
                      std::string(test::kSocketKey) + "\r\n\r\n");
  }

  void send(std::string_view message) override {
    std::string text;
    switch (framing_) {
      case Framing::Raw:
        write(options_.transport == "raw" ? test::opcode::kText : test::opcode::kBinary, message);
        return;
      case Framing::Engine:
        text.append("4").append(message);
        break;
      case Framing::Sockjs:
        text.append("[\"").append(message).append("\"]");
        break;
    }
    write(test::opcode::kText, text);
  }

  void close() override {
    closing_ = true;
    write(test::opcode::kClose, kNormalClosure);
  }

 private:
  static Framing framing_of(std::string_view transport) {
    if (transport.starts_with("raw")) return Framing::Raw;
    return transport == "engineio" ? Framing::Engine : Framing::Sockjs;
  }

  std::string path() const {
    switch (framing_) {
      case Framing::Raw:
        return "/websocket";
      case Framing::Engine:
        return "/?EIO=4&transport=websocket";
      case Framing::Sockjs:
        break;
    }
    return "/000/" + session_id() + "/websocket";
  }

  std::size_t on_bytes(Connection&, std::string_view bytes) override {
    std::string_view rest = bytes;
    if (!upgraded_ && !read_handshake(rest)) return 0;
    test::SocketFrame frame;
    while (connection_.is_open()) {
      const auto read = test::read_socket_frame(rest, frame);
      if (read == test::SocketRead::broken) fail("a WebSocket frame with reserved bits or a mask");
      if (read == test::SocketRead::more) break;
      on_frame(frame);
    }
    return bytes.size() - rest.size();
  }

  void on_end(Connection&, std::string_view why) override {
    if (!closing_) fail(why);
    listener_.on_closed(*this);
  }

  bool read_handshake(std::string_view& bytes) {
    const auto end = bytes.find("\r\n\r\n");
    if (end == std::string_view::npos) return false;
    const auto head = bytes.substr(0, end + 2);
    if (!head.starts_with("HTTP/1.1 101 "))
      fail("the handshake is refused: " + std::string(head.substr(0, 80)));
    if (head.find(test::kSocketAccept) == std::string_view::npos)
      fail("the handshake lacks its Sec-WebSocket-Accept");
    bytes.remove_prefix(end + 4);
    upgraded_ = true;
    if (framing_ == Framing::Raw) listener_.on_open(*this);
    return true;
  }

  /// Gateways answer with bytes.
  static bool is_message(const test::SocketFrame& frame) {
    return frame.fin && (frame.opcode == test::opcode::kText || frame.opcode == test::opcode::kBinary);
  }

  void on_frame(const test::SocketFrame& frame) {
    if (frame.opcode == test::opcode::kPing) {
      write(test::opcode::kPong, frame.payload);
    } else if (frame.opcode == test::opcode::kClose && !closing_) {
      fail("closed by the server");
    } else if (is_message(frame)) {
      if (!closing_) on_text(frame.payload);
    } else if (frame.opcode != test::opcode::kClose && frame.opcode != test::opcode::kPong) {
      fail("a frame of opcode " + std::to_string(frame.opcode) + " is not expected");
    }
  }

  /// Behind a gateway a message may come in pieces, and several in one.
  void on_raw(std::string_view text) {
    if (options_.transport == "raw" || (pieces_.empty() && text.size() == options_.size)) {
      listener_.on_message(*this, text);
      return;
    }
    pieces_ += text;
    std::size_t begin = 0;
    for (; pieces_.size() - begin >= options_.size; begin += options_.size)
      listener_.on_message(*this, std::string_view(pieces_).substr(begin, options_.size));
    pieces_.erase(0, begin);
  }

  void on_text(std::string_view text) {
    if (framing_ == Framing::Raw) {
      on_raw(text);
      return;
    }
    if (framing_ == Framing::Engine) {
      on_packet(text);
      return;
    }
    switch (read_frame(text, messages_, storage_)) {
      case FrameKind::Open:
        listener_.on_open(*this);
        break;
      case FrameKind::Messages:
        for (const auto message : messages_) listener_.on_message(*this, message);
        break;
      case FrameKind::Heartbeat:
        break;
      case FrameKind::Close:
      case FrameKind::Broken:
        fail("unexpected SockJS frame " + std::string(text.substr(0, 80)));
    }
  }

  /// Of Engine.IO 4: a digit that says what it is.
  void on_packet(std::string_view packet) {
    const char kind = packet.empty() ? ' ' : packet.front();
    if (kind == '0') {
      listener_.on_open(*this);
    } else if (kind == '2') {
      write(test::opcode::kText, "3");
    } else if (kind == '4') {
      listener_.on_message(*this, packet.substr(1));
    } else if (kind != '6') {
      fail("unexpected Engine.IO packet " + std::string(packet.substr(0, 80)));
    }
  }

  void write(std::uint8_t opcode, std::string_view payload) {
    out_.clear();
    mask_ = mask_ * 1664525U + 1013904223U;
    test::write_socket_frame(out_, opcode, payload, mask_);
    connection_.write(out_);
  }

  const Framing framing_;
  std::string pieces_;
  Connection connection_;
  std::uint32_t mask_;
  bool upgraded_ = false;
  bool closing_ = false;
  std::string out_;
  std::string storage_;
  std::vector<std::string_view> messages_;
};

}  // namespace

std::unique_ptr<Client> make_socket_client(Loop& loop, const Options& options, Client::Listener& listener,
                                           std::uint32_t id) {
  if (options.transport != "websocket" && !options.transport.starts_with("raw") &&
      options.transport != "engineio") {
    return nullptr;
  }
  return std::make_unique<SocketClient>(loop, options, listener, id);
}

}  // namespace encke::bench
