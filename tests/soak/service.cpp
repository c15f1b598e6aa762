// The server under test. Channels live on its loops; what they heard is told under a lock.
#include "tests/soak/service.hpp"

#include "tests/support/dice.hpp"

#include <memory>
#include <utility>

namespace encke::soak {

using namespace std::chrono_literals;

namespace {
constexpr std::uint16_t kFaultCode = 4999;  // the page ends with it, so that a run with a fault has an end

/// Echoes, to whoever may not listen.
void serve_stray(Channel& channel) {
  channel.on_message([&channel](const Message& message) { channel.send(message); });
}

/// Talks for as long as there is room, and once more than that, so that who does not listen is closed.
void serve_flood(Channel& channel) {
  const Message message = Message::text(std::string(4'096, 'x'));
  const auto talk = [&channel, message] {
    while (channel.writable() && channel.send(message)) {
    }
  };
  channel.on_writable(talk);
  talk();
}

}  // namespace

/// One run, from the service's end.
class Host::Talk : public std::enable_shared_from_this<Talk> {
 public:
  Talk(Host& host, Channel& channel) : host_(host), channel_(channel), worker_(channel.opening().worker) {}

  void take(const Message& message) {
    if (!greeted_) {
      greeted_ = true;
      run_ = read_hello(message);
      dice_ = test::Dice(run_.seed, 0x5e);
      if (run_.id == 0)
        fault("the first message up was another: " + std::string(message.data().substr(0, 80)));
    } else {
      // The hello is number 0.
      if (std::string wrong = wrong_with(message, run_.seed, Way::up, heard_.received + 1); !wrong.empty()) {
        fault(std::move(wrong));
      }
      ++heard_.received;
      if (run_.ending == Ending::echo && heard_.fault.empty()) {
        // What comes up is held while the outbox is half full, so there is always room for an answer.
        if (!channel_.send(message))
          fault("an echo of message " + std::to_string(heard_.received) + " was refused");
        ++heard_.sent;
      }
    }
    say();
    if (dice_.below(200) == 0) rest();
  }

  /// Sends what may be sent.
  void say() {
    if (run_.ending != Ending::echo) {
      while (heard_.sent < run_.messages && channel_.writable()) {
        if (!channel_.send(numbered(run_.seed, Way::down, heard_.sent))) break;
        ++heard_.sent;
      }
    }
    const bool all = heard_.sent == run_.messages && heard_.received == run_.messages;
    if (all && run_.ending == Ending::service) channel_.close(kServiceCode, kServiceText);
  }

  void end(const CloseReason& reason) {
    over_ = true;
    heard_.reason = reason;
    host_.closed(run_.id, std::move(heard_));
  }

 private:
  void fault(std::string what) {
    channel_.close(kFaultCode, what.substr(0, 100));
    if (heard_.fault.empty()) heard_.fault = std::move(what);
  }
  /// Listens no more until the loop has come around.
  void rest() {
    channel_.pause();
    host_.server_.post(worker_, [self = shared_from_this()] {
      if (!self->over_) self->channel_.resume();
    });
  }

  Host& host_;
  Channel& channel_;
  const unsigned worker_;
  Run run_;
  test::Dice dice_{0};
  Heard heard_;
  bool greeted_ = false;
  bool over_ = false;
};

Host::Host(unsigned workers) : server_({.listen = {"127.0.0.1:0"}, .workers = workers}) {
  ServiceOptions options;
  options.slow_reader = SlowReader::block;
  options.heartbeat = 125ms;
  options.heartbeat_answer = 500ms;
  options.resume_window = 60s;
  options.response_limit = 4'096;
  options.outbox_bytes = 64 * 1024;
  const auto service = [this](Channel& channel) { serve(channel); };
  server_.serve("/numbers", service, options);
  options.heartbeat = 75ms;
  options.response_limit = 600;
  options.outbox_bytes = 8 * 1024;
  server_.serve("/tight", service, options);
  options.heartbeat = 200ms;
  options.response_limit = 131'072;
  options.outbox_bytes = 1024 * 1024;
  server_.serve("/wide", service, options);
  ServiceOptions hasty;
  hasty.heartbeat = 1s;
  hasty.heartbeat_answer = 1s;
  hasty.disconnect_delay = 1s;
  hasty.resume_window = 2s;
  hasty.outbox_bytes = 64 * 1024;
  server_.serve(std::string(kStraysPath), serve_stray, hasty);
  server_.serve(std::string(kFloodPath), serve_flood, hasty);
  const std::string address = server_.listen().at(0);
  port_ = static_cast<std::uint16_t>(std::stoul(address.substr(address.rfind(':') + 1)));
  thread_ = std::thread([this] { server_.run(); });
}

Host::~Host() {
  server_.stop();
  thread_.join();
}

void Host::serve(Channel& channel) {
  {
    const std::lock_guard lock(mutex_);
    ++open_;
  }
  const auto talk = std::make_shared<Talk>(*this, channel);
  channel.on_message([talk](const Message& message) { talk->take(message); });
  channel.on_writable([talk] { talk->say(); });
  channel.on_close([talk](const CloseReason& reason) { talk->end(reason); });
}

void Host::closed(std::uint64_t id, Heard heard) {
  const std::lock_guard lock(mutex_);
  --open_;
  // A second channel for one run would mean that a session was opened again behind the page's back.
  const auto [found, fresh] = heard_.try_emplace(id, std::move(heard));
  if (!fresh && found->second.fault.empty()) found->second.fault = "the service heard of a second channel";
}

std::optional<Heard> Host::take(std::uint64_t id) {
  const std::lock_guard lock(mutex_);
  const auto found = heard_.find(id);
  if (found == heard_.end()) return std::nullopt;
  Heard heard = std::move(found->second);
  heard_.erase(found);
  return heard;
}

std::uint64_t Host::open_channels() {
  const std::lock_guard lock(mutex_);
  return open_;
}

}  // namespace encke::soak
