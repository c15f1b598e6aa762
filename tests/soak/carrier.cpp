// Carriers from the page's end.
#include "tests/soak/carrier.hpp"

#include "tests/soak/own_connection.hpp"
#include "tests/soak/raw_carrier.hpp"
#include "tests/support/socket_frames.hpp"

#include <utility>

namespace encke::soak {
namespace {

using test::PageSession;
namespace opcode = test::opcode;

class HttpCarrier final : public PageCarrier, HttpLine::Caller {
 public:
  HttpCarrier(const Dialect& its_dialect, std::uint64_t its_number, HttpLine& line, Owner& owner)
      : PageCarrier(its_dialect, its_number), line_(&line), owner_(owner) {}
  ~HttpCarrier() override { drop(); }

  void begin(std::string_view request) { line_->call(request, *this); }

  void drop() override {
    if (line_ != nullptr) std::exchange(line_, nullptr)->drop();
  }

 private:
  void on_body(int status, std::string_view piece) override {
    if (status != 200) return;
    rest_ += piece;
    if (dialect.envelope == Envelope::strings) return;  // it is read when all of it is there
    std::size_t begin = 0;
    for (std::size_t end = 0; (end = rest_.find('\n', begin)) != std::string::npos && line_ != nullptr;
         begin = end + 1) {
      switch (read_line(dialect.envelope, std::string_view(rest_).substr(begin, end - begin), frame_)) {
        case LineRead::frame:
          owner_.on_frame(*this, frame_);
          break;
        case LineRead::broken:
          owner_.on_broken(*this, "not a line of " + std::string(dialect.transport) + ": " +
                                      rest_.substr(begin, std::min<std::size_t>(end - begin, 100)));
          break;
        case LineRead::nothing:
          break;
      }
    }
    rest_.erase(0, begin);
  }

  void on_answered(int status) override {
    line_ = nullptr;
    if (dialect.envelope == Envelope::strings && status == 200) {
      std::vector<std::string> all;
      if (!read_strings(rest_, all)) owner_.on_broken(*this, "not an array of strings: " + rest_);
      for (const std::string& frame : all) owner_.on_frame(*this, frame);
    }
    owner_.on_carrier_end(*this, status);
  }

  HttpLine* line_;  // while the response is not over
  Owner& owner_;
  std::string rest_;  // a line that has not ended yet
  std::string frame_;
};

class SocketCarrier final : public OwnConnection {
 public:
  SocketCarrier(const Dialect& its_dialect, const PageSession::Start& start, const Target& target,
                test::Dice dice, PageCarrier::Owner& owner)
      : OwnConnection(its_dialect, start.number, target, owner), dice_(dice), hello_(start.hello) {
    socket_.write(request("GET", target.path + "/websocket", target,
                          "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                          "Sec-WebSocket-Key: " +
                              std::string(test::kSocketKey) + "\r\n"));
  }

  bool takes_frames() const override { return upgraded_ && socket_.is_open() && !closing_; }

  void send(const PageSession::SocketFrame& frame) override {
    const std::uint8_t code = frame.binary ? opcode::kBinary : opcode::kText;
    const std::string_view bytes = frame.bytes;
    if (bytes.size() < 2 || !dice_.chance(5)) {
      write(code, bytes);
      return;
    }
    // In two fragments, with a ping between them.
    const std::size_t half = dice_.below(bytes.size());
    write(code, bytes.substr(0, half), false);
    write(opcode::kPing, "x");
    write(0, bytes.substr(half));
  }

 private:
  std::string framed(std::uint8_t code, std::string_view bytes, bool last = true) {
    std::string out;
    test::write_socket_frame(out, code, bytes, static_cast<std::uint32_t>(dice_.next()), last);
    return out;
  }
  void write(std::uint8_t code, std::string_view bytes, bool last = true) {
    socket_.write(framed(code, bytes, last));
  }

