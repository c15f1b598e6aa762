// What one send of several blocks costs: copied together first, or gathered by the kernel from where they
// are. As in a broadcast each of many sockets is sent the same blocks, one send a socket.
//
//   encke_gather            a table: blocks and bytes of each, µs of CPU a send by either way, and their
//   ratio
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>
#include <vector>

namespace {

constexpr int kSockets = 250;
constexpr int kRounds = 15;

void need(bool right, const char* what) {
  if (right) return;
  std::fprintf(stderr, "encke_gather: %s: %s\n", what, std::strerror(errno));
  std::exit(1);
}

struct Pair {
  int from = -1;
  int to = -1;
};

Pair connected(int listener, const sockaddr_in& address) {
  Pair pair;
  pair.to = socket(AF_INET, SOCK_STREAM, 0);
  need(connect(pair.to, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0, "connect");
  pair.from = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK);
  need(pair.from >= 0, "accept4");
  const int on = 1;
  setsockopt(pair.from, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return pair;
}

std::vector<Pair> many_connected() {
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  need(bind(listener, generic, length) == 0 && listen(listener, 16) == 0, "listen");
  need(getsockname(listener, generic, &length) == 0, "getsockname");
  std::vector<Pair> pairs;
  for (int number = 0; number < kSockets; ++number) pairs.push_back(connected(listener, address));
  close(listener);
  return pairs;
}

double cpu_us() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

void drain(const Pair& pair, std::size_t size) {
  static std::vector<char> buffer(1 << 20);
  while (size > 0) {
    const ssize_t got = recv(pair.to, buffer.data(), std::min(size, buffer.size()), 0);
    need(got > 0, "recv");
    size -= static_cast<std::size_t>(got);
  }
}

/// µs a send, over all sockets.
template <typename Send>
double cost(const std::vector<Pair>& pairs, std::size_t size, Send send_one) {
  const double before = cpu_us();
  for (const Pair& pair : pairs) need(send_one(pair.from) == static_cast<ssize_t>(size), "send");
  const double spent = cpu_us() - before;
  for (const Pair& pair : pairs) drain(pair, size);
  return spent / static_cast<double>(pairs.size());
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + values.size() / 2, values.end());
  return values[values.size() / 2];
}

}  // namespace

int main() {
  const std::vector<Pair> pairs = many_connected();
  std::printf(
      "| blocks | bytes of each | copied, then one send: µs | gathered by sendmsg: µs | gathered ÷ copied "
      "|\n");
  std::printf("| ---: | ---: | ---: | ---: | ---: |\n");
  for (const std::size_t count : {1U, 4U, 16U}) {
    for (const std::size_t size : {36U, 256U, 1024U, 4096U}) {
      const std::vector<std::string> blocks(count, std::string(size, 'x'));
      std::string copied;
      std::vector<iovec> parts(count);
      const auto copy = [&](int socket) {
        copied.clear();
        for (const std::string& block : blocks) copied += block;
        return send(socket, copied.data(), copied.size(), MSG_NOSIGNAL);
      };
      const auto gather = [&](int socket) {
        for (std::size_t at = 0; at < count; ++at) {
          parts[at] = {const_cast<char*>(blocks[at].data()), size};
        }
        msghdr message{};
        message.msg_iov = parts.data();
        message.msg_iovlen = count;
        return sendmsg(socket, &message, MSG_NOSIGNAL);
      };
      std::vector<double> by_copy;
      std::vector<double> by_gather;
      std::vector<double> ratios;
      for (int round = 0; round < kRounds; ++round) {
        by_copy.push_back(cost(pairs, count * size, copy));
        by_gather.push_back(cost(pairs, count * size, gather));
        ratios.push_back(by_gather.back() / by_copy.back());
      }
      std::printf("| %zu | %zu | %.2f | %.2f | %.2f |\n", count, size, median(by_copy), median(by_gather),
                  median(ratios));
    }
  }
}
