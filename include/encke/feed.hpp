// A response of any type that lasts as long as a program likes: what an <img>, a player or a script reads.
#pragma once

#include <functional>
#include <string_view>

namespace encke {

/// One reader of such a response. Belongs to the loop that it was opened on, as a Channel does; valid until
/// end() has been called or the handler of on_close().
class Feed {
 public:
  /// Sends bytes behind what was sent before; what is written in one turn of the loop leaves in one piece.
  /// False, and nothing of them is sent, while the reader has 64 KiB of what was sent before still to take.
  virtual bool write(std::string_view bytes) = 0;
  /// Ends the response in order.
  virtual void end() = 0;
  /// Called once, when the reader has gone away or the server stops; not after end().
  virtual void on_close(std::function<void()> handler) = 0;

 protected:
  ~Feed() = default;
};

/// Called for each reader; may write at once, and end. Where it throws, the response ends, and
/// ServerOptions::on_trouble is told.
using FeedService = std::function<void(Feed&)>;

}  // namespace encke
