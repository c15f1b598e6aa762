// The floor of transports over HTTP: the sockets' traffic of a streaming or polling echo, and nothing else.
//
//   stream  a request is read on one connection and answered there; its body leaves as a chunk on another
//   poll    the same, and the other connection's answer is whole: its next request is read before the next
//
// It does not parse: what a connection's first request is for, and of which session, says where its path has
// it; of the others only the body is looked for. Answers have what a browser would need and no more.
// Its sessions answer `xhr_streaming`, `xhr` and `xhr_send` of SockJS, as the generator speaks them.
#include "tests/bench/bare.hpp"

#include <unistd.h>

#include <charconv>
#include <string>
#include <unordered_map>

namespace encke::bench {
namespace {

constexpr std::string_view kStreamHead =
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n";
constexpr std::string_view kSendAnswer = "HTTP/1.1 204 No Content\r\n\r\n";
constexpr std::string_view kPollHead = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ";

class HttpFloor {
 public:
  HttpFloor() : buffer_(256 * 1024) {}

  void accepted(int fd) {
    if (static_cast<std::size_t>(fd) >= connections_.size()) connections_.resize(fd + 1);
    connections_[fd] = {};
  }

  void readable(int fd) {
    const ssize_t got = recv(fd, buffer_.data(), buffer_.size(), 0);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) {
      close(fd);
      return;
    }
    const std::string_view request(buffer_.data(), static_cast<std::size_t>(got));
    Connection& connection = connections_[fd];
    if (connection.session == nullptr) read_path(request, connection);
    Session& session = *connection.session;
    if (connection.leaf == "xhr_send") {
      send_all(fd, kSendAnswer);
      session.frame.append("a").append(request.substr(request.find("\r\n\r\n") + 4)).append("\n");
    } else {
      session.receiver = fd;
      session.polls = connection.leaf == "xhr";
      if (!session.polls) send_all(fd, kStreamHead);
    }
    pass(session);
  }

  void turn_ended() {}

 private:
  struct Session {
    int receiver = -1;  // the connection that waits for a frame
    bool polls = false;
    std::string frame = "o\n";
  };
  struct Connection {
    Session* session = nullptr;
    std::string leaf;
  };

  /// METHOD /service/server/SESSION/LEAF HTTP/1.1
  void read_path(std::string_view request, Connection& connection) {
    std::string_view path = request.substr(0, request.find(" HTTP"));
    const auto last = path.rfind('/');
    connection.leaf = path.substr(last + 1);
    path = path.substr(0, last);
    connection.session = &sessions_[std::string(path.substr(path.rfind('/') + 1))];
  }

  void pass(Session& session) {
    if (session.receiver < 0 || session.frame.empty()) return;
    char size[16];
    if (session.polls) {
      const auto end = std::to_chars(size, size + sizeof size, session.frame.size()).ptr;
      out_.assign(kPollHead).append(size, end).append("\r\n\r\n").append(session.frame);
    } else {
      const auto end = std::to_chars(size, size + sizeof size, session.frame.size(), 16).ptr;
      out_.assign(size, end).append("\r\n").append(session.frame).append("\r\n");
    }
    session.frame.clear();
    send_all(session.receiver, out_);
    if (session.polls) session.receiver = -1;
  }

  std::vector<char> buffer_;
  std::string out_;
  std::vector<Connection> connections_;  // by descriptor
  std::unordered_map<std::string, Session> sessions_;
};

}  // namespace
}  // namespace encke::bench

int main() {
  encke::bench::raise_descriptor_limit();
  encke::bench::HttpFloor floor;
  encke::bench::Bare<encke::bench::HttpFloor>().run(floor);
}
