// A raw socket: its hello, and then the carrier that all sockets share.
#include "transports/flash/flash.hpp"

#include "server/core/guard.hpp"
#include "server/core/sessions.hpp"
#include "transports/flash/frames.hpp"
#include "transports/flash/hello.hpp"
#include "transports/shared/facade_frames.hpp"
#include "transports/shared/facade_session.hpp"
#include "transports/shared/origin_judge.hpp"
#include "transports/shared/routes.hpp"
#include "transports/shared/socket_opening.hpp"
#include "transports/shared/sockjs_frames.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <utility>

namespace encke {

namespace {

using namespace flash;

constexpr TransportInfo kInfo{
    .name = "flash",
    .routes = {},
    .greeting = kGreeting,
    .can = {.binary = true, .streams = true, .cross_origin = true, .sends_up = true}};

/// Single messages of the facade: texts in its frame, bytes as they are.
class MessageFrame final : public MessageEncoder {
 public:
  void encode(const Message& message, std::string& out) const override {
    if (message.is_binary()) {
      append_frame(Kind::binary, message.data(), out);
      return;
    }
    const Frame frame{.kind = Frame::Kind::message, .message = &message};
    const std::size_t begun = begin_frame(Kind::text, out);
    sockjs::append_messages({&frame, 1}, out);
    end_frame(begun, out);
  }
};

struct FlashState final : sockets::Wire::State {
  explicit FlashState(std::size_t max_message) : decoder(max_message) {}
  Decoder decoder;
};

class FlashWire final : public sockets::Wire {
 public:
  Event next(std::unique_ptr<State>& state, std::span<char>& input,
             const sockets::InputLimits& limits) const override {
    if (!state) state = std::make_unique<FlashState>(limits.max_message);
    return static_cast<FlashState&>(*state).decoder.next(input);
  }
  sockets::Begun begun(const State* state) const override {
    return state == nullptr ? sockets::Begun{} : static_cast<const FlashState&>(*state).decoder.begun();
  }
  const MessageEncoder& encoder(sockets::Framing, const Message&) const override {
    static const MessageFrame kFrame;
    return kFrame;
  }
  void append_text(std::string_view text, std::string& out) const override {
    append_frame(Kind::text, text, out);
  }
  void append_close(const State*, const CloseReason& reason, std::string& out) const override {
    flash::append_close(reason.code, reason.text, out);
  }
  bool has_close() const override { return true; }
  bool has_pings() const override { return false; }
  void append_ping(std::string&) const override {}
  void append_pong(std::string_view, std::string&) const override {}
};

/// Owns the stream until its hello is there, then gives way to the session's carrier.
class HelloReader final : public ByteStream::Owner {
 public:
  HelloReader(ByteStream& stream, const Services& services, const Transport& transport)
      : stream_(stream), services_(services), transport_(transport) {
    stream_.set_deadline(stream_.loop().limits().handshake_time);
  }

  void on_bytes(std::span<char> bytes) override;
  void on_lost() override {}
  void on_deadline() override {
    count_refused(stream_, Refusal::late);
    const auto seconds =
        std::chrono::ceil<std::chrono::seconds>(stream_.loop().limits().handshake_time).count();
    refuse({.status = 408, .text = "the hello did not come within " + std::to_string(seconds) + " seconds"});
  }

 private:
  Result<void> take(const Hello& hello);
  void refuse(const PeerError& error);

  ByteStream& stream_;
  const Services& services_;
  const Transport& transport_;
  std::string bytes_;  // all that has come
};

void HelloReader::on_bytes(std::span<char> bytes) {
  bytes_.append(bytes.data(), bytes.size());
  const Result<std::optional<Hello>> hello = parse_hello(bytes_);
  if (!hello) {
    refuse(hello.error());
  } else if (*hello) {
    if (const Result<void> taken = take(**hello); !taken) refuse(taken.error());
  }
}

Result<void> HelloReader::take(const Hello& hello) {
  stream_.greeted();
  Sessions* const sessions = services_.find(hello.service);
  if (sessions == nullptr) return PeerError{.status = 421, .text = "there is no such service here"};
  const ServiceOptions& options = sessions->options();
  if (!offers(options, transport_)) {
    return PeerError{.status = 421, .text = "this service does not offer raw sockets"};
  }
  if (!origin_allowed(options, hello.origin)) {
    sessions->deny({.why = Denial::origin, .transport = kInfo.name, .status = 403, .origin = hello.origin},
                   [this] { return stream_.remote_address(); });
    return PeerError{.status = 403, .text = "pages of this origin may not use this service"};
  }
  const LoopContext& loop = stream_.loop();
  const unsigned worker = worker_of(hello.key.substr(0, facade::kIdCharacters), loop.workers);
  if (worker != loop.worker) {
    stream_.hand_over(worker, std::move(bytes_));
    return {};
  }
  stream_.clear_deadline();
  const sockets::Framing framing = sockets::Framing::facade;
  const sockets::OpeningFacts facts{.transport = kInfo.name,
                                    .origin = {},
                                    .protocol = {},
                                    .remote_address = stream_.remote_address(),
                                    .key = std::string(hello.key),
                                    .told_origin = std::string(hello.origin)};
  // This object lives until the end of the turn, past its place as the stream's owner.
  static const FlashWire kWire;
  sockets::open_session(stream_, *sessions, {kWire}, framing, facts, bytes_.substr(hello.size));
  return {};
}

void HelloReader::refuse(const PeerError& error) {
  std::string out;
  const std::size_t begun = begin_frame(Kind::text, out);
  facade::append_refusal(error, out);
  end_frame(begun, out);
  append_close(close_code::kNormal, {}, out);
  stream_.write(out);
  stream_.close();
}

class Flash final : public Transport {
 public:
  const TransportInfo& info() const override { return kInfo; }
  Result<void> serve(const Route&, http::Exchange&, Sessions&) override {
    return PeerError{.status = 404, .text = "this transport answers no requests"};
  }
  std::unique_ptr<ByteStream::Owner> serve_stream(ByteStream& stream, const Services& services) override {
    return std::make_unique<HelloReader>(stream, services, *this);
  }
};

}  // namespace

std::unique_ptr<Transport> make_flash() { return std::make_unique<Flash>(); }

}  // namespace encke
