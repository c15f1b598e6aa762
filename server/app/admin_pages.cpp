// Metrics, health, closing a session.
#include "server/app/admin_pages.hpp"

#include "server/http/content.hpp"

#include <nlohmann/json.hpp>

#include <utility>

namespace encke {

namespace {

using Json = nlohmann::json;

constexpr std::size_t kIgnoredBody = 4096;
constexpr std::size_t kLongestOrder = 4096;
constexpr std::size_t kLongestReason = 123;  // bytes: what a close frame has room for
constexpr std::string_view kPrometheusText = "text/plain; version=0.0.4; charset=utf-8";

/// A request that is answered when something has come from elsewhere, if the peer still waits then.
class Later final : public http::Exchange::Owner {
 public:
  using Place = std::shared_ptr<http::Exchange*>;  // empty once the peer is gone

  explicit Later(Place place) : place_(std::move(place)) {}
  ~Later() override { *place_ = nullptr; }
  void on_lost() override { *place_ = nullptr; }

  static Place wait(http::Exchange& exchange) {
    auto place = std::make_shared<http::Exchange*>(&exchange);
    exchange.wait(std::make_unique<Later>(place));
    return place;
  }

 private:
  const Place place_;
};

class MetricsPage final : public http::Resource, public http::Handler {
 public:
  explicit MetricsPage(Collector& collector) : collector_(collector) {}

  http::Admission admit(http::Request& request, std::string_view rest) override {
    if (!rest.empty()) return http::Admission::refuse(http::not_found());
    return http::admit_reading(request, *this, kIgnoredBody);
  }
  void handle(http::Exchange& exchange) override {
    collector_.collect(false, [place = Later::wait(exchange)](const Collected& collected) {
      if (*place == nullptr) return;
      http::ResponseHead head(200);
      (*place)->respond(head.type(kPrometheusText).never_cached().not_sniffed(),
                        to_prometheus(collected.metrics));
    });
  }

 private:
  Collector& collector_;
};

class HealthPage final : public http::Resource {
 public:
  explicit HealthPage(std::function<bool()> ready)
      : ready_(std::move(ready)), live_(*this, false), check_(*this, true) {}

  http::Admission admit(http::Request& request, std::string_view rest) override {
    if (rest != "/live" && rest != "/ready") return http::Admission::refuse(http::not_found());
    return http::admit_reading(request, rest == "/live" ? live_ : check_, kIgnoredBody);
  }

 private:
  struct Answer final : http::Handler {
    Answer(const HealthPage& of, bool asks) : page(of), asks_ready(asks) {}
    void handle(http::Exchange& exchange) override {
      const bool good = !asks_ready || page.ready_();
      http::ResponseHead head(good ? 200 : 503);
      head.type(http::kPlainText).never_cached().not_sniffed();
      exchange.respond(head,
                       good ? (asks_ready ? "ready\n" : "live\n") : "not ready: no new sessions, please\n");
    }
    const HealthPage& page;
    const bool asks_ready;
  };

  const std::function<bool()> ready_;
  Answer live_;
  Answer check_;
};

class ClosePage final : public http::Resource, public http::Handler {
 public:
  ClosePage(unsigned workers, Close close) : workers_(workers), close_(std::move(close)) {}

  http::Admission admit(http::Request& request, std::string_view rest) override {
    if (!rest.empty()) return http::Admission::refuse(http::not_found());
    if (request.method != "POST") return http::Admission::refuse(http::method_not_allowed("POST"));
    if (!request.has_field("x-encke-admin")) {
      return http::Admission::refuse(http::text_response(
          403, "expected the field X-Encke-Admin, which pages of other origins cannot set"));
    }
    return http::Admission::serve(*this, kLongestOrder);
  }
  void handle(http::Exchange& exchange) override {
    Result<CloseOrder> order = read_close_order(exchange.request().body, workers_);
    if (!order) {
      exchange.respond(http::text_response(400, order.error().text));
      return;
    }
    order->by = exchange.remote_address();
    close_(*order, [place = Later::wait(exchange)](bool found) {
      if (*place == nullptr) return;
      if (found) {
        (*place)->respond(http::ResponseHead(204).never_cached(), {});
      } else {
        (*place)->respond(http::text_response(404, "there is no such session any more"));
      }
    });
  }

 private:
  const unsigned workers_;
  const Close close_;
};

PeerError wrong(std::string text) { return {.status = 400, .text = std::move(text)}; }

}  // namespace

Result<CloseOrder> read_close_order(std::string_view text, unsigned workers) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return wrong("expected a JSON object");
  CloseOrder order;
  const auto text_in = [&json](const char* name, std::string& out) {
    const auto found = json.find(name);
    if (found == json.end()) return true;
    if (!found->is_string()) return false;
    out = found->get<std::string>();
    return true;
  };
  const auto number_in = [&json](const char* name, std::uint64_t& out) {
    const auto found = json.find(name);
    if (found == json.end()) return true;
    if (!found->is_number_unsigned()) return false;
    out = found->get<std::uint64_t>();
    return true;
  };
  std::uint64_t worker = 0;
  std::uint64_t code = order.code;
  if (!number_in("worker", worker) || worker >= workers)
    return wrong("worker: expected the number of a loop");
  if (!text_in("session", order.session) || order.session.empty()) {
    return wrong("session: expected what the page calls it");
  }
  if (!number_in("code", code) || (code != 1000 && code != 1008 && (code < 3000 || code > 4999))) {
    return wrong("code: expected 1000, 1008, or 3000 to 4999");
  }
  if (!text_in("reason", order.reason) || order.reason.size() > kLongestReason) {
    return wrong("reason: expected a text of at most " + std::to_string(kLongestReason) + " bytes");
  }
  order.worker = static_cast<unsigned>(worker);
  order.code = static_cast<std::uint16_t>(code);
  return order;
}

std::unique_ptr<http::Resource> make_metrics_page(Collector& collector) {
  return std::make_unique<MetricsPage>(collector);
}

std::unique_ptr<http::Resource> make_health_page(std::function<bool()> ready) {
  return std::make_unique<HealthPage>(std::move(ready));
}

std::unique_ptr<http::Resource> make_close_page(unsigned workers, Close close) {
  return std::make_unique<ClosePage>(workers, std::move(close));
}

}  // namespace encke
