// websocketpp as a peer, on Asio: an echo at /echo/websocket and a broadcast at /broadcast/websocket.
#define ASIO_STANDALONE
#define _WEBSOCKETPP_CPP11_STL_
#include <websocketpp/config/asio_no_tls.hpp>
#include <websocketpp/server.hpp>

#include <cstdio>
#include <memory>
#include <set>
#include <string>

namespace {

using Server = websocketpp::server<websocketpp::config::asio>;
using Handle = websocketpp::connection_hdl;

bool broadcasts(Server& server, const Handle& handle) {
  return server.get_con_from_hdl(handle)->get_resource().rfind("/broadcast/", 0) == 0;
}

}  // namespace

int main() {
  Server server;
  std::set<Handle, std::owner_less<Handle>> listeners;
  server.clear_access_channels(websocketpp::log::alevel::all);
  server.clear_error_channels(websocketpp::log::elevel::all);
  server.init_asio();
  server.set_reuse_addr(true);
  server.set_listen_backlog(4096);
  server.set_tcp_post_init_handler([&](const Handle& handle) {
    asio::error_code ignored;
    server.get_con_from_hdl(handle)->get_raw_socket().set_option(asio::ip::tcp::no_delay(true), ignored);
  });
  server.set_open_handler([&](const Handle& handle) {
    if (broadcasts(server, handle)) listeners.insert(handle);
  });
  server.set_close_handler([&](const Handle& handle) { listeners.erase(handle); });
  server.set_message_handler([&](const Handle& handle, const Server::message_ptr& message) {
    websocketpp::lib::error_code ignored;
    if (!broadcasts(server, handle)) {
      server.send(handle, message->get_payload(), message->get_opcode(), ignored);
      return;
    }
    for (const Handle& each : listeners)
      server.send(each, message->get_payload(), message->get_opcode(), ignored);
  });
  server.listen(asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  server.start_accept();
  asio::error_code error;
  std::fprintf(stderr, "listening on 127.0.0.1:%u\n", server.get_local_endpoint(error).port());
  server.run();
  return 0;
}
