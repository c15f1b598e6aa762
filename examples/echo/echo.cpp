// An echo on the library: "echo [ADDRESS:PORT]" serves /echo to every browser until Ctrl-C.
#include <encke/server.hpp>

#include <cstdio>
#include <exception>

int main(int argc, char** argv) {
  try {
    encke::Server server{{.listen = {argc > 1 ? argv[1] : "127.0.0.1:8080"}, .stop_on_signals = true}};
    server.serve("/echo", [](encke::Channel& channel) {
      channel.on_message([&channel](const encke::Message& message) { channel.send(message); });
    });
    for (const auto& address : server.listen())
      std::fprintf(stderr, "listening on http://%s/echo\n", address.c_str());
    server.run();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "echo: %s\n", error.what());
    return 1;
  }
}
