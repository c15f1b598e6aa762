// Asks for the Flash policy, again and again, at a steady rate: what a flood of players does to a server.
//
//   encke_policy_flood --ports PORT,PORT --rate CONNECTIONS_A_SECOND --count CONNECTIONS
//
// Connections come from several loopback addresses, in turn to each port. Each sends the request, whole or in
// two parts, takes the answer, and ends at its NUL as the player does; one in ten sends something else, and
// must get nothing. At the end one line of JSON tells what became of them.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::string_view kRequest{"<policy-file-request/>\0", 23};
constexpr std::string_view kWrong = "<policy-file?";
constexpr unsigned kSources = 16;     // 127.0.1.1 and on
constexpr std::size_t kAtOnce = 256;  // under way together, so 16 of each address
constexpr unsigned kOneInIsWrong = 10;
constexpr unsigned kOneInIsSplit = 7;
constexpr std::chrono::seconds kPatience{20};

struct Options {
  std::vector<std::uint16_t> ports;
  double rate = 10'000;
  std::uint64_t count = 0;
};

struct Counts {
  std::uint64_t started = 0;
  std::uint64_t answered = 0;
  std::uint64_t turned_away = 0;  // those that sent something else, with nothing
  std::uint64_t failed = 0;
  std::string fault;

  void fail(const std::string& why) {
    ++failed;
    if (fault.empty()) fault = why;
  }
  std::uint64_t ended() const { return answered + turned_away + failed; }
};

/// One connection under way.
struct Asker {
  int socket = -1;
  std::uint64_t number = 0;
  std::size_t sent = 0;
  std::string got;
  Clock::time_point began;

  bool wrong() const { return number % kOneInIsWrong == 0; }
  std::string_view request() const { return wrong() ? kWrong : kRequest; }
};

