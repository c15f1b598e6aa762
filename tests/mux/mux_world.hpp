// A multiplexed session on a loop without a loop, some services that it carries, and its page's end.
#pragma once

#include "server/mux/mux.hpp"
#include "server/mux/setting.hpp"
#include "tests/core/fakes.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace encke::test {

/// A frame in words: "1 OPENED 4096 chat", "3 TEXT hi", "3 TEXT+ begins", "1 CREDIT 600", "1 CLOSE 1000 bye".
inline std::string words_of(const mux::Frame& frame) {
  constexpr const char* kNames[] = {"OPEN", "OPENED", "TEXT", "BINARY", "CREDIT", "CLOSE"};
  std::string text = std::to_string(frame.stream) + " " + kNames[static_cast<std::size_t>(frame.type)];
  if (frame.more) text += '+';
  const bool piece = frame.type == mux::Type::text || frame.type == mux::Type::binary;
  if (!piece) text += " " + std::to_string(frame.number);
  if (!frame.bytes.empty()) text += " " + std::string(frame.bytes);
  return text;
}

/// What carries the multiplexed session: takes as much as a test lets it, and writes frames down.
class MuxWire final : public Carrier {
 public:
  Taken write(std::span<const Frame> frames) override {
    std::size_t taken = 0;
    for (const Frame& frame : frames) {
      if (frame.kind == Frame::Kind::message && room == 0) return {taken, Taken::Then::wait};
      ++taken;
      if (frame.kind == Frame::Kind::close)
        closed = std::to_string(frame.reason->code) + " " + frame.reason->text;
      if (frame.kind != Frame::Kind::message) continue;
      --room;
      CHECK(frame.message->is_binary());
      const Result<mux::Frame> read = mux::parse(frame.message->data());
      REQUIRE(read);
      said.push_back(words_of(*read));
      largest = std::max(largest, read->bytes.size());
    }
    return {taken, Taken::Then::more};
  }
  void finish(Detach) override { over = true; }

  std::size_t room = static_cast<std::size_t>(-1);  ///< messages that it still takes
  std::size_t largest = 0;                          ///< bytes in one frame so far
  std::vector<std::string> said;
  std::string closed;
  bool over = false;
};

/// One service that may be carried: writes down what its channels see, "1 m:hi", "1 c:1000 bye", the number
/// being that of the channel.
struct MuxTarget {
  explicit MuxTarget(const LoopContext& loop, std::string path, ServiceOptions options = {})
      : sessions(
            loop, std::move(path), std::move(options), [this](Channel& opened) { meet(opened); },
            [this](std::string_view what) { faults.emplace_back(what); }) {}

  void meet(Channel& opened) {
    channels.push_back(&opened);
    const std::string number = std::to_string(channels.size()) + " ";
    const Opening& opening = opened.opening();
    openings.push_back(std::string(opening.transport) + " " + std::string(opening.protocol) + " " +
                       std::string(opening.origin) + " " + std::string(opening.remote_address) + " " +
                       std::string(opening.identity));
    opened.on_close([this, number, at = channels.size() - 1](const CloseReason& reason) {
      events.push_back(number + "c:" + std::to_string(reason.code) + " " + reason.text);
      unacknowledged += channels[at]->unacknowledged().size();
      channels[at] = nullptr;
    });
    opened.on_message([this, number, &opened](const Message& message) {
      events.push_back(number + (message.is_binary() ? "b:" : "m:") + std::string(message.data()));
      if (on_message) on_message(opened, message);
    });
    if (on_open) on_open(opened);
  }

  std::function<void(Channel&)> on_open;
  std::function<void(Channel&, const Message&)> on_message;
  std::vector<Channel*> channels;
  std::vector<std::string> openings;
  std::vector<std::string> events;
  std::vector<std::string> faults;
  std::size_t unacknowledged = 0;
  Authorizer authorizer;
  AccessOptions access;
  std::size_t undecided = 0;
  std::size_t most_undecided = 100;
  std::function<void(std::string_view)> fault = [this](std::string_view what) { faults.emplace_back(what); };
  Sessions sessions;

