// libwebsockets as a peer: an echo at /echo/websocket and a broadcast at /broadcast/websocket, on its own
// loop.
#include <libwebsockets.h>

#include <cstdio>
#include <cstring>
#include <deque>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <unordered_set>

namespace {

using Message = std::shared_ptr<const std::string>;

/// What one connection has to send; libwebsockets lends the memory.
struct Peer {
  std::deque<Message> waiting;
  bool broadcasts = false;
};

std::unordered_set<lws*>& listeners() {
  static std::unordered_set<lws*> all;
  return all;
}

void open(lws* socket, Peer* peer) {
  char path[64] = "";
  lws_hdr_copy(socket, path, sizeof path, WSI_TOKEN_GET_URI);
  new (peer) Peer;
  peer->broadcasts = std::string_view(path).substr(0, 11) == "/broadcast/";
  if (peer->broadcasts) listeners().insert(socket);
}

void queue(lws* socket, const Message& message) {
  static_cast<Peer*>(lws_wsi_user(socket))->waiting.push_back(message);
  lws_callback_on_writable(socket);
}

void take(lws* socket, const Peer& peer, std::string_view text) {
  const auto message = std::make_shared<const std::string>(text);
  if (!peer.broadcasts) {
    queue(socket, message);
    return;
  }
  for (lws* each : listeners()) queue(each, message);
}

/// libwebsockets wants room for the header in front of each message.
bool write_next(lws* socket, Peer& peer) {
  static std::string buffer;
  if (peer.waiting.empty()) return true;
  const Message message = peer.waiting.front();
  peer.waiting.pop_front();
  buffer.assign(LWS_PRE, '\0');
  buffer += *message;
  auto* const start = reinterpret_cast<unsigned char*>(buffer.data()) + LWS_PRE;
  if (lws_write(socket, start, message->size(), LWS_WRITE_TEXT) < static_cast<int>(message->size()))
    return false;
  if (!peer.waiting.empty()) lws_callback_on_writable(socket);
  return true;
}

int on_event(lws* socket, lws_callback_reasons reason, void* user, void* in, std::size_t size) {
  auto* const peer = static_cast<Peer*>(user);
  switch (reason) {
    case LWS_CALLBACK_ESTABLISHED:
      open(socket, peer);
      return 0;
    case LWS_CALLBACK_RECEIVE:
      take(socket, *peer, {static_cast<const char*>(in), size});
      return 0;
    case LWS_CALLBACK_SERVER_WRITEABLE:
      return write_next(socket, *peer) ? 0 : -1;
    case LWS_CALLBACK_CLOSED:
      listeners().erase(socket);
      peer->~Peer();
      return 0;
    default:
      return 0;
  }
}

}  // namespace

int main() {
  lws_set_log_level(LLL_ERR, nullptr);
  lws_protocols protocols[2] = {};
  protocols[0].name = "";
  protocols[0].callback = on_event;
  protocols[0].per_session_data_size = sizeof(Peer);
  protocols[0].rx_buffer_size = 64 * 1024;
  lws_context_creation_info info = {};
  info.port = 0;
  info.iface = "127.0.0.1";
  info.protocols = protocols;
  info.options = LWS_SERVER_OPTION_DISABLE_IPV6;
  lws_context* const context = lws_create_context(&info);
  if (context == nullptr) return 1;
  const int port = lws_get_vhost_listen_port(lws_get_vhost_by_name(context, "default"));
  std::fprintf(stderr, "listening on 127.0.0.1:%d\n", port);
  while (lws_service(context, 0) >= 0) {
  }
  lws_context_destroy(context);
  return 0;
}
