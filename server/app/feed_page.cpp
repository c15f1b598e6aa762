// The page of a feed.
#include "server/app/feed_page.hpp"

#include "server/http/content.hpp"

#include <cstddef>
#include <exception>
#include <utility>

namespace encke {

namespace {

constexpr std::size_t kIgnoredBody = 64 * 1024;
constexpr std::size_t kMostUnsent = 64 * 1024;  // then the reader is behind, and what comes is not for it

using Fault = std::function<void(std::string_view)>;

/// Calls what the program gave us; false where an exception left it, of which `fault` is told.
template <typename Call>
bool guarded(const Fault& fault, Call&& call) {
  try {
    call();
    return true;
  } catch (const std::exception& error) {
    fault(error.what());
  } catch (...) {
    fault("an exception of an unknown type");
  }
  return false;
}

class OpenFeed final : public Feed, public http::Exchange::Owner {
 public:
  OpenFeed(http::Exchange& exchange, Fault fault) : exchange_(exchange), fault_(std::move(fault)) {}

  bool write(std::string_view bytes) override {
    if (over_ || exchange_.queued() > kMostUnsent) return false;
    if (bytes.empty()) return true;
    if (!exchange_.chunked()) {
      exchange_.write_framed(bytes);
      return true;
    }
    std::string chunk;
    http::append_chunk(bytes, chunk);
    exchange_.write_framed(chunk);
    return true;
  }
  void end() override {
    if (!std::exchange(over_, true)) exchange_.end();
  }
  void on_close(std::function<void()> handler) override { closed_ = std::move(handler); }

  void on_lost() override {
    over_ = true;
    if (const auto handler = std::exchange(closed_, nullptr)) guarded(fault_, handler);
  }

 private:
  http::Exchange& exchange_;
  const Fault fault_;  // the page may be served no more
  bool over_ = false;
  std::function<void()> closed_;
};

class FeedPage final : public http::Resource, public http::Handler {
 public:
  FeedPage(std::string type, FeedService service, Fault fault)
      : type_(std::move(type)), service_(std::move(service)), fault_(std::move(fault)) {}

  http::Admission admit(http::Request& request, std::string_view rest) override {
    if (!rest.empty() && rest != "/") return http::Admission::refuse(http::not_found());
    return http::admit_reading(request, *this, kIgnoredBody);
  }

  void handle(http::Exchange& exchange) override {
    http::ResponseHead head(200);
    head.type(type_).never_cached().unbuffered().not_sniffed();
    if (exchange.request().method == "HEAD") {
      exchange.begin(head);
      exchange.end();
      return;
    }
    auto owned = std::make_unique<OpenFeed>(exchange, fault_);
    OpenFeed& feed = *owned;
    exchange.wait(std::move(owned));
    exchange.begin(head);
    if (!guarded(fault_, [&] { service_(feed); })) feed.end();
  }

 private:
  const std::string type_;
  const FeedService service_;
  const Fault fault_;
};

}  // namespace

std::unique_ptr<http::Resource> make_feed_page(std::string type, FeedService service,
                                               std::function<void(std::string_view)> fault) {
  return std::make_unique<FeedPage>(std::move(type), std::move(service), std::move(fault));
}

}  // namespace encke
