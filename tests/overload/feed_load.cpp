// Readers of a feed, and its source: opens them, sends datagrams at a rate, checks what each reader gets, and
// says what it was.
//
//   encke_feed_load HTTP_PORT UDP_PORT READERS SLOW RATE SECONDS KEYS SIZE SLOW_BYTES
//
// Reads are raw WebSockets, and every tenth, of the slow too, plain events; all at /feed. The first SLOW of
// them take SLOW_BYTES each tenth of a second, and the rest in the end. A message is text of SIZE bytes: a
// key of 4 digits, a comma, its number of 8, a comma, the time of 16 (in µs), and filling. In the end one
// more of each key is sent, with numbers from 90000000 on, until all readers have all of them. Prints one
// line of words and numbers, or says what was wrong and exits with 1.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint32_t kLast = 90'000'000;
constexpr std::size_t kHead = 31;  // of a message: all but the filling
constexpr int kSlowMs = 100;
constexpr int kPatienceSeconds = 120;  // only a hang gets there

[[noreturn]] void fail(const std::string& why) {
  std::fprintf(stderr, "feed_load: %s\n", why.c_str());
  std::exit(1);
}

std::uint64_t micros() {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(Clock::now().time_since_epoch()).count());
}

std::uint64_t number_of(std::string_view digits) {
  std::uint64_t value = 0;
  for (const char digit : digits) {
    if (digit < '0' || digit > '9') fail("a message has no number: " + std::string(digits));
    value = value * 10 + static_cast<std::uint64_t>(digit - '0');
  }
  return value;
}

struct Options {
  std::uint16_t port, udp;
  std::size_t readers, slow;
  double rate, seconds;
  std::size_t keys, size, slow_bytes;
};

/// How long messages took, of readers that are not slow; one in `kEvery`.
class Latencies {
 public:
  void add(std::uint64_t sent) {
    if (++seen_ % kEvery == 0) all_.push_back(static_cast<std::uint32_t>(micros() - sent));
  }
  double ms(double part) {
    if (all_.empty()) return 0;
    std::sort(all_.begin(), all_.end());
    return all_[static_cast<std::size_t>(static_cast<double>(all_.size() - 1) * part)] / 1000.0;
  }

 private:
  static constexpr std::uint64_t kEvery = 97;  // no divisor of the usual numbers of readers
  std::uint64_t seen_ = 0;
  std::vector<std::uint32_t> all_;
};

