// Somebody to connect to, and somebody who knows names.
#pragma once

#include "server/net/dialer.hpp"
#include "tests/net/support.hpp"

#include <sys/un.h>

#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace encke::test {

/// A listening socket; nobody accepts but the test.
class Backend {
 public:
  /// On 127.0.0.1, or at `path`.
  explicit Backend(const std::string& path = {}, int backlog = 16)
      : socket_(::socket(path.empty() ? AF_INET : AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    if (path.empty()) {
      sockaddr_in where{};
      where.sin_family = AF_INET;
      where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      REQUIRE(::bind(socket_, reinterpret_cast<sockaddr*>(&where), sizeof where) == 0);
      socklen_t size = sizeof where;
      ::getsockname(socket_, reinterpret_cast<sockaddr*>(&where), &size);
      port_ = ntohs(where.sin_port);
      text_ = "127.0.0.1:" + std::to_string(port_);
    } else {
      sockaddr_un where{};
      where.sun_family = AF_UNIX;
      path.copy(where.sun_path, sizeof where.sun_path - 1);
      REQUIRE(::bind(socket_, reinterpret_cast<sockaddr*>(&where), sizeof where) == 0);
      text_ = "unix:" + path;
    }
    REQUIRE(::listen(socket_, backlog) == 0);
  }
  ~Backend() { close(); }
  Backend(const Backend&) = delete;
  Backend& operator=(const Backend&) = delete;

  std::unique_ptr<Peer> accept() const {
    REQUIRE(has_caller(static_cast<int>(std::chrono::milliseconds(kWatchdog).count())));
    const int accepted = ::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC);
    REQUIRE(accepted >= 0);
    return std::make_unique<Peer>(Peer::Descriptor{accepted});
  }
  bool has_caller(int milliseconds = 0) const {
    pollfd wait{socket_, POLLIN, 0};
    return ::poll(&wait, 1, milliseconds) == 1;
  }
  void close() {
    if (socket_ >= 0) ::close(std::exchange(socket_, -1));
  }
  std::uint16_t port() const { return port_; }
  /// As Endpoint has it.
  const std::string& text() const { return text_; }
  net::Endpoint endpoint() const { return *net::Endpoint::parse(text_); }

 private:
  int socket_;
  std::uint16_t port_ = 0;
  std::string text_;
};

/// A server of DNS that knows a few names of IPv4, and answers nothing about "silent.example".
class NameServer {
 public:
  using Names = std::map<std::string, std::vector<std::string>>;
  explicit NameServer(Names names)
      : names_(std::move(names)), socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::bind(socket_, reinterpret_cast<sockaddr*>(&where), sizeof where) == 0);
    socklen_t size = sizeof where;
    ::getsockname(socket_, reinterpret_cast<sockaddr*>(&where), &size);
    text_ = "127.0.0.1:" + std::to_string(ntohs(where.sin_port));
    thread_ = std::thread([this] { run(); });
  }
  ~NameServer() {
    ::shutdown(socket_, SHUT_RDWR);
    // A datagram to itself wakes it.
    const int waker = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    sockaddr_in where{};
    socklen_t size = sizeof where;
    ::getsockname(socket_, reinterpret_cast<sockaddr*>(&where), &size);
    stopped_ = true;
    ::sendto(waker, "x", 1, 0, reinterpret_cast<sockaddr*>(&where), size);
    ::close(waker);
    thread_.join();
    ::close(socket_);
  }
  NameServer(const NameServer&) = delete;
  NameServer& operator=(const NameServer&) = delete;
  const std::string& text() const { return text_; }
  /// What a name is from now on.
  void change(const std::string& name, std::vector<std::string> addresses) {
    const std::lock_guard lock(mutex_);
    names_[name] = std::move(addresses);
  }
  /// How many questions came about addresses of IPv4.
  unsigned asked() const { return asked_; }

 private:
  static constexpr std::size_t kHead = 12;

  void run() {
    std::array<char, 512> bytes{};
    while (!stopped_) {
      sockaddr_in from{};
      socklen_t size = sizeof from;
      const ssize_t came =
          ::recvfrom(socket_, bytes.data(), bytes.size(), 0, reinterpret_cast<sockaddr*>(&from), &size);
      if (came < static_cast<ssize_t>(kHead)) continue;
      const std::string answer = answer_to({bytes.data(), static_cast<std::size_t>(came)});
      if (!answer.empty())
        ::sendto(socket_, answer.data(), answer.size(), 0, reinterpret_cast<sockaddr*>(&from), size);
    }
  }

  /// RFC 1035 4.1.
  std::string answer_to(const std::string& question) {
    std::string name;
    std::size_t at = kHead;
    while (at < question.size() && question[at] != 0) {
      const auto length = static_cast<std::size_t>(question[at]);
      if (!name.empty()) name += '.';
      for (const char c : question.substr(at + 1, length)) name += static_cast<char>(std::tolower(c));
      at += length + 1;
    }
    const bool four = question[at + 2] == 1;
    if (four) ++asked_;
    if (name == "silent.example") return {};
    const std::lock_guard lock(mutex_);
    const auto found = names_.find(name);
    const std::size_t count = four && found != names_.end() ? found->second.size() : 0;
    std::string answer = question.substr(0, 2);
    answer += static_cast<char>(0x84);                           // an answer, with authority
    answer += static_cast<char>(found == names_.end() ? 3 : 0);  // no such name
    answer += question.substr(4, 2);
    answer += '\0';
    answer += static_cast<char>(count);
    answer.append(4, '\0');
    answer += question.substr(kHead, at + 5 - kHead);
    for (std::size_t index = 0; index < count; ++index) {
      answer += std::string("\xC0\x0C\0\1\0\1\0\0\0\0\0\4", 12);
      in_addr address{};
      ::inet_pton(AF_INET, found->second[index].c_str(), &address);
      answer.append(reinterpret_cast<const char*>(&address), sizeof address);
    }
    return answer;
  }

  std::mutex mutex_;
  std::map<std::string, std::vector<std::string>> names_;
  const int socket_;
  std::string text_;
  std::atomic<bool> stopped_{false};
  std::atomic<unsigned> asked_{0};
  std::thread thread_;
};

}  // namespace encke::test