  void take_in(std::string_view& bytes) override {
    if (!upgraded_ && !read_head(bytes)) return;
    test::SocketFrame frame;
    while (socket_.is_open()) {
      const auto read = test::read_socket_frame(bytes, frame);
      if (read == test::SocketRead::more) return;
      if (read == test::SocketRead::broken) {
        owner_.on_broken(*this, "a WebSocket frame with reserved bits or a mask");
        return;
      }
      take(frame);
    }
  }

  bool read_head(std::string_view& bytes) {
    const std::size_t end = bytes.find("\r\n\r\n");
    if (end == std::string_view::npos) return false;
    if (!bytes.starts_with("HTTP/1.1 101 ")) {  // a proxy's; the server refuses in a frame
      end_with(0);
      return false;
    }
    if (bytes.find(test::kSocketAccept) > end) owner_.on_broken(*this, "no Sec-WebSocket-Accept");
    bytes.remove_prefix(end + 4);
    upgraded_ = true;
    write(opcode::kText, hello_);
    return true;
  }

  void take(const test::SocketFrame& frame) {
    if (!frame.fin) {
      owner_.on_broken(*this, "a fragment");
    } else if (frame.opcode == opcode::kText) {
      owner_.on_frame(*this, frame.payload);
    } else if (frame.opcode == opcode::kBinary) {
      owner_.on_binary(*this, frame.payload);
    } else if (frame.opcode == opcode::kPing) {
      write(opcode::kPong, frame.payload);
    } else if (frame.opcode == opcode::kClose) {
      close_with(framed(opcode::kClose, frame.payload.substr(0, 2)));
    } else if (frame.opcode != opcode::kPong) {
      owner_.on_broken(*this, "a WebSocket frame of opcode " + std::to_string(frame.opcode));
    }
  }

  test::Dice dice_;
  std::string hello_;
  bool upgraded_ = false;
};

}  // namespace

std::string plain_request(std::string_view method, std::string_view path, std::string_view fields,
                          std::string_view body) {
  std::string text(method);
  text.append(" ").append(path).append(" HTTP/1.1\r\nHost: soak.example\r\n").append(fields);
  if (method == "POST") text.append("Content-Length: ").append(std::to_string(body.size())).append("\r\n");
  return text.append("\r\n").append(body);
}

std::string request(std::string_view method, std::string_view path, const Target& target,
                    std::string_view fields, std::string_view body) {
  return plain_request(method, path, target.fields + std::string(fields), body);
}

std::string carrier_request(const Dialect& dialect, const std::string& path, const Target& target) {
  if (dialect.envelope != Envelope::strings) return request(dialect.method, path, target);
  return request(dialect.method, path, target, kJsonRequestType, "[]");
}

std::unique_ptr<PageCarrier> make_http_carrier(const Dialect& dialect, const PageSession::Start& start,
                                               const Target& target, std::string_view query, HttpLine& line,
                                               PageCarrier::Owner& owner) {
  auto carrier = std::make_unique<HttpCarrier>(dialect, start.number, line, owner);
  std::string path = target.path;
  path.append("/").append(dialect.leaf).append("?n=").append(std::to_string(start.number));
  path.append("&a=").append(std::to_string(start.arrived)).append(query);
  if (dialect.envelope == Envelope::script || dialect.envelope == Envelope::call) {
    path.append("&c=").append(kCallback);
  }
  carrier->begin(carrier_request(dialect, path, target));
  return carrier;
}

std::unique_ptr<PageCarrier> make_socket_carrier(const Dialect& dialect, const PageSession::Start& start,
                                                 const Target& target, test::Dice dice,
                                                 PageCarrier::Owner& owner) {
  if (dialect.transport == "flash") return make_raw_carrier(dialect, start, target, owner);
  return std::make_unique<SocketCarrier>(dialect, start, target, dice, owner);
}

}  // namespace encke::soak
