// A session that is connected to a server of XMPP.
#include "server/services/xmpp_relay.hpp"

#include "server/net/tls_client.hpp"
#include "server/services/announcement.hpp"
#include "server/services/dial_reason.hpp"
#include "server/services/xmpp_starttls.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace encke::services::xmpp {

namespace {

constexpr std::size_t kMostQueued = 128 * 1024;  // as of a gateway to TCP
constexpr std::string_view kVersion = "1.0";

/// Names of hosts have no case.
std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return text;
}

}  // namespace

net::DialOptions Plan::dial_options(const Header& header) const {
  net::DialOptions how{.time = options.connect_time, .tls = tls};
  how.tls_name = options.tls.name.empty() ? header.to : options.tls.name;
  const bool required = options.security == XmppSecurity::starttls;
  if (required || options.security == XmppSecurity::starttls_if_offered) {
    how.prelude = [header, required, longest = options.max_stanza_bytes] {
      return std::make_unique<StartTls>(header, required, longest);
    };
  }
  return how;
}

/// The connection's owner.
class Relay::End final : public ByteStream::Owner {
 public:
  explicit End(std::shared_ptr<Relay> relay) : relay_(std::move(relay)) {}

  void on_bytes(std::span<char> bytes) override { relay_->take({bytes.data(), bytes.size()}); }
  void on_drained() override { relay_->release_page(); }
  bool on_ended() override {
    relay_->server_ended();
    return true;
  }
  bool reads_to_the_end() const override { return relay_->channel_ != nullptr; }
  void on_lost() override { relay_->server_lost(); }
  void on_deadline() override { relay_->server_silent(); }

 private:
  const std::shared_ptr<Relay> relay_;
};

class Relay::Patience final : public TimerWheel::Timer {
 public:
  explicit Patience(Relay& relay) : relay_(relay) {}

 private:
  void on_timer() override { relay_.lose_patience(); }
  Relay& relay_;
};

Relay::Relay(Private, net::Loop& loop, std::shared_ptr<const Plan> plan, Channel& channel)
    : loop_(loop),
      plan_(std::move(plan)),
      channel_(&channel),
      client_(Address::parse(channel.opening().remote_address)),
      call_(loop, plan_->backends->route(true, loop.context().timers.now(), plan_->options.connect_time)),
      patience_(std::make_unique<Patience>(*this)) {}

Relay::~Relay() {
  patience_->clear();
  loop_.context().turn.bury(std::move(patience_));
}

void Relay::join(net::Loop& loop, std::shared_ptr<const Plan> plan, Channel& channel) {
  const auto relay = std::make_shared<Relay>(Private{}, loop, std::move(plan), channel);
  channel.on_message([relay](const Message& message) { relay->give(message); });
  channel.on_writable([relay] { relay->found_room(); });
  channel.on_close([relay](const CloseReason&) { relay->left(); });
  loop.context().timers.set(*relay->patience_, relay->plan_->options.connect_time);
}

// ---- the connection ----

void Relay::dial() {
  const auto how = [this](const net::Endpoint& to) {
    net::DialOptions options = plan_->dial_options(header_);
    if (plan_->options.proxy_protocol != 0) {
      options.preamble = [this, port = to.port](const std::optional<Address>& server) {
        return proxy_header(plan_->options.proxy_protocol,
                            {.client = client_, .server = server, .port = port});
      };
    }
    return options;
  };
  call_.begin(how, [this](const net::Dialed& dialed) {
    if (dialed.connection != nullptr) {
      joined(*dialed.connection);
      return;
    }
    const CloseReason reason = reason_of(dialed.fault);
    fail_page(reason.code, reason.text, {"remote-connection-failed", reason.text});
  });
}

