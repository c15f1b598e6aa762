// The server that engines are tried against: "encke_orders PORT FOLDER" serves FOLDER, the facade and /echo,
// an echo that takes orders: "!close CODE REASON" closes the channel so, "!last" is answered with how the
// channel before was closed. Ends at SIGTERM.
#include <encke/server.hpp>

#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

namespace {

using namespace std::chrono_literals;

constexpr std::string_view kClose = "!close ";
constexpr std::string_view kLast = "!last";

void close_as_told(encke::Channel& channel, std::string_view order) {
  std::uint16_t code = 0;
  const auto [end, error] = std::from_chars(order.data(), order.data() + order.size(), code);
  const std::string_view rest(end, order.data() + order.size());
  channel.close(error == std::errc{} ? code : 4999, rest.empty() ? rest : rest.substr(1));
}

/// Sends, and takes no more from the page while there is no room for it.
void answer(encke::Channel& channel, const encke::Message& message) {
  if (!channel.send(message) && channel.is_open()) {
    channel.pause();
    channel.on_writable([&channel, message] {
      if (channel.send(message)) channel.resume();
    });
  }
}

encke::Service echo_with_orders() {
  return [last = std::make_shared<std::string>()](encke::Channel& channel) {
    channel.on_message([&channel, last](const encke::Message& message) {
      if (message.data().starts_with(kClose)) {
        close_as_told(channel, message.data().substr(kClose.size()));
      } else {
        answer(channel, message.data() == kLast ? encke::Message::text(*last) : message);
      }
    });
    channel.on_close([last](const encke::CloseReason& reason) {
      *last = std::to_string(reason.code) + " " + reason.text;
    });
  };
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc != 3) throw std::runtime_error("usage: encke_orders PORT FOLDER");
    encke::Server server{
        {.listen = {std::string("127.0.0.1:") + argv[1]}, .workers = 1, .stop_on_signals = true}};
    encke::ServiceOptions options;
    options.heartbeat = 1s;  // so that a dead line is noticed soon
    options.heartbeat_answer = 20s;
    options.slow_reader = encke::SlowReader::block;
    server.serve("/echo", echo_with_orders(), options);
    server.serve_folder("/engines", argv[2]);
    for (const auto& address : server.listen())
      std::fprintf(stderr, "listening on http://%s/\n", address.c_str());
    server.run();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "encke_orders: %s\n", error.what());
    return 1;
  }
}