class Reader {
 public:
  Reader(const Options& options, std::size_t id)
      : options_(options), slow_(id < options.slow), events_(id % 10 == 9 || (slow_ && id % 2 == 1)) {
    socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (socket_ < 0) fail("no more descriptors");
    const int small = 4096;
    if (slow_) ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    sockaddr_in from{};
    from.sin_family = AF_INET;
    from.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + static_cast<std::uint32_t>(id / 10'000));
    if (::bind(socket_, reinterpret_cast<const sockaddr*>(&from), sizeof from) != 0) fail("cannot bind");
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(options.port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) fail("cannot connect");
    const std::string request =
        events_ ? "GET /feed/events HTTP/1.1\r\nHost: x\r\n\r\n"
                : "GET /feed/websocket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                  "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    if (::send(socket_, request.data(), request.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(request.size())) {
      fail("cannot ask");
    }
    // The answer's head comes before the first message; read to its end, and no further.
    std::string head;
    char byte = 0;
    while (!head.ends_with("\r\n\r\n")) {
      if (::recv(socket_, &byte, 1, 0) != 1) fail("no answer: " + head);
      head += byte;
    }
    if (!head.starts_with(events_ ? "HTTP/1.1 200 " : "HTTP/1.1 101 ")) fail("refused: " + head);
    last_.resize(options.keys);
  }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  ~Reader() { ::close(socket_); }

  int socket() const { return socket_; }
  bool slow() const { return slow_; }
  std::uint64_t messages() const { return messages_; }
  std::uint64_t live() const { return live_; }
  /// Whether it has the last message of every key.
  bool done() const { return ended_ == options_.keys; }

  /// False where nothing was there.
  bool read(std::size_t most, Latencies& latencies) {
    thread_local std::vector<char> buffer(256 * 1024);
    const ssize_t got = ::recv(socket_, buffer.data(), std::min(most, buffer.size()), MSG_DONTWAIT);
    if (got == 0) fail("a reader was cut off");
    if (got < 0) return false;
    rest_.append(buffer.data(), static_cast<std::size_t>(got));
    std::size_t used = 0;
    while (const std::size_t size = take(std::string_view(rest_).substr(used), latencies)) used += size;
    rest_.erase(0, used);
    return true;
  }

 private:
  /// One message off the front; 0 where it is not all there.
  std::size_t take(std::string_view bytes, Latencies& latencies) {
    return events_ ? take_event(bytes, latencies) : take_frame(bytes, latencies);
  }
  std::size_t take_frame(std::string_view bytes, Latencies& latencies) {
    if (bytes.size() < 4) return 0;
    std::size_t size = static_cast<unsigned char>(bytes[1]);
    std::size_t head = 2;
    if (size == 126) {
      size = static_cast<std::size_t>(static_cast<unsigned char>(bytes[2]) << 8 |
                                      static_cast<unsigned char>(bytes[3]));
      head = 4;
    }
    if (bytes.size() < head + size) return 0;
    if (bytes[0] == '\x81') {
      take_message(bytes.substr(head, size), latencies);
    } else if (bytes[0] != '\x89') {  // nor a ping
      fail("a reader was closed: " + std::string(bytes.substr(head, size)));
    }
    return head + size;
  }
  std::size_t take_event(std::string_view bytes, Latencies& latencies) {
    const std::size_t line = bytes.find("\r\n");
    if (line == std::string_view::npos) return 0;
    const std::size_t size = std::strtoul(std::string(bytes.substr(0, line)).c_str(), nullptr, 16);
    if (size == 0) fail("the events have ended");
    if (bytes.size() < line + 4 + size) return 0;
    const std::string_view event = bytes.substr(line + 2, size);
    if (event != ":\n\n") {
      const std::size_t data = event.find("\ndata: ");
      if (!event.starts_with("id: ") || data == std::string_view::npos)
        fail("no event: " + std::string(event));
      take_message(event.substr(data + 7, event.size() - data - 9), latencies);
    }
    return line + 4 + size;
  }
  void take_message(std::string_view text, Latencies& latencies) {
    if (text.size() != options_.size) fail("a message is cut: " + std::string(text));
    const std::size_t key = number_of(text.substr(0, 4));
    const auto number = static_cast<std::uint32_t>(number_of(text.substr(5, 8)));
    ++messages_;
    if (number < kLast) {
      ++live_;
      // Of a slow reader one key may overtake another; of the same key nothing ever does.
      if (!slow_ && number <= newest_) fail("messages out of order");
      newest_ = number;
      if (!slow_) latencies.add(number_of(text.substr(14, 16)));
    }
    if (number <= last_[key]) fail("messages of one key out of order");
    if (number >= kLast) ++ended_;
    last_[key] = number;
  }

  const Options& options_;
  const bool slow_;
  const bool events_;
  int socket_;
  std::string rest_;
  std::uint64_t messages_ = 0;
  std::uint64_t live_ = 0;
  std::size_t ended_ = 0;
  std::uint32_t newest_ = 0;
  std::vector<std::uint32_t> last_;  // by key
};

class Load {
 public:
  explicit Load(const Options& options)
      : options_(options), udp_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)), epoll_(::epoll_create1(0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(options.udp);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(udp_, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) fail("cannot send");
    for (std::size_t id = 0; id < options.readers; ++id) {
      readers_.push_back(std::make_unique<Reader>(options, id));
      Reader& reader = *readers_.back();
      if (!reader.slow()) watch(reader);
    }
  }

  void run() {
    const auto begin = Clock::now();
    const auto end = begin + std::chrono::duration<double>(options_.seconds);
    auto slow_at = begin;
    while (Clock::now() < end) {
      const double due = std::chrono::duration<double>(Clock::now() - begin).count() * options_.rate;
      while (static_cast<double>(sent_) < due) {
        send(sent_ % options_.keys, static_cast<std::uint32_t>(sent_ + 1));
        ++sent_;
      }
      read_ready(1);
      if (Clock::now() >= slow_at) {
        slow_at += std::chrono::milliseconds(kSlowMs);
        for (const auto& reader : readers_) {
          if (reader->slow() && options_.slow_bytes > 0) reader->read(options_.slow_bytes, latencies_);
        }
      }
    }
    for (const auto& reader : readers_) {
      if (reader->slow()) watch(*reader);  // from now on it reads all
    }
    finish();
  }

 private:
  void watch(Reader& reader) const {
    epoll_event event{.events = EPOLLIN, .data = {.ptr = &reader}};
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, reader.socket(), &event);
  }
  void send(std::size_t key, std::uint32_t number) {
    std::array<char, 64> head{};
    std::snprintf(head.data(), head.size(), "%04zu,%08u,%016llu,", key, number,
                  static_cast<unsigned long long>(micros()));
    text_.assign(head.data(), kHead);
    text_.resize(options_.size, 'x');
    if (::send(udp_, text_.data(), text_.size(), 0) < 0) fail("a datagram cannot be sent");
  }
  void read_ready(int wait_ms) {
    std::array<epoll_event, 256> events{};
    const int count = ::epoll_wait(epoll_, events.data(), events.size(), wait_ms);
    for (int index = 0; index < count; ++index) {
      static_cast<Reader*>(events[static_cast<std::size_t>(index)].data.ptr)->read(256 * 1024, latencies_);
    }
  }
  /// The last messages may get lost as any others; so they are sent anew, with greater numbers, until they
  /// are there.
  void finish() {
    std::uint32_t number = kLast;
    const auto late = Clock::now() + std::chrono::seconds(kPatienceSeconds);
    const auto rest = Clock::now() + std::chrono::seconds(1);
    while (Clock::now() < rest) read_ready(10);
    for (std::size_t key = 0; key < options_.keys; ++key) {
      send(key, number++);
      ++sent_;
      if (key % 32 == 31) read_ready(2);
    }
    const auto done = [](const auto& reader) { return reader->done(); };
    while (!std::all_of(readers_.begin(), readers_.end(), done)) {
      if (Clock::now() > late) fail("not all readers have the last messages");
      read_ready(50);
    }
    std::uint64_t fast = 0;
    std::uint64_t slow = 0;
    std::uint64_t fewest = ~std::uint64_t{0};
    std::uint64_t most_slow = 0;
    for (const auto& reader : readers_) {
      (reader->slow() ? slow : fast) += reader->messages();
      if (reader->slow()) {
        most_slow = std::max(most_slow, reader->messages());
      } else {
        fewest = std::min(fewest, reader->messages());
      }
    }
    std::printf(
        "sent %llu fast %llu slow %llu fewest %llu most_slow %llu p50_ms %.1f p99_ms %.1f max_ms %.1f\n",
        static_cast<unsigned long long>(sent_), static_cast<unsigned long long>(fast),
        static_cast<unsigned long long>(slow), static_cast<unsigned long long>(fewest),
        static_cast<unsigned long long>(most_slow), latencies_.ms(0.5), latencies_.ms(0.99),
        latencies_.ms(1));
  }

  const Options options_;
  const int udp_;
  const int epoll_;
  std::vector<std::unique_ptr<Reader>> readers_;
  Latencies latencies_;
  std::string text_;
  std::uint64_t sent_ = 0;
};

}  // namespace

int main(int count, char** words) {
  if (count != 10) fail("expected HTTP_PORT UDP_PORT READERS SLOW RATE SECONDS KEYS SIZE SLOW_BYTES");
  const auto number = [words](int index) { return std::strtoul(words[index], nullptr, 10); };
  const Options options{static_cast<std::uint16_t>(number(1)),
                        static_cast<std::uint16_t>(number(2)),
                        number(3),
                        number(4),
                        std::strtod(words[5], nullptr),
                        std::strtod(words[6], nullptr),
                        number(7),
                        number(8),
                        number(9)};
  Load(options).run();
}