void Relay::joined(net::MovingConnection& connection) {
  // Without TLS after STARTTLS was looked for, the stream has been opened, and what the server said comes
  // now.
  const bool opened =
      plan_->options.security == XmppSecurity::starttls_if_offered && connection.tls == nullptr;
  reader_.emplace(plan_->options.max_stanza_bytes);
  net::Sniffer sniffer;
  sniffer.at_once([this](ByteStream& stream) {
    stream_ = &stream;
    return std::make_unique<End>(shared_from_this());
  });
  loop_.adopt(connection, sniffer);
  if (!opened) {
    open_stream();
  } else if (stream_ != nullptr && !told_open_) {
    stream_->set_deadline(plan_->options.connect_time);
  }
  release_page();
}

void Relay::open_stream() {
  told_open_ = false;
  reader_.emplace(plan_->options.max_stanza_bytes);
  if (stream_ == nullptr) return;
  stream_->write(stream_header(header_));
  stream_->set_deadline(plan_->options.connect_time);
}

void Relay::touch() {
  if (stream_ == nullptr || !told_open_) return;
  if (plan_->options.idle_time > Millis{0}) {
    stream_->set_deadline(plan_->options.idle_time);
  } else {
    stream_->clear_deadline();
  }
}

void Relay::take(std::string_view bytes) {
  touch();
  if (channel_ == nullptr || close_) return;
  std::vector<StreamEvent> events;
  const bool good = reader_->feed(bytes, events);
  for (StreamEvent& event : events) {
    if (!close_) take_event(event);
  }
  if (!good) {
    write(error_message(reader_->fault()));
    write(kStreamEnd);
    fail_page(gateway_close::kInvalid, "the server sent what XMPP does not allow",
              {"undefined-condition", "the server's stream: " + reader_->fault().text});
    end_stream();
  }
  if (stream_ != nullptr && channel_ != nullptr && (!refused_.empty() || !channel_->writable()))
    stream_->pause();
}

void Relay::take_event(StreamEvent& event) {
  switch (event.kind) {
    case StreamEvent::Kind::opened:
      told_open_ = true;
      touch();
      offer(open_message(event.header));
      break;
    case StreamEvent::Kind::stanza:
      may_restart_ = event.space == kSaslSpace && event.local == "success";
      offer(std::move(event.message));
      break;
    case StreamEvent::Kind::ended:
      server_ended();
      break;
  }
}

void Relay::server_ended() {
  if (!page_closed_) write(kStreamEnd);
  end_page(close_code::kNormal, "the server ended the stream");
  end_stream();
}

void Relay::server_lost() {
  if (std::exchange(stream_, nullptr) != nullptr) call_.left();
  fail_page(gateway_close::kReset, "the connection to the server broke",
            {"remote-connection-failed", "the connection to the server broke"});
}

void Relay::server_silent() {
  const CloseReason reason =
      told_open_ ? CloseReason{gateway_close::kIdle, "nothing came or went for too long"}
                 : CloseReason{gateway_close::kLate, "the server did not open the stream in time"};
  fail_page(reason.code, reason.text, {"connection-timeout", reason.text});
  end_stream();
}

void Relay::end_stream() {
  ByteStream* const stream = std::exchange(stream_, nullptr);
  if (stream == nullptr) return;
  call_.left();
  stream->close();
}

// ---- the channel ----

void Relay::give(const Message& message) {
  if (page_closed_) return;
  PageMessage read = message.is_binary() ? PageMessage{.fault = {"bad-format", "found bytes, expected text"}}
                                         : read_message(message.data(), plan_->options.max_stanza_bytes);
  if (read.kind == PageMessage::Kind::stanza && (!asked_ || !stream_))
    read = {.fault = {"not-authorized", "found a stanza, expected <open/> first"}};
  switch (read.kind) {
    case PageMessage::Kind::nothing:
      break;
    case PageMessage::Kind::open:
      give_open(read);
      break;
    case PageMessage::Kind::close:
      give_close();
      break;
    case PageMessage::Kind::stanza:
      touch();
      write(read.stanza);
      break;
    case PageMessage::Kind::bad:
      write(kStreamEnd);
      fail_page(gateway_close::kInvalid, "the page sent what XMPP does not allow", read.fault);
      end_stream();
      break;
  }
}

