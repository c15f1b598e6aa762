// A gateway on a loop, with sessions whose carriers do as they are told.
#pragma once

#include "server/services/tcp.hpp"
#include "server/services/xmpp.hpp"
#include "tests/core/fakes.hpp"
#include "tests/net/dialer_support.hpp"
#include "tests/net/tls_support.hpp"

#include <sstream>

namespace encke::test {

/// A loop with a gateway, and sessions of it.
class Gateway {
 public:
  explicit Gateway(TcpOptions options, const ServiceOptions& limits = {},
                   const std::vector<std::string>& name_servers = {}) {
    running.workers.set_name_servers(name_servers);
    begin(services::tcp_gateway(running.workers, "/tcp", std::move(options), tell()), limits);
  }
  explicit Gateway(XmppOptions options, const ServiceOptions& limits = {}) {
    begin(services::xmpp_gateway(running.workers, "/tcp", std::move(options), tell()), limits);
  }
  ~Gateway() {
    running.on(0, [this] { sessions.reset(); });
  }
  Gateway(const Gateway&) = delete;
  Gateway& operator=(const Gateway&) = delete;

  /// With a carrier that does as it is told.
  void open(FakeCarrier& carrier, const std::string& id = "id", std::string_view address = "192.0.2.7",
            std::string_view origin = {}) {
    running.on(0, [&] { sessions->open(id, {.origin = origin, .remote_address = address}).attach(carrier); });
  }
  void send(std::string_view text, const std::string& id = "id") {
    running.on(0, [&] { sessions->find(id)->receive(Message::text(text)); });
  }
  /// All that a page is told that sends `first` and is closed then.
  std::string told(const std::string& first, std::string_view origin = {}) {
    FakeCarrier& carrier = *carriers.emplace_back(std::make_unique<FakeCarrier>());
    const std::string id = "told" + std::to_string(carriers.size());
    open(carrier, id, "192.0.2.7", origin);
    send(first, id);
    return wait(carrier, [](const std::string& all) { return all.find("c:") != std::string::npos; });
  }
  /// What the carrier has got, once that is `size` bytes or ends in `end`.
  std::string wait(FakeCarrier& carrier, const std::function<bool(const std::string&)>& enough) {
    std::string all;
    const auto late = std::chrono::steady_clock::now() + kWatchdog;
    while (!enough(all) && std::chrono::steady_clock::now() < late) {
      running.on(0, [&] {
        std::string more = carrier.said();
        if (!all.empty() && !more.empty()) all += " ";
        all += more;
      });
    }
    CHECK(enough(all));
    return all;
  }
  std::string wait_for(FakeCarrier& carrier, std::string_view end) {
    return wait(carrier, [end](const std::string& all) { return all.ends_with(end); });
  }
  BackendMetrics row(std::size_t index = 0) const {
    std::vector<BackendMetrics> rows;
    counts->gather(rows);
    return rows.at(index);
  }

 private:
  std::function<void(std::string_view)> tell() {
    return [this](std::string_view text) { log.add(std::string(text)); };
  }
  void begin(const services::TcpGateway& made, ServiceOptions limits) {
    limits.slow_reader = SlowReader::block;
    counts = made.counts;
    running.start();
    running.on(0, [&] {
      sessions = std::make_unique<Sessions>(running.workers.loop(0).context(), "/tcp", limits, made.service);
    });
  }

 public:
  Log log;
  std::vector<std::unique_ptr<FakeCarrier>> carriers;
  Running running;
  std::shared_ptr<const services::GatewayCounts> counts;
  std::unique_ptr<Sessions> sessions;
};

/// The payload of "m:..." frames, joined.
inline std::string payload(const std::string& said) {
  std::string all;
  std::istringstream words(said);
  for (std::string word; words >> word;) {
    if (word.starts_with("m:")) all += word.substr(2);
  }
  return all;
}

inline TcpOptions to(const Backend& backend) { return {.connect = {backend.text()}}; }
inline TcpOptions text_to(const Backend& backend) { return {.connect = {backend.text()}, .text = true}; }

}  // namespace encke::test
