// A server for tests, on the library: each session becomes a TCP connection to a port of this machine.
//
//   relay ADDRESS:PORT (PATH BACKEND_PORT bytes|lines PROTOCOL,...)...
//
// `bytes` passes on what comes as it comes, down as binary messages; with `lines` a message is a line, in
// both directions.
#include <encke/server.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <functional>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

namespace {

struct Backend {
  std::uint16_t port = 0;
  bool lines = false;
};

/// One session's connection. Its reader runs on a thread of its own; the channel belongs to the loop.
struct Link {
  int socket = -1;
  encke::Channel* channel = nullptr;  // null once it has closed
  std::string partial;                // of a line, read so far
  ~Link() {
    if (socket >= 0) close(socket);
  }
};

int connect_to(std::uint16_t port) {
  const int made = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (made >= 0 && connect(made, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0) return made;
  if (made >= 0) close(made);
  return -1;
}

bool write_all(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

/// On the loop: what the backend said goes to the page.
void pass_down(Link& link, const std::string& bytes, bool lines) {
  if (!link.channel) return;
  if (!lines) {
    link.channel->send(encke::Message::binary(bytes));
    return;
  }
  link.partial += bytes;
  for (std::size_t end = link.partial.find('\n'); end != std::string::npos; end = link.partial.find('\n')) {
    std::string line = link.partial.substr(0, end);
    if (line.ends_with('\r')) line.pop_back();
    link.partial.erase(0, end + 1);
    if (link.channel) link.channel->send(line);
  }
}

void read_on(encke::Server& server, const std::shared_ptr<Link>& link, bool lines) {
  char room[16384];
  for (;;) {
    const ssize_t got = recv(link->socket, room, sizeof room, 0);
    if (got <= 0) break;
    server.post(0, [link, lines, bytes = std::string(room, static_cast<std::size_t>(got))] {
      pass_down(*link, bytes, lines);
    });
  }
  server.post(0, [link] {
    if (link->channel) link->channel->close(1000, "The backend has closed.");
  });
}

void serve(encke::Server& server, encke::Channel& channel, Backend backend) {
  auto link = std::make_shared<Link>();
  link->socket = connect_to(backend.port);
  if (link->socket < 0) {
    channel.close(1011, "The backend cannot be reached.");
    return;
  }
  link->channel = &channel;
  channel.on_message([link, backend](const encke::Message& message) {
    const bool sent =
        write_all(link->socket, message.data()) && (!backend.lines || write_all(link->socket, "\r\n"));
    if (!sent && link->channel) link->channel->close(1011, "The backend is gone.");
  });
  channel.on_close([link](const encke::CloseReason&) {
    link->channel = nullptr;
    shutdown(link->socket, SHUT_RDWR);  // ends its reader
  });
  std::thread(read_on, std::ref(server), link, backend.lines).detach();
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc < 6 || (argc - 2) % 4 != 0)
      throw std::invalid_argument("ADDRESS:PORT (PATH PORT bytes|lines PROTOCOL,...)...");
    encke::Server server{{.listen = {argv[1]}, .workers = 1, .stop_on_signals = true}};
    for (int i = 2; i < argc; i += 4) {
      const Backend backend{.port = static_cast<std::uint16_t>(std::atoi(argv[i + 1])),
                            .lines = std::string_view(argv[i + 2]) == "lines"};
      encke::ServiceOptions options;
      std::istringstream protocols(argv[i + 3]);
      for (std::string name; std::getline(protocols, name, ',');) options.protocols.push_back(name);
      server.serve(
          argv[i], [&server, backend](encke::Channel& channel) { serve(server, channel, backend); }, options);
    }
    for (const auto& address : server.listen())
      std::fprintf(stderr, "listening on http://%s/\n", address.c_str());
    server.run();
    std::fflush(nullptr);
    std::_Exit(0);  // readers may still be ending
  } catch (const std::exception& error) {
    std::fprintf(stderr, "relay: %s\n", error.what());
    return 1;
  }
}
