// Lines of a TCP server.
#include "server/services/tcp_source.hpp"

#include "server/crypto/random.hpp"

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <utility>

namespace encke::services {

namespace {

net::Endpoint endpoint_of(const std::string& server) {
  const std::optional<net::Endpoint> endpoint = net::Endpoint::parse(server);
  if (endpoint) return *endpoint;
  throw std::runtime_error("cannot read lines of \"" + server + "\": expected " +
                           std::string(net::kEndpointForm));
}

}  // namespace

/// The connection's owner, which may outlive the source for a moment.
class TcpFeedSource::Lines final : public ByteStream::Owner {
 public:
  explicit Lines(TcpFeedSource& source) : source_(&source) {}
  void let_go() { source_ = nullptr; }

  void on_bytes(std::span<char> bytes) override {
    if (source_ != nullptr) source_->take(bytes);
  }
  void on_lost() override {
    if (source_ != nullptr) std::exchange(source_, nullptr)->ended();
  }

 private:
  TcpFeedSource* source_;
};

TcpFeedSource::TcpFeedSource(const std::string& server, std::size_t longest)
    : server_(endpoint_of(server)), longest_(longest) {}

TcpFeedSource::~TcpFeedSource() = default;

void TcpFeedSource::start(net::Loop& loop, FeedSink& sink) {
  loop_ = &loop;
  sink_ = &sink;
  // Not at once: the loop may not run yet.
  loop.context().timers.set(*this, Millis{0});
}

void TcpFeedSource::stop() {
  if (std::exchange(sink_, nullptr) == nullptr) return;
  clear();
  if (dial_) {
    dial_->hang_up();
    loop_->context().turn.bury(std::move(dial_));
  }
  if (stream_ == nullptr) return;
  std::exchange(lines_, nullptr)->let_go();
  std::exchange(stream_, nullptr)->abort();
}

void TcpFeedSource::dial() {
  dial_ = std::make_unique<net::Dial>(*loop_, loop_->resolver(), server_, net::DialOptions{},
                                      [this](const net::Dialed& result) { dialed(result); });
}

void TcpFeedSource::dialed(const net::Dialed& dialed) {
  loop_->context().turn.bury(std::move(dial_));
  if (dialed.connection == nullptr) {
    sink_->on_unconnected();
    pause();
    return;
  }
  sink_->on_connected();
  begun_.clear();
  skipping_ = false;
  net::Sniffer sniffer;
  sniffer.at_once([this](ByteStream& stream) {
    auto lines = std::make_unique<Lines>(*this);
    stream_ = &stream;
    lines_ = lines.get();
    return lines;
  });
  loop_->adopt(*dialed.connection, sniffer);
}

void TcpFeedSource::pause() {
  const auto less = static_cast<Millis::rep>(crypto::random_u32()) % (pause_.count() / 2);
  loop_->context().timers.set(*this, pause_ - Millis{less});
  pause_ = std::min(pause_ * 2, kLongestPause);
}

void TcpFeedSource::ended() {
  stream_ = nullptr;
  lines_ = nullptr;
  pause();
}

void TcpFeedSource::take(std::span<const char> bytes) {
  std::string_view rest(bytes.data(), bytes.size());
  // What a line does to the feed may stop the source.
  while (!rest.empty() && sink_ != nullptr) {
    const std::size_t end = rest.find('\n');
    const std::string_view piece = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    // One byte more, which may be the CR of its end.
    if (!skipping_ && begun_.size() + piece.size() > longest_ + 1) {
      sink_->on_too_large();
      begun_.clear();
      skipping_ = true;
    }
    if (end == std::string_view::npos) {
      if (!skipping_) begun_ += piece;
      continue;
    }
    if (std::exchange(skipping_, false)) continue;
    if (begun_.empty()) {
      take_line(piece);
    } else {
      begun_ += piece;
      take_line(std::exchange(begun_, {}));
    }
  }
  if (sink_ != nullptr) sink_->on_pause();
}

void TcpFeedSource::take_line(std::string_view line) {
  pause_ = kFirstPause;
  if (line.ends_with('\r')) line.remove_suffix(1);
  sink_->on_message(line);
}

}  // namespace encke::services