  std::vector<std::string> seen() { return std::exchange(events, {}); }
};

struct MuxWorld : private mux::Targets {
  TimerWheel timers;
  Turn turn;
  LoopContext loop{timers, turn, 3, 4};
  MuxWire wire;
  std::map<std::string, std::unique_ptr<MuxTarget>, std::less<>> targets;
  std::vector<std::string> faults;
  std::unique_ptr<Sessions> own;
  std::unique_ptr<mux::Setting> setting;
  Session* session = nullptr;

  explicit MuxWorld(MuxOptions options = carrying(), ServiceOptions service = mux_service()) {
    own = std::make_unique<Sessions>(
        loop, "/mux", std::move(service), [this](Channel& channel) { mux::Mux::join(*setting, channel); },
        [this](std::string_view what) { faults.emplace_back(what); });
    setting = std::make_unique<mux::Setting>(mux::Setting{loop, *this, *own, std::move(options)});
    add("/a");
    add("/b");
  }
  ~MuxWorld() {
    own.reset();
    CHECK(faults.empty());
  }

  static MuxOptions carrying() {
    MuxOptions options;
    options.services = {"/a", "/b", "/gone"};
    return options;
  }
  MuxTarget& add(const std::string& path, ServiceOptions options = {}) {
    targets[path] = std::make_unique<MuxTarget>(loop, path, std::move(options));
    return *targets[path];
  }
  MuxTarget& at(std::string_view path) { return *targets.find(path)->second; }
  std::optional<mux::Target> target(std::string_view path) const override {
    const auto found = targets.find(path);
    if (found == targets.end()) return std::nullopt;
    MuxTarget& it = *found->second;
    return mux::Target{it.sessions,   it.authorizer ? &it.authorizer : nullptr,
                       it.access,     it.fault,
                       &it.undecided, it.most_undecided};
  }

  /// The session opens.
  void begin(std::string_view protocol = mux::kProtocol, std::string_view origin = "https://page.example") {
    Opening opening;
    opening.transport = "fake";
    opening.protocol = protocol;
    opening.origin = origin;
    opening.remote_address = "192.0.2.7";
    session = &own->open({}, opening);
    session->attach(wire);
    turn.end();
  }
  void give(const mux::Frame& frame) {
    std::string bytes;
    append(frame, bytes);
    give_bytes(bytes);
  }
  void give_bytes(std::string_view bytes) {
    if (!wire.over) session->receive(Message::binary(bytes));
    turn.end();
  }
  void open(std::uint32_t stream, std::string_view path, std::uint32_t window = 65'536,
            std::vector<std::string_view> protocols = {}, std::string_view token = {}) {
    give({.stream = stream,
          .type = mux::Type::open,
          .number = window,
          .bytes = path,
          .token = token,
          .protocols = std::move(protocols)});
  }
  void text(std::uint32_t stream, std::string_view bytes, bool more = false) {
    give({.stream = stream, .type = mux::Type::text, .more = more, .bytes = bytes});
  }
  void credit(std::uint32_t stream, std::uint32_t bytes) {
    give({.stream = stream, .type = mux::Type::credit, .number = bytes});
  }
  void close(std::uint32_t stream, std::uint32_t code = 1000, std::string_view reason = {}) {
    give({.stream = stream, .type = mux::Type::close, .number = code, .bytes = reason});
  }
  /// The wire takes so many messages more.
  void make_room(std::size_t messages) {
    wire.room = messages;
    session->ready(wire);
    turn.end();
  }
  /// Frames since the last call.
  std::vector<std::string> said() { return std::exchange(wire.said, {}); }
  void pass(Millis time) {
    const Millis until = timers.now() + time;
    while (timers.now() < until) {
      timers.advance(std::min(until, timers.now() + TimerWheel::kTick));
      turn.end();
    }
  }
  /// The connection of the session breaks.
  void lose() {
    session->detach(wire, Detach::lost);
    wire.over = true;
    turn.end();
  }
};

}  // namespace encke::test
