// The door for operators as a part of the server.
//
// It is on the first loop alone. A session would else be on the loop that its name hashes to, and a
// connection that goes there is served what the public listeners serve.
#include "server/app/admin_server.hpp"

#include "server/app/admin_live.hpp"
#include "server/app/client_files.hpp"
#include "server/core/sessions.hpp"
#include "server/http/connection.hpp"
#include "server/http/content.hpp"
#include "server/http/router.hpp"
#include "server/net/inherited.hpp"
#include "server/net/listener.hpp"
#include "transports/shared/sockjs_service.hpp"

#include <encke/access.hpp>

#include <cstdint>
#include <stdexcept>
#include <utility>

namespace encke {

namespace {

constexpr std::string_view kPage = "/admin";
constexpr std::string_view kLive = "/admin/live";
constexpr std::size_t kIgnoredBody = 4096;
// Everything of the page comes from here, and nobody may put it in a frame and lead clicks to it.
constexpr std::string_view kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The page itself, or the way to it.
class PageItself final : public http::Resource, public http::Handler {
 public:
  explicit PageItself(std::string_view body) : body_(body) {}

  http::Admission admit(http::Request& request, std::string_view rest) override {
    if (!rest.empty()) return http::Admission::refuse(http::not_found());
    return http::admit_reading(request, *this, kIgnoredBody);
  }
  void handle(http::Exchange& exchange) override {
    http::ResponseHead head(200);
    head.type(http::kHtml).never_cached().not_sniffed();
    head.add("Content-Security-Policy", kPolicy).add("Referrer-Policy", "no-referrer");
    exchange.respond(head, body_);
  }

 private:
  const std::string_view body_;
};

ServiceOptions live_options() {
  ServiceOptions options;
  options.max_message_bytes = 4096;
  options.outbox_bytes = 4u << 20;
  options.slow_reader = SlowReader::drop_oldest;
  options.resume_window = Millis{10'000};
  return options;
}

const http::MemoryFile& file_of(std::span<const ClientFile> files, std::string_view path) {
  for (const ClientFile& file : files) {
    if (file.path == path) return file.file;
  }
  throw std::logic_error("no such file is built in: " + std::string(path));
}

}  // namespace

class AdminServer::Site {
 public:
  Site(AdminServer& of, const LoopContext& loop)
      : loop_{loop.timers, loop.turn, loop.worker, 1}, live_(loop_, of.server_.collector), shared_(router_) {
    const Server& server = of.server_;
    const auto mount = [&](std::string path, std::unique_ptr<http::Resource> resource) {
      router_.mount(std::move(path), guarded(of.guard_, std::move(resource)));
    };
    mount("/metrics", make_metrics_page(server.collector));
    router_.mount("/health", make_health_page(server.ready));
    if (!of.options_->page) return;
    const auto open = [&](Sessions::Kind kind, std::unique_ptr<Sessions>& sessions) -> Sessions& {
      const auto fault = [trouble = server.trouble](std::string_view what) {
        if (trouble) trouble("the service " + std::string(kLive) + " threw: " + std::string(what));
      };
      sessions =
          std::make_unique<Sessions>(loop_, std::string(kLive), live_options(), live_.service(), fault, kind);
      return *sessions;
    };
    auto facade = std::make_unique<facade::FacadeService>(open(Sessions::Kind::resumable, resumable_),
                                                          server.transports);
    mount(std::string(kLive), std::make_unique<sockjs::SockjsService>(open(Sessions::Kind::plain, plain_),
                                                                      server.transports, std::move(facade)));
    mount("/admin/close", make_close_page(server.workers.count(), [&of](const CloseOrder& order, auto then) {
            of.close(order, then);
          }));
    mount(std::string(kPage), std::make_unique<PageItself>(file_of(admin_files(), "/admin.html").body));
    for (const std::string_view name : {"/admin.css", "/admin.js"}) {
      mount(std::string(kPage) + std::string(name), http::make_memory_file(file_of(admin_files(), name)));
    }
    mount("/admin/encke.js", http::make_memory_file(file_of(client_files(), "/encke.min.js")));
  }

  std::unique_ptr<ByteStream::Owner> open(ByteStream& stream) {
    return std::make_unique<http::Connection>(stream, shared_);
  }
  void close_all(std::uint16_t code, std::string_view why) {
    for (Sessions* sessions : {resumable_.get(), plain_.get()}) {
      if (sessions != nullptr) sessions->close_all(code, why);
    }
  }

 private:
  const LoopContext loop_;
  AdminLive live_;
  std::unique_ptr<Sessions> resumable_;
  std::unique_ptr<Sessions> plain_;
  http::Router router_;
  http::Shared shared_;
};

AdminServer::AdminServer(const std::optional<AdminOptions>& options, Server server)
    : options_(options), server_(std::move(server)), guard_(options ? options->token : std::string{}) {
  if (!options_) return;
  if (options_->page && options_->token.empty()) {
    throw std::runtime_error("admin: the page has no token, expected one");
  }
  sniffer_.otherwise([this](ByteStream& stream) { return site_ ? site_->open(stream) : nullptr; });
}

AdminServer::~AdminServer() = default;

void AdminServer::listen(TlsPorts& tls) {
  if (!options_) return;
  const std::string& address = options_->listen;
  std::vector<net::Bound> all;
  if (net::is_inherited(address)) {
    all = net::take_inherited(address, 1);
  } else {
    all.push_back(net::bind_listener(address, 1));
  }
  const net::TlsPort* port = nullptr;
  // By a name that no other listener has, whose options it would be given else when they are read anew.
  if (options_->tls) port = tls.add(Listen("admin, " + address, *options_->tls));
  for (const net::Bound& bound : all) {
    server_.workers.loop(0).listen(bound.sockets[0], &sniffer_, port);
    server_.workers.add_port(bound.port);
    addresses_.push_back(bound.address);
  }
}

void AdminServer::open_site() {
  if (options_) site_ = std::make_unique<Site>(*this, server_.workers.loop(0).context());
}

void AdminServer::set_token(const std::string& token) {
  if (token.empty()) throw std::runtime_error("admin: the token is empty, expected one");
  if (!options_) return;
  server_.workers.post(0, [this, token] {
    guard_.expect(token);
    if (site_) site_->close_all(close_code::kAccessExpired, "the token has changed");
  });
}

void AdminServer::close_all() {
  if (site_) site_->close_all(close_code::kGoingAway, "the server is going away");
}

void AdminServer::close_site() { site_.reset(); }

void AdminServer::close(const CloseOrder& order, const std::function<void(bool)>& then) {
  server_.workers.post(order.worker, [this, order, then] {
    const bool found = server_.close(order);
    if (found && server_.trouble) {
      server_.trouble("an operator at " + order.by + " closed the session " + order.session + " with " +
                      std::to_string(order.code));
    }
    server_.workers.post(0, [then, found] { then(found); });
  });
}

}  // namespace encke
