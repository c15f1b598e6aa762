// The servers that a gateway's sessions are connected to.
#include "server/services/backends.hpp"

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <utility>

namespace encke::services {

namespace {

class BackendRoute final : public Route {
 public:
  BackendRoute(std::shared_ptr<Backends> backends, bool text, Millis now, Millis patience)
      : backends_(std::move(backends)), text_(text), order_(backends_->order(now, patience)) {}

  bool is_text() const override { return text_; }
  bool has_next() const override { return tried_ < order_.size(); }
  const net::Endpoint& next() override { return backends_->endpoint(order_[tried_++]); }
  bool may_reach(const Address&) const override { return true; }
  std::string_view greeting() const override { return {}; }
  void connected() override { backends_->connected(current(), true); }
  void left() override { backends_->left(current()); }
  void failed(const net::Dialed& dialed, Millis now) override {
    backends_->failed(current(), dialed.fault, dialed.text, now);
  }

 private:
  std::size_t current() const { return order_[tried_ - 1]; }

  const std::shared_ptr<Backends> backends_;
  const bool text_;
  const std::vector<std::size_t> order_;
  std::size_t tried_ = 0;
};

}  // namespace

std::vector<net::Endpoint> backend_endpoints(const std::vector<std::string>& connect) {
  if (connect.empty()) throw std::runtime_error("connect: expected at least one server");
  std::vector<net::Endpoint> endpoints;
  for (const std::string& text : connect) {
    const std::optional<net::Endpoint> endpoint = net::Endpoint::parse(text);
    if (!endpoint)
      throw std::runtime_error("connect: found \"" + text + "\", expected " +
                               std::string(net::kEndpointForm));
    if (std::find(endpoints.begin(), endpoints.end(), *endpoint) != endpoints.end())
      throw std::runtime_error("connect: " + endpoint->text() + " is there twice, expected each once");
    endpoints.push_back(*endpoint);
  }
  return endpoints;
}

void check_backend_options(Millis connect_time, unsigned proxy_protocol) {
  if (proxy_protocol > 2) {
    throw std::runtime_error("proxy_protocol: found " + std::to_string(proxy_protocol) +
                             ", expected 1, 2 or 0 for none");
  }
  if (connect_time <= Millis{0}) {
    throw std::runtime_error("connect_time: found " + std::to_string(connect_time.count()) +
                             " ms, expected some time");
  }
}

Backends::Backends(std::string service, std::vector<net::Endpoint> endpoints, Balance balance,
                   Millis retry_time, std::function<void(std::string_view)> trouble)
    : service_(std::move(service)),
      balance_(balance),
      retry_time_(retry_time),
      trouble_(std::move(trouble)),
      all_(endpoints.size()) {
  for (std::size_t index = 0; index < all_.size(); ++index)
    all_[index].endpoint = std::move(endpoints[index]);
}

bool Backends::is_to_be_tried(Backend& backend, Millis now, Millis patience) const {
  if (!backend.down) return true;
  Millis::rep retry_at = backend.retry_at;
  return Millis(retry_at) <= now &&
         backend.retry_at.compare_exchange_strong(retry_at, (now + patience + retry_time_).count());
}

std::vector<std::size_t> Backends::order(Millis now, Millis patience) {
  const std::size_t begin = balance_ == Balance::round_robin ? turn_++ % all_.size() : 0;
  std::vector<std::size_t> order;
  order.reserve(all_.size());
  for (std::size_t step = 0; step < all_.size(); ++step) order.push_back((begin + step) % all_.size());
  std::vector<bool> answer(all_.size());  // asked once: others may change it meanwhile
  for (std::size_t index = 0; index < all_.size(); ++index)
    answer[index] = is_to_be_tried(all_[index], now, patience);
  std::stable_partition(order.begin(), order.end(), [&](std::size_t index) { return answer[index]; });
  return order;
}

void Backends::connected(std::size_t index, bool counts) {
  Backend& backend = all_[index];
  if (counts) {
    ++backend.connected;
    ++backend.connections;
  }
  if (backend.down.exchange(false) && trouble_)
    trouble_("service " + service_ + ": " + backend.endpoint.text() + " answers again");
}

void Backends::failed(std::size_t index, net::DialFault fault, std::string_view text, Millis now) {
  Backend& backend = all_[index];
  ++backend.failures[static_cast<std::size_t>(fault)];
  if (fault == net::DialFault::exhausted || fault == net::DialFault::forbidden) return;  // it is not to blame
  backend.retry_at = (now + retry_time_).count();
  if (!backend.down.exchange(true) && trouble_)
    trouble_("service " + service_ + ": no connection to " + std::string(text));
}

std::unique_ptr<Route> Backends::route(bool text, Millis now, Millis patience) {
  return std::make_unique<BackendRoute>(shared_from_this(), text, now, patience);
}

void Backends::gather(std::vector<BackendMetrics>& rows) const {
  for (const Backend& backend : all_) {
    BackendMetrics& row = rows.emplace_back();
    row.service = service_;
    row.backend = backend.endpoint.text();
    row.up = !backend.down;
    row.connections = backend.connections;
    row.connected = backend.connected;
    for (std::size_t fault = 0; fault < backend.failures.size(); ++fault) {
      if (const std::uint64_t count = backend.failures[fault]; count > 0)
        row.failures.emplace_back(net::name_of(static_cast<net::DialFault>(fault)), count);
    }
  }
}

}  // namespace encke::services
