// What a service does with an answer for which its reader has no room.
#pragma once

#include <encke/channel.hpp>

#include <optional>
#include <utility>

namespace encke::services {

/// Takes no more from the browser until it has read; then sends first what it had no room for.
inline void wait_for_room(Channel& channel, std::optional<Message> refused) {
  channel.pause();
  channel.on_writable([&channel, refused = std::move(refused)] {
    if (!refused || channel.send(*refused)) channel.resume();
  });
}

}  // namespace encke::services
