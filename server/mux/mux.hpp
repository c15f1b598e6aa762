// One multiplexed session: its streams, who of them may send next, and what ends them together.
#pragma once

#include "server/core/turn.hpp"
#include "server/mux/frames.hpp"
#include "server/mux/setting.hpp"
#include "server/mux/stream.hpp"

#include <encke/channel.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace encke::mux {

/// Lives as long as its channel, which has slow_reader block: what that has no room for waits here.
class Mux final : public Turn::Task, public Disposable {
 public:
  /// The service. `setting` outlives the channel.
  static void join(const Setting& setting, Channel& channel);

  // ---- called by streams ----
  const Setting& setting() const { return setting_; }
  const std::string& origin() const { return origin_; }
  const std::string& remote_address() const { return remote_address_; }
  /// What a stream may be opened to; nothing where the session does not carry it.
  std::optional<Target> target(std::string_view path) const;
  /// The stream may have something to send: it has its turn at the end of the loop's.
  void wake(Stream& stream);
  /// What one stream holds of a message that has come in part becomes another. False where that is too much
  /// for all together.
  bool hold_partial(std::size_t before, std::size_t now);
  /// The page's mistake ends the session.
  void fail(const std::string& text);

  /// Called by the turn.
  void end_of_turn();

 private:
  Mux(const Setting& setting, Channel& channel);

  void take(const Message& message);
  void open(const mux::Frame& frame);
  void refuse(std::uint32_t stream, const CloseReason& reason);
  void give(Stream& stream, const mux::Frame& frame);
  void end(const CloseReason& reason);
  void drop(Stream& stream);

  const Setting& setting_;
  Channel& channel_;
  const std::string origin_;
  const std::string remote_address_;
  std::unordered_map<std::uint32_t, std::unique_ptr<Stream>> streams_;
  std::deque<Stream*> awake_;  // each once, in the order of their turns
  std::uint32_t highest_ = 0;  // number of a stream so far
  std::size_t partial_ = 0;
  bool over_ = false;
};

}  // namespace encke::mux
