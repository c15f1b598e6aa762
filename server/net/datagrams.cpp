// Datagrams that come.
#include "server/net/datagrams.hpp"

#include "server/net/peer_address.hpp"

#include <event2/event.h>
#include <event2/event_struct.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <linux/sock_diag.h>
#include <net/if.h>
#include <netinet/in.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace encke::net {

namespace {

// As much as the system lets us have: it cuts what is more than net.core.rmem_max, unless we may say
// otherwise.
constexpr int kReceiveBuffer = 8 << 20;

[[noreturn]] void fail(const DatagramAddress& where, const std::string& why) {
  throw std::runtime_error("cannot receive datagrams at " + where.text() + ": " + why);
}

struct FreeInterfaces {
  void operator()(ifaddrs* list) const { ::freeifaddrs(list); }
};

/// The number of an interface by its name, or an address of it; 0: there is none.
unsigned index_of(const std::string& interface) {
  if (const unsigned index = ::if_nametoindex(interface.c_str()); index != 0) return index;
  const std::optional<Address> address = Address::parse(interface);
  if (!address) return 0;
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) return 0;
  const std::unique_ptr<ifaddrs, FreeInterfaces> all(list);
  for (const ifaddrs* each = list; each != nullptr; each = each->ifa_next) {
    if (each->ifa_addr == nullptr) continue;
    const int family = each->ifa_addr->sa_family;
    if (family != AF_INET && family != AF_INET6) continue;
    sockaddr_storage its{};
    std::memcpy(&its, each->ifa_addr, family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6));
    if (address_of(its) == *address) return ::if_nametoindex(each->ifa_name);
  }
  return 0;
}

template <typename Value>
bool set(int socket, int level, int option, const Value& value) {
  return ::setsockopt(socket, level, option, &value, sizeof value) == 0;
}

/// Closes it unless it is let go.
class OwnSocket {
 public:
  explicit OwnSocket(int number) : number_(number) {}
  OwnSocket(const OwnSocket&) = delete;
  OwnSocket& operator=(const OwnSocket&) = delete;
  ~OwnSocket() {
    if (number_ >= 0) ::close(number_);
  }
  int number() const { return number_; }
  int let_go() { return std::exchange(number_, -1); }

 private:
  int number_;
};

