// The services that need nothing but their channel.
#include "server/services/builtin.hpp"

#include "server/services/wait_for_room.hpp"

#include <charconv>
#include <optional>
#include <string>

namespace encke::services {

namespace {

constexpr unsigned kMostDoublings = 18;

unsigned doublings(std::string_view text) {
  unsigned number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool good = error == std::errc{} && number > 0 && number <= kMostDoublings;
  return good ? number : 1;
}

}  // namespace

Service echo() {
  return [](Channel& channel) {
    channel.on_message([&channel](const Message& message) {
      if (!channel.send(message)) {
        if (channel.is_open()) wait_for_room(channel, message);
      } else if (!channel.writable()) {
        wait_for_room(channel, std::nullopt);
      }
    });
  };
}

Service close() {
  return [](Channel& channel) { channel.close(close_code::kGoAway, "Go away!"); };
}

Service amplify() {
  return [](Channel& channel) {
    channel.on_message([&channel](const Message& message) {
      channel.send(std::string(std::size_t{1} << doublings(message.data()), 'x'));
    });
  };
}

}  // namespace encke::services
