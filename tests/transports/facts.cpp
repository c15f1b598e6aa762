// Prints what the code says of its transports, as JSON: TransportInfo of each that is built in, and the
// dialects of WebSocket. docs/transports.md is held to it by tests/examples/transports_page_test.py.
#include "transports/registry.hpp"

#ifdef ENCKE_HAS_WEBSOCKET
#include "transports/websocket/dialect.hpp"
#endif

#include <nlohmann/json.hpp>

#include <cstdio>

namespace {

using Json = nlohmann::ordered_json;

Json facts_of(const encke::TransportInfo& info) {
  Json routes = Json::array();
  for (const encke::Route& route : info.routes) {
    routes.push_back({{"leaf", route.leaf},
                      {"method", route.method == encke::Route::Method::post ? "POST" : "GET"},
                      {"cross_origin", route.cross_origin}});
  }
  return {{"name", info.name},
          {"routes", routes},
          {"greeting", info.greeting},
          {"binary", info.can.binary},
          {"streams", info.can.streams},
          {"cross_origin", info.can.cross_origin},
          {"sends_up", info.can.sends_up}};
}

Json dialects() {
  Json found = Json::array();
#ifdef ENCKE_HAS_WEBSOCKET
  using namespace encke::websocket;
  const auto add = [&found](const DialectInfo& info) {
    found.push_back({{"name", info.name}, {"version", info.version}, {"masks", info.masks}});
  };
  add(info_of(Dialect::rfc6455));
  for (const DialectInfo& info : drafts()) add(info);
#endif
  return found;
}

}  // namespace

int main() {
  Json transports = Json::array();
  for (const auto& transport : encke::make_transports()) transports.push_back(facts_of(transport->info()));
  std::puts(Json{{"transports", transports}, {"dialects", dialects()}}.dump(2).c_str());
}