void Relay::give_open(PageMessage& message) {
  if (close_) return;
  message.header.to = lower(std::move(message.header.to));
  const std::vector<std::string>& domains = plan_->options.domains;
  if (std::find(domains.begin(), domains.end(), message.header.to) == domains.end()) {
    fail_page(gateway_close::kForbidden, "the domain is none of this gateway's",
              {"host-unknown", "the domain is none of this gateway's"});
    end_stream();
  } else if (!asked_) {
    asked_ = true;
    patience_->clear();
    header_ = std::move(message.header);
    header_.version = kVersion;
    hold_page();
    dial();
  } else if (!may_restart_ || message.header.to != header_.to) {
    write(kStreamEnd);
    fail_page(
        gateway_close::kInvalid, "the page sent what XMPP does not allow",
        {"policy-violation", "a stream begins anew when its authentication has succeeded, and then alone"});
    end_stream();
  } else {
    may_restart_ = false;
    header_.from = std::move(message.header.from);
    header_.language = std::move(message.header.language);
    open_stream();
  }
}

void Relay::give_close() {
  page_closed_ = true;
  if (close_) {
    finish();
  } else if (stream_ != nullptr) {
    // What the server still has to say comes first, and then its end.
    write(kStreamEnd);
    loop_.context().timers.set(*patience_, kEndTime);
  } else {
    end_page(close_code::kNormal, "the page ended the stream");
  }
}

void Relay::write(std::string_view text) {
  if (stream_ == nullptr) return;
  stream_->write(text);
  if (stream_->queued() >= kMostQueued) hold_page();
}

void Relay::hold_page() {
  if (channel_ != nullptr && !std::exchange(holds_page_, true)) channel_->pause();
}

void Relay::release_page() {
  if (channel_ != nullptr && std::exchange(holds_page_, false)) channel_->resume();
}

void Relay::offer(std::string text) {
  // What a server says in one piece may be more than fits.
  if (channel_ == nullptr) return;
  if (!refused_.empty() || !channel_->send(std::string_view(text))) refused_.push_back(std::move(text));
}

void Relay::found_room() {
  while (!refused_.empty()) {
    if (!channel_->send(std::string_view(refused_.front()))) return;
    refused_.pop_front();
  }
  if (finishing_) {
    finish();
  } else if (stream_ != nullptr && channel_->writable()) {
    stream_->resume();
  }
}

void Relay::lose_patience() {
  if (!asked_ && !close_) {
    fail_page(gateway_close::kLate, "the page asked for no stream in time",
              {"connection-timeout", "expected <open/>"});
  } else if (close_) {
    finish();
  } else {
    end_page(close_code::kNormal, "the server did not end the stream");
    end_stream();
  }
}

void Relay::end_page(std::uint16_t code, std::string_view reason) {
  if (channel_ == nullptr || close_) return;
  close_ = CloseReason{code, std::string(reason)};
  offer(close_message());
  if (page_closed_) {
    finish();
  } else {
    loop_.context().timers.set(*patience_, kEndTime);
  }
  release_page();
}

void Relay::fail_page(std::uint16_t code, std::string_view reason, const Fault& fault) {
  if (channel_ == nullptr || close_) return;
  // RFC 7395 3.5: an error comes within a stream.
  if (!told_open_) offer(open_message({.from = header_.to, .version = std::string(kVersion)}));
  told_open_ = true;
  offer(error_message(fault));
  end_page(code, reason);
}

void Relay::finish() {
  finishing_ = true;
  patience_->clear();
  if (channel_ != nullptr && refused_.empty()) channel_->close(close_->code, close_->text);
}

void Relay::left() {
  channel_ = nullptr;
  patience_->clear();
  call_.hang_up();
  // No </stream:stream> of a page that has said no <close/>: the server may keep its session (XEP-0198).
  end_stream();
}

}  // namespace encke::services::xmpp
