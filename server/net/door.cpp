// What an accepted socket passes before it is a connection of its loop.
#include "server/net/door.hpp"

#include "server/net/gate.hpp"
#include "server/net/peer_address.hpp"
#include "server/net/proxy_reader.hpp"

#include <unistd.h>

#include <array>
#include <string>
#include <utility>

namespace encke::net {

namespace {

constexpr std::size_t kMostDropped = 4096;  // of what a refused peer has sent already

/// What a client is told that speaks HTTP, as all do before they know better.
std::string answer_to(Refusal what) {
  const bool address = what == Refusal::connections_per_address || what == Refusal::handshakes_per_address;
  const std::string text = address ? "too many connections are open from your address; try again later\n"
                                   : "too many connections are open; try again later\n";
  return std::string("HTTP/1.1 ") + (address ? "429 Too Many Requests" : "503 Service Unavailable") +
         "\r\nRetry-After: " + std::to_string(Guard::kRetryAfter.count() / 1000) +
         "\r\nContent-Type: text/plain; charset=UTF-8\r\nCache-Control: no-store\r\nContent-Length: " +
         std::to_string(text.size()) + "\r\nConnection: close\r\n\r\n" + text;
}

}  // namespace

Door::Door(Loop& loop, bool plain, bool proxied, Adopt adopt)
    : loop_(loop), plain_(plain), proxied_(proxied), adopt_(std::move(adopt)) {}

Door::~Door() = default;

void Door::take(int socket, const sockaddr_storage& peer) {
  Gate* const gate = loop_.gate();
  const Address address = address_of(peer);
  if (proxied_) {
    read_header(socket, address);
    return;
  }
  if (gate != nullptr) {
    if (const std::optional<Refusal> refusal = gate->admit(socket, address)) {
      refuse(socket, *refusal, address.text());
      return;
    }
  }
  adopt_(socket);
}

void Door::read_header(int socket, const Address& peer) {
  Gate* const gate = loop_.gate();
  if (gate != nullptr) {
    if (!gate->may_proxy(peer)) {
      refuse(socket, Refusal::proxy_header, peer.text());
      return;
    }
    if (const std::optional<Refusal> refusal = gate->admit_proxy(socket)) {
      refuse(socket, *refusal, peer.text());
      return;
    }
  }
  auto reader =
      std::make_unique<ProxyReader>(loop_, socket, [this, peer, gate](const ProxyReader::Outcome& outcome) {
        loop_.context().turn.bury(std::move(waiting_.extract(outcome.socket).mapped().reader));
        if (!outcome.fault.empty()) {
          refuse(outcome.socket, outcome.late ? Refusal::late : Refusal::proxy_header, peer.text());
          return;
        }
        if (gate != nullptr) {
          if (const std::optional<Refusal> refusal = gate->place(outcome.socket, peer, outcome.source)) {
            refuse(outcome.socket, *refusal, outcome.source.value_or(peer).text());
            return;
          }
        }
        adopt_(outcome.socket);
      });
  waiting_[socket] = {peer, std::move(reader)};
  loop_.shake({.door = this, .socket = socket});
}

void Door::cut_off(int socket) {
  const Waiting oldest = std::move(waiting_.extract(socket).mapped());
  loop_.gate()->guard().refused(Refusal::handshakes, oldest.peer.text(), loop_.context().timers.now());
}

void Door::answer(int socket, Refusal what) const {
  if (!plain_) return;
  // What has come is read, since closing over it would reset the connection, and the answer be lost.
  std::array<char, kMostDropped> dropped{};
  static_cast<void>(::recv(socket, dropped.data(), dropped.size(), MSG_DONTWAIT));
  const std::string text = answer_to(what);
  static_cast<void>(::send(socket, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT));
}

void Door::turn_away(int socket) const {
  if (!proxied_) answer(socket, Refusal::connections);  // nobody knows yet whether it may speak for others
  ::close(socket);
}

void Door::refuse(int socket, Refusal what, std::string_view who) {
  Gate& gate = *loop_.gate();
  if (what != Refusal::proxy_header && what != Refusal::late) answer(socket, what);
  loop_.forget(socket);
  ::close(socket);
  gate.guard().refused(what, who, loop_.context().timers.now());
}

}  // namespace encke::net
