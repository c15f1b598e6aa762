// Clients that harm themselves.
#include "tests/soak/strays.hpp"

#include "tests/soak/carrier.hpp"
#include "tests/soak/service.hpp"
#include "tests/support/socket_frames.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <string_view>

namespace encke::soak {
namespace {

constexpr std::chrono::milliseconds kTick{25};
constexpr unsigned kLongestLife = 200;  // ticks
constexpr unsigned kMostATick = 8;

std::string upgrade(const std::string& path) {
  return plain_request("GET", path,
                       "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                       "Sec-WebSocket-Key: " +
                           std::string(test::kSocketKey) + "\r\n");
}

}  // namespace

Strays::Strays(event_base* base, std::uint16_t port, std::uint64_t seed, unsigned most)
    : port_(port), dice_(seed, 0x57), most_(most), timer_(base, [this] { tick(); }) {}

void Strays::start() { timer_.start(kTick); }

void Strays::stop() {
  timer_.cancel();
  for (const Stray& stray : strays_) end(stray);
  strays_.clear();
}

void Strays::tick() {
  ++ticks_;
  timer_.start(kTick);
  std::erase_if(strays_, [this](const Stray& stray) {
    if (stray.end_at > ticks_) return false;
    end(stray);
    return true;
  });
  for (unsigned i = 0; i < kMostATick && strays_.size() < most_; ++i) add();
}

void Strays::end(const Stray& stray) {
  const linger reset{1, 0};
  if (stray.reset) ::setsockopt(stray.socket, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  ::close(stray.socket);
}

/// All that a stray ever says; it reads nothing of the answers.
std::string Strays::words() {
  constexpr std::array<std::string_view, 4> kStreams{"xhr_streaming", "eventsource", "htmlfile?c=x",
                                                     "multipart"};
  const std::string session = std::string(kStraysPath) + "/000/stray" + std::to_string(count_) + "/";
  switch (dice_.below(10)) {
    case 0:  // a poll that is abandoned
      return plain_request("POST", session + "xhr") + plain_request("POST", session + "xhr");
    case 1:
      return plain_request("GET", session + "jsonp?c=x") + plain_request("GET", session + "jsonp?c=x");
    case 2: {  // a stream
      const std::string_view leaf = kStreams[dice_.below(kStreams.size())];
      return plain_request(leaf == "xhr_streaming" ? "POST" : "GET", session + std::string(leaf));
    }
    case 3:  // an opening that is not followed up
      return plain_request("POST", std::string(kStraysPath) + "/encke.1/open");
    case 4:  // a reader that does not read
      return upgrade(std::string(kFloodPath) + "/websocket");
    case 5:
      return plain_request(
          "POST", std::string(kFloodPath) + "/000/stray" + std::to_string(count_) + "/xhr_streaming");
    case 6: {  // one that sends without end, and has fallen silent in the midst of a frame
      std::string text = upgrade(std::string(kStraysPath) + "/websocket");
      for (unsigned i = 0; i < 20; ++i) {
        test::write_socket_frame(text, test::opcode::kText, std::string(dice_.of_any_size(12), 'x'),
                                 static_cast<std::uint32_t>(dice_.next()));
      }
      text.resize(text.size() - 1);
      return text;
    }
    case 7: {  // half a request
      const std::string whole =
          plain_request("POST", session + "xhr_send", {}, "[\"" + std::string(2000, 'x') + "\"]");
      return whole.substr(0, 1 + dice_.below(whole.size() - 1));
    }
    case 8: {  // half a hello of a raw socket
      const std::string whole =
          "encke.1\nh" + std::string("\0\0\0\x40", 4) + std::string(kStraysPath) + "/encke.1/";
      return whole.substr(0, 1 + dice_.below(whole.size() - 1));
    }
    default:  // nothing
      return {};
  }
}

void Strays::add() {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket < 0) return;  // fewer strays then
  ++count_;
  // The kernel's own buffers are small, so that who does not read is soon known to.
  const int small = 4'096;
  ::setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
  // From an address of its own, so that no pair of addresses runs out of ports.
  sockaddr_in own{};
  own.sin_family = AF_INET;
  own.sin_addr.s_addr = htonl(0x7f020000 + static_cast<std::uint32_t>(count_ % 60'000) + 1);
  sockaddr_in server{};
  server.sin_family = AF_INET;
  server.sin_port = htons(port_);
  server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const timeval longest{1, 0};  // on loopback a connection stands at once, unless too many wait
  ::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &longest, sizeof longest);
  const bool connected = ::bind(socket, reinterpret_cast<const sockaddr*>(&own), sizeof own) == 0 &&
                         ::connect(socket, reinterpret_cast<const sockaddr*>(&server), sizeof server) == 0;
  const std::string text = words();
  if (connected) ::send(socket, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  strays_.push_back({.socket = socket,
                     .end_at = ticks_ + 1 + static_cast<unsigned>(dice_.below(kLongestLife)),
                     .reset = dice_.chance(50)});
}

}  // namespace encke::soak
