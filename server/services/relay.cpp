// A session that is connected to a TCP server.
#include "server/services/relay.hpp"

#include "server/services/announcement.hpp"
#include "server/services/dial_reason.hpp"

#include <utility>

namespace encke::services {

namespace {

// More than a loop gathers in a turn: what is queued beyond it the socket has refused, so that on_drained()
// comes.
constexpr std::size_t kMostQueued = 128 * 1024;

}  // namespace

/// The connection's owner.
class Relay::End final : public ByteStream::Owner {
 public:
  explicit End(std::shared_ptr<Relay> relay) : relay_(std::move(relay)) {}

  void on_bytes(std::span<char> bytes) override { relay_->take(bytes); }
  void on_drained() override {
    if (relay_->channel_ != nullptr && std::exchange(relay_->holds_page_, false)) relay_->channel_->resume();
  }
  bool on_ended() override { return relay_->server_ended(); }
  bool reads_to_the_end() const override { return relay_->channel_ != nullptr; }
  void on_lost() override { relay_->server_lost(); }
  void on_deadline() override {
    relay_->finish(gateway_close::kIdle, "nothing came or went for too long");
    relay_->end_stream();
  }

 private:
  const std::shared_ptr<Relay> relay_;
};

Relay::Relay(Private, net::Loop& loop, std::shared_ptr<const GatewayPlan> plan, std::unique_ptr<Route> route,
             const std::optional<Address>& client, Channel& channel)
    : loop_(loop), plan_(std::move(plan)), channel_(&channel), client_(client), route_(std::move(route)) {}

Relay::~Relay() {
  if (!dial_) return;
  dial_->hang_up();
  loop_.context().turn.bury(std::move(dial_));
}

void Relay::join(net::Loop& loop, std::shared_ptr<const GatewayPlan> plan, std::unique_ptr<Route> route,
                 const std::optional<Address>& client, Channel& channel) {
  const auto relay =
      std::make_shared<Relay>(Private{}, loop, std::move(plan), std::move(route), client, channel);
  channel.on_message([relay](const Message& message) { relay->give(message); });
  channel.on_writable([relay] { relay->found_room(); });
  channel.on_close([relay](const CloseReason& reason) { relay->left(reason.code); });
  channel.pause();
  relay->dial_next();
}

void Relay::dial_next() {
  const TcpOptions& options = plan_->options;
  const net::Endpoint& to = route_->next();
  net::DialOptions how{.time = options.connect_time, .tls = plan_->tls};
  how.may = [this](const Address& address) { return route_->may_reach(address); };
  if (options.tls) how.tls_name = options.tls->name;
  if (options.proxy_protocol != 0) {
    how.preamble = [this, port = to.port](const std::optional<Address>& server) {
      return proxy_header(plan_->options.proxy_protocol, {.client = client_, .server = server, .port = port});
    };
  }
  dial_ = std::make_unique<net::Dial>(loop_, loop_.resolver(), to, std::move(how),
                                      [this](const net::Dialed& result) { dialed(result); });
}

void Relay::dialed(const net::Dialed& dialed) {
  loop_.context().turn.bury(std::move(dial_));
  if (dialed.connection != nullptr) {
    route_->connected();
    joined(*dialed.connection);
    return;
  }
  route_->failed(dialed, loop_.context().timers.now());
  if (!route_->has_next()) {
    const CloseReason reason = reason_of(dialed.fault);
    finish(reason.code, reason.text);
  } else {
    dial_next();
  }
}

void Relay::joined(net::MovingConnection& connection) {
  if (const std::string_view greeting = route_->greeting(); !greeting.empty()) channel_->send(greeting);
  net::Sniffer sniffer;
  sniffer.at_once([this](ByteStream& stream) {
    stream_ = &stream;
    return std::make_unique<End>(shared_from_this());
  });
  loop_.adopt(connection, sniffer);
  if (const std::optional<WebIrc>& webirc = plan_->options.webirc; webirc && stream_ != nullptr)
    stream_->write(webirc_line(webirc->password, webirc->gateway, client_));
  touch();
  channel_->resume();
}

void Relay::touch() {
  if (plan_->options.idle_time > Millis{0} && stream_ != nullptr)
    stream_->set_deadline(plan_->options.idle_time);
}

void Relay::take(std::span<const char> bytes) {
  touch();
  if (channel_ == nullptr || close_) return;
  const std::string_view view(bytes.data(), bytes.size());
  if (!route_->is_text()) {
    offer(Message::binary(view));
  } else if (const std::string text = text_.feed(view); !text.empty()) {
    offer(Message::text(text));
  }
}

void Relay::offer(const Message& message) {
  // TLS may have brought more than was asked for.
  if (refused_) {
    refused_ = Message(message.is_binary() ? Message::Kind::binary : Message::Kind::text,
                       std::string(refused_->data()) + std::string(message.data()));
  } else if (!channel_->send(message)) {
    refused_ = message;
  }
  if (stream_ != nullptr && (refused_ || !channel_->writable())) stream_->pause();
}

/// Of a character that was cut off.
void Relay::flush_text() {
  if (const std::string rest = text_.end(); !rest.empty()) offer(Message::text(rest));
}

void Relay::found_room() {
  if (refused_) {
    if (!channel_->send(*refused_)) return;
    refused_.reset();
  }
  if (close_) {
    channel_->close(close_->code, close_->text);
  } else if (stream_ != nullptr && channel_->writable()) {
    stream_->resume();
  }
}

void Relay::give(const Message& message) {
  if (stream_ == nullptr) return;
  touch();
  stream_->write(message.data());
  if (stream_->queued() < kMostQueued) return;
  holds_page_ = true;
  channel_->pause();
}

bool Relay::server_ended() {
  if (channel_ == nullptr) return false;
  if (plan_->options.half_close) {
    flush_text();
    return true;
  }
  finish(close_code::kNormal, "the server ended the connection");
  end_stream();
  return true;
}

void Relay::server_lost() {
  if (std::exchange(stream_, nullptr) != nullptr) route_->left();
  finish(gateway_close::kReset, "the connection to the server broke");
}

void Relay::finish(std::uint16_t code, std::string_view reason) {
  if (channel_ == nullptr || close_) return;
  flush_text();
  close_ = CloseReason{code, std::string(reason)};
  if (!refused_) channel_->close(code, reason);
}

void Relay::end_stream() {
  ByteStream* const stream = std::exchange(stream_, nullptr);
  if (stream == nullptr) return;
  route_->left();
  stream->close();
}

void Relay::left(std::uint16_t code) {
  channel_ = nullptr;
  if (dial_) {
    dial_->hang_up();
    loop_.context().turn.bury(std::move(dial_));
  }
  if (code == gateway_close::kPageReset && stream_ != nullptr) {
    route_->left();
    std::exchange(stream_, nullptr)->abort();
  }
  end_stream();
}

}  // namespace encke::services
