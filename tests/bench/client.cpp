// What the clients of all transports share.
#include "tests/bench/client.hpp"

#include <unistd.h>

#include <cstdio>

namespace encke::bench {

Client::Client(Loop& loop, const Options& options, Listener& listener, std::uint32_t id)
    : loop_(loop), options_(options), listener_(listener), id_(id) {}

void Client::fail(std::string_view what) const {
  bench::fail(options_.transport + " session " + std::to_string(id_) + ": " + std::string(what));
}

std::string Client::session_id() const {
  char text[24];
  std::snprintf(text, sizeof text, "%x-%08x", static_cast<unsigned>(getpid()), static_cast<unsigned>(id_));
  return text;
}

std::string Client::host() const { return "127.0.0.1:" + std::to_string(options_.port); }

std::unique_ptr<Client> make_client(Loop& loop, const Options& options, Client::Listener& listener,
                                    std::uint32_t id) {
  for (const auto make : {make_plain_client, make_socket_client, make_http_client, make_facade_client})
    if (auto client = make(loop, options, listener, id)) return client;
  fail("no client for transport " + options.transport);
}

}  // namespace encke::bench