class Flood {
 public:
  explicit Flood(Options options)
      : options_(std::move(options)), askers_(kAtOnce), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    for (std::size_t place = kAtOnce; place > 0; --place) free_.push_back(place - 1);
  }

  void run() {
    const Clock::time_point begin = Clock::now();
    std::array<epoll_event, kAtOnce> events{};
    while (counts_.ended() < options_.count) {
      const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
      const auto due = static_cast<std::uint64_t>(seconds * options_.rate) + 1;
      while (counts_.started < std::min(due, options_.count) && !free_.empty()) start();
      const int ready = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 1);
      for (int i = 0; i < ready; ++i) step(events.at(static_cast<std::size_t>(i)).data.u64);
      if (ready <= 0) give_up_on_late_ones();
    }
    const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    std::printf(
        "{\"answered\": %llu, \"turned_away\": %llu, \"failed\": %llu, \"seconds\": %.2f, \"rate\": %.0f, "
        "\"slowest_ms\": %.0f, \"fault\": \"%s\"}\n",
        static_cast<unsigned long long>(counts_.answered),
        static_cast<unsigned long long>(counts_.turned_away), static_cast<unsigned long long>(counts_.failed),
        seconds, static_cast<double>(counts_.ended()) / seconds, slowest_ms_, counts_.fault.c_str());
  }

 private:
  void start() {
    const std::size_t place = free_.back();
    free_.pop_back();
    Asker& asker = askers_[place];
    asker.number = counts_.started++;
    asker.sent = 0;
    asker.got.clear();
    asker.began = Clock::now();
    asker.socket = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (asker.socket < 0) throw std::runtime_error(std::string("socket: ") + std::strerror(errno));
    const int on = 1;
    ::setsockopt(asker.socket, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    ::setsockopt(asker.socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_addr.s_addr = htonl(0x7f000101u + static_cast<std::uint32_t>(place % kSources));
    if (::bind(asker.socket, reinterpret_cast<const sockaddr*>(&where), sizeof where) != 0) {
      return end(place, std::string("bind: ") + std::strerror(errno));
    }
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    where.sin_port = htons(options_.ports[asker.number % options_.ports.size()]);
    if (::connect(asker.socket, reinterpret_cast<const sockaddr*>(&where), sizeof where) != 0 &&
        errno != EINPROGRESS) {
      return end(place, std::string("connect: ") + std::strerror(errno));
    }
    epoll_event event{};
    event.events = EPOLLIN | EPOLLOUT | EPOLLET;
    event.data.u64 = place;
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, asker.socket, &event);
  }

  void step(std::size_t place) {
    Asker& asker = askers_[place];
    if (asker.socket < 0) return;
    const std::string_view request = asker.request();
    while (asker.sent < request.size()) {
      const bool split = asker.sent == 0 && asker.number % kOneInIsSplit == 0;
      const std::string_view part =
          split ? request.substr(0, 1 + asker.number % (request.size() - 1)) : request.substr(asker.sent);
      const ssize_t size = ::send(asker.socket, part.data(), part.size(), MSG_NOSIGNAL);
      if (size < 0) {
        if (errno == EAGAIN) break;
        if (asker.wrong() && (errno == ECONNRESET || errno == EPIPE)) return end(place, "");
        return end(place, std::string("send: ") + std::strerror(errno));
      }
      asker.sent += static_cast<std::size_t>(size);
    }
    std::array<char, 4096> buffer{};
    while (true) {
      const ssize_t size = ::recv(asker.socket, buffer.data(), buffer.size(), 0);
      if (size > 0) {
        asker.got.append(buffer.data(), static_cast<std::size_t>(size));
        if (asker.got.back() == '\0') return end(place, "");
        continue;
      }
      if (size < 0 && errno == EAGAIN) return;
      if (asker.wrong() && asker.got.empty()) return end(place, "");
      return end(place, size == 0 ? "ended without a NUL" : std::string("recv: ") + std::strerror(errno));
    }
  }

  /// `fault` is empty where nothing was wrong with the connection.
  void end(std::size_t place, const std::string& fault) {
    Asker& asker = askers_[place];
    const double took = std::chrono::duration<double, std::milli>(Clock::now() - asker.began).count();
    if (took > slowest_ms_) slowest_ms_ = took;
    ::close(asker.socket);
    asker.socket = -1;
    free_.push_back(place);
    const bool good =
        asker.got.starts_with("<?xml") && asker.got.find("</cross-domain-policy>\n") == asker.got.size() - 24;
    if (!fault.empty()) {
      counts_.fail(fault);
    } else if (asker.wrong()) {
      asker.got.empty() ? void(++counts_.turned_away) : counts_.fail("an answer to something else");
    } else {
      good ? void(++counts_.answered) : counts_.fail("not the policy");
    }
  }

  void give_up_on_late_ones() {
    const Clock::time_point now = Clock::now();
    for (std::size_t place = 0; place < askers_.size(); ++place) {
      if (askers_[place].socket >= 0 && now - askers_[place].began > kPatience)
        end(place, "no answer in time");
    }
  }

  const Options options_;
  std::vector<Asker> askers_;
  std::vector<std::size_t> free_;
  int epoll_;
  Counts counts_;
  double slowest_ms_ = 0;
};

Options options_of(int count, char** arguments) {
  Options options;
  for (int i = 1; i + 1 < count; i += 2) {
    const std::string_view name = arguments[i];
    std::string value = arguments[i + 1];
    if (name == "--rate") {
      options.rate = std::stod(value);
    } else if (name == "--count") {
      options.count = std::stoull(value);
    } else if (name == "--ports") {
      for (std::size_t comma = 0; comma != std::string::npos;) {
        comma = value.find(',');
        options.ports.push_back(static_cast<std::uint16_t>(std::stoul(value.substr(0, comma))));
        value = comma == std::string::npos ? "" : value.substr(comma + 1);
      }
    } else {
      throw std::runtime_error("unknown option " + std::string(name));
    }
  }
  if (options.ports.empty() || options.count == 0 || options.rate <= 0)
    throw std::runtime_error("--ports, --rate and --count are needed");
  return options;
}

}  // namespace

int main(int count, char** arguments) {
  try {
    Flood(options_of(count, arguments)).run();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "encke_policy_flood: %s\n", error.what());
    return 2;
  }
  return 0;
}