void bind_v4(int socket, const DatagramAddress& where, unsigned index) {
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(where.port);
  std::memcpy(&at.sin_addr, where.address.bytes.data() + 12, 4);
  if (::bind(socket, reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0)
    fail(where, std::strerror(errno));
  if (!where.is_group()) return;
  ip_mreqn member{};
  member.imr_multiaddr = at.sin_addr;
  member.imr_ifindex = static_cast<int>(index);
  // Else whatever group of that address anybody on this machine has joined would come, on any interface.
  if (!set(socket, IPPROTO_IP, IP_MULTICAST_ALL, 0) || !set(socket, IPPROTO_IP, IP_ADD_MEMBERSHIP, member)) {
    fail(where, std::string("cannot join the group: ") + std::strerror(errno));
  }
}

void bind_v6(int socket, const DatagramAddress& where, unsigned index) {
  sockaddr_in6 at{};
  at.sin6_family = AF_INET6;
  at.sin6_port = htons(where.port);
  std::memcpy(&at.sin6_addr, where.address.bytes.data(), where.address.bytes.size());
  at.sin6_scope_id = index;
  // A membership of IPv6 lets the group in from every interface, unlike one of IPv4.
  if (where.is_group() && index != 0 && !set(socket, SOL_SOCKET, SO_BINDTOIFINDEX, static_cast<int>(index))) {
    fail(where, std::string("cannot keep to the interface: ") + std::strerror(errno));
  }
  if (!set(socket, IPPROTO_IPV6, IPV6_V6ONLY, 1) ||
      ::bind(socket, reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0) {
    fail(where, std::strerror(errno));
  }
  if (!where.is_group()) return;
  ipv6_mreq member{};
  member.ipv6mr_multiaddr = at.sin6_addr;
  member.ipv6mr_interface = index;
  if (!set(socket, IPPROTO_IPV6, IPV6_MULTICAST_ALL, 0) ||
      !set(socket, IPPROTO_IPV6, IPV6_JOIN_GROUP, member)) {
    fail(where, std::string("cannot join the group: ") + std::strerror(errno));
  }
}

int open_socket(const DatagramAddress& where, const std::string& interface) {
  const bool v4 = where.address.is_v4();
  unsigned index = 0;
  if (!interface.empty()) {
    index = index_of(interface);
    if (index == 0) fail(where, "this machine has no interface \"" + interface + "\"");
  }
  OwnSocket own(::socket(v4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (own.number() < 0) fail(where, std::strerror(errno));
  // Of a group each member gets all; of another address who comes second would take it from the first.
  if (where.is_group()) set(own.number(), SOL_SOCKET, SO_REUSEADDR, 1);
  if (!set(own.number(), SOL_SOCKET, SO_RCVBUFFORCE, kReceiveBuffer)) {
    set(own.number(), SOL_SOCKET, SO_RCVBUF, kReceiveBuffer);
  }
  v4 ? bind_v4(own.number(), where, index) : bind_v6(own.number(), where, index);
  return own.let_go();
}

}  // namespace

std::optional<DatagramAddress> DatagramAddress::parse(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const bool brackets = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (brackets) host = host.substr(1, host.size() - 2);
  const std::string_view digits = text.substr(colon + 1);
  DatagramAddress result;
  const char* const end = digits.data() + digits.size();
  const auto [stopped, error] = std::from_chars(digits.data(), end, result.port);
  if (digits.empty() || stopped != end || error != std::errc{}) return std::nullopt;
  const std::optional<Address> address = Address::parse(host);
  if (!address || address->is_v4() == brackets) return std::nullopt;
  result.address = *address;
  return result;
}

bool DatagramAddress::is_group() const {
  return address.is_v4() ? (address.bytes[12] & 0xF0) == 0xE0 : address.bytes[0] == 0xFF;
}

std::string DatagramAddress::text() const {
  const std::string host = address.text();
  return (address.is_v4() ? host : "[" + host + "]") + ":" + std::to_string(port);
}

struct Datagrams::Reading {
  Reading(Loop& on, Reader& to) : loop(on), reader(to) {
    for (std::size_t index = 0; index < kMostAtOnce; ++index) {
      parts[index] = {bytes.get() + index * kLongest, kLongest};
      headers[index].msg_hdr.msg_iov = &parts[index];
      headers[index].msg_hdr.msg_iovlen = 1;
      headers[index].msg_hdr.msg_name = &senders[index];
    }
  }

  Loop& loop;
  Reader& reader;
  event readable{};
  // Not set to zero: what no datagram needs takes no memory.
  std::unique_ptr<char[]> bytes{new char[kMostAtOnce * kLongest]};
  std::array<mmsghdr, kMostAtOnce> headers{};
  std::array<iovec, kMostAtOnce> parts{};
  std::array<sockaddr_storage, kMostAtOnce> senders{};
};

Datagrams::Datagrams(const DatagramAddress& where, std::string interface, const Datagrams* before)
    : where_(where), interface_(std::move(interface)) {
  if (before != nullptr && before->where_ == where_ && before->interface_ == interface_) {
    const std::lock_guard lock(before->mutex_);
    if (before->socket_ >= 0) socket_ = ::fcntl(before->socket_, F_DUPFD_CLOEXEC, 0);
  }
  if (socket_ < 0) socket_ = open_socket(where_, interface_);
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  ::getsockname(socket_, reinterpret_cast<sockaddr*>(&bound), &size);
  where_.port = ntohs(bound.ss_family == AF_INET6 ? reinterpret_cast<const sockaddr_in6&>(bound).sin6_port
                                                  : reinterpret_cast<const sockaddr_in&>(bound).sin_port);
  first_lost_ = dropped();
}

Datagrams::~Datagrams() { stop(); }

void Datagrams::start(Loop& loop, Reader& reader) {
  reading_ = std::make_unique<Reading>(loop, reader);
  event_assign(&reading_->readable, loop.base_, socket_, EV_READ | EV_PERSIST, &Datagrams::on_event, this);
  event_add(&reading_->readable, nullptr);
}

void Datagrams::stop() {
  // What is being read is looked at no further, but stays until then.
  if (reading_) {
    event_del(&reading_->readable);
    struct Dead final : Disposable {
      explicit Dead(std::unique_ptr<Reading> what) : reading(std::move(what)) {}
      std::unique_ptr<Reading> reading;
    };
    Turn& turn = reading_->loop.turn_;
    turn.bury(std::make_unique<Dead>(std::move(reading_)));
  }
  static_cast<void>(lost());
  const std::lock_guard lock(mutex_);
  if (socket_ >= 0) ::close(std::exchange(socket_, -1));
}

std::uint64_t Datagrams::lost() const {
  const std::lock_guard lock(mutex_);
  // The system's count has 32 bits, which may come around.
  if (socket_ >= 0)
    lost_ += static_cast<std::uint32_t>(dropped() - first_lost_ - static_cast<std::uint32_t>(lost_));
  return lost_;
}

std::uint32_t Datagrams::dropped() const {
  std::array<std::uint32_t, SK_MEMINFO_VARS> info{};
  socklen_t size = sizeof info;
  ::getsockopt(socket_, SOL_SOCKET, SO_MEMINFO, info.data(), &size);
  return info[SK_MEMINFO_DROPS];
}

void Datagrams::on_event(int, short, void* self) {
  auto& datagrams = *static_cast<Datagrams*>(self);
  datagrams.reading_->loop.wake();
  datagrams.read_some();
}

void Datagrams::read_some() {
  std::size_t bytes = 0;
  for (std::size_t count = 0; count < kMostATurn && bytes < kMostBytesATurn; count += kMostAtOnce) {
    if (!read_once(bytes)) break;
  }
  if (reading_) reading_->reader.on_pause();
}

bool Datagrams::read_once(std::size_t& bytes) {
  Reading& reading = *reading_;
  for (mmsghdr& header : reading.headers) header.msg_hdr.msg_namelen = sizeof(sockaddr_storage);
  const int count = ::recvmmsg(socket_, reading.headers.data(), kMostAtOnce, MSG_DONTWAIT, nullptr);
  for (int index = 0; index < count && reading_; ++index) {
    const auto at = static_cast<std::size_t>(index);
    const mmsghdr& header = reading.headers[at];
    bytes += header.msg_len;
    const bool whole = (header.msg_hdr.msg_flags & MSG_TRUNC) == 0;
    reading.reader.on_datagram({static_cast<const char*>(header.msg_hdr.msg_iov->iov_base), header.msg_len},
                               address_of(reading.senders[at]), whole);
  }
  return reading_ && count == static_cast<int>(kMostAtOnce);
}

}  // namespace encke::net
