// The floor: the least that a server on epoll can do. What it costs is the budget that real servers are
// measured by.
//
//   echo       read, write what was read
//   broadcast  read from all who have something, then one send to every connection with what the turn brought
//   close      accept, read, write what was read, close
//   plain      as echo, for those who have not been greeted: behind a gateway
//
// Echo and broadcast greet each connection with one byte, so that its peer knows when it takes part.
#include "tests/bench/bare.hpp"

#include <unistd.h>

#include <string>

namespace encke::bench {
namespace {

enum class Mode { Echo, Broadcast, Close, Plain };

class Floor {
 public:
  explicit Floor(Mode mode) : mode_(mode), buffer_(256 * 1024) {}

  void accepted(int fd) {
    if (mode_ == Mode::Echo || mode_ == Mode::Broadcast) send_all(fd, "o");
    if (mode_ != Mode::Broadcast) return;
    if (static_cast<std::size_t>(fd) >= place_.size()) place_.resize(fd + 1);
    place_[fd] = receivers_.size();
    receivers_.push_back(fd);
  }

  void readable(int fd) {
    const ssize_t got = recv(fd, buffer_.data(), buffer_.size(), 0);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) {
      drop(fd);
      return;
    }
    if (mode_ == Mode::Broadcast) {
      turn_.append(buffer_.data(), static_cast<std::size_t>(got));
      return;
    }
    send_all(fd, {buffer_.data(), static_cast<std::size_t>(got)});
    if (mode_ == Mode::Close) close(fd);
  }

  void turn_ended() {
    if (turn_.empty()) return;
    for (const int fd : receivers_) send_all(fd, turn_);
    turn_.clear();
  }

 private:
  void drop(int fd) {
    if (mode_ == Mode::Broadcast) {
      const int last = receivers_.back();
      receivers_[place_[fd]] = last;
      place_[last] = place_[fd];
      receivers_.pop_back();
    }
    close(fd);
  }

  const Mode mode_;
  std::vector<char> buffer_;
  std::string turn_;                // what this turn has read
  std::vector<int> receivers_;      // in broadcast: all connections
  std::vector<std::size_t> place_;  // of a descriptor in receivers_
};

}  // namespace
}  // namespace encke::bench

int main(int argc, char** argv) {
  using encke::bench::Mode;
  const std::string_view name = argc == 2 ? argv[1] : "";
  if (name != "echo" && name != "broadcast" && name != "close" && name != "plain") {
    std::fprintf(stderr, "usage: encke_floor echo|broadcast|close|plain\n");
    return 2;
  }
  encke::bench::raise_descriptor_limit();
  encke::bench::Floor floor(name == "echo"        ? Mode::Echo
                            : name == "broadcast" ? Mode::Broadcast
                            : name == "plain"     ? Mode::Plain
                                                  : Mode::Close);
  encke::bench::Bare<encke::bench::Floor>().run(floor);
}
