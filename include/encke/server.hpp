// The server as a library: services at paths, over every transport that is built in.
#pragma once

#include <encke/access.hpp>
#include <encke/admin.hpp>
#include <encke/channel.hpp>
#include <encke/close.hpp>
#include <encke/drain_options.hpp>
#include <encke/feed.hpp>
#include <encke/flash_policy.hpp>
#include <encke/inbox.hpp>
#include <encke/limits.hpp>
#include <encke/listen.hpp>
#include <encke/live_feed.hpp>
#include <encke/message.hpp>
#include <encke/metrics.hpp>
#include <encke/mux.hpp>
#include <encke/refusal_counts.hpp>
#include <encke/report.hpp>
#include <encke/service_counts.hpp>
#include <encke/service_options.hpp>
#include <encke/session_end.hpp>
#include <encke/tcp_options.hpp>
#include <encke/xmpp_options.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace encke {

struct ServerOptions {
  /// Where connections are accepted: "127.0.0.1:8080" or more than that.
  std::vector<Listen> listen = {"127.0.0.1:8080"};
  /// Event loops, each on a thread of its own; 0: one for each core.
  unsigned workers = 0;
  /// What Flash Player may connect to, told where it asks. Without it such requests are refused on every
  /// listener.
  std::optional<FlashPolicy> flash_policy = {};
  /// What peers may take of all loops together. ServiceOptions::limits has what each service gives.
  ServerLimits limits = {};
  /// Networks of the proxies in front, "192.0.2.7" or "10.0.0.0/8": what they say of their clients' addresses
  /// is believed (X-Forwarded-For, X-Forwarded-Proto, and on listeners with proxy_protocol the PROXY header),
  /// and limits for each address are not applied to themselves. Empty: nobody's X-Forwarded-* is heeded.
  std::vector<std::string> trusted_proxies = {};
  /// Whom to ask for the addresses of the servers that are connected to, "192.0.2.1" or "192.0.2.1:53";
  /// empty: those of /etc/resolv.conf.
  std::vector<std::string> name_servers = {};
  /// Metrics, health and a page for operators, on a listener of their own; without it there is none.
  std::optional<AdminOptions> admin = {};
  /// Serves /health/live and /health/ready on the listeners of `listen` too, to everybody.
  bool health = false;
  /// SIGTERM is a drain(), and a second one ends at once; SIGINT is a stop(). They are blocked in the thread
  /// that makes the server, from then until run() has returned: make it before other threads, which would get
  /// them otherwise.
  bool stop_on_signals = false;
  /// What SIGTERM's drain() obeys.
  DrainOptions drain = {};
  /// Called when drain() begins, on the first loop.
  std::function<void()> on_drain = {};
  /// With stop_on_signals: called for SIGHUP, on the first loop.
  std::function<void()> on_reload = {};
  /// Told of what an operator should know, a line of plain text each: exceptions that left a service, no more
  /// descriptors (at most once a second a loop), and what the server or a service has refused, for a limit,
  /// an origin or want of access (at most once a minute for each, and each kind). Called on the loops, so on
  /// any of their threads.
  std::function<void(std::string_view)> on_trouble = {};
  /// Told of each session that is over. With it each costs some 200 bytes more. Called on the loops, so on
  /// any of their threads.
  std::function<void(const SessionEnd&)> on_session_over = {};
  /// Told what pages of the facade's report of the transports that they tried, a line each. Called on the
  /// loops, so on any of their threads.
  std::function<void(const ReportLine&)> on_report = {};
};

/// One server. Set it up, then run() it, once; the services' functions are called on its loops. Not movable.
///
/// Errors of the set-up (a bad address, a port in use, a path that is taken) are std::runtime_error.
class Server {
 public:
  explicit Server(ServerOptions options = {});
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Serves `service` at `path` ("/echo") to SockJS clients of every kind, and at `path`/websocket to raw
  /// WebSockets. Each loop calls a copy of `service`: what the copies are to share they hold by reference.
  void serve(std::string path, Service service, ServiceOptions options = {});
  /// Has `authorizer` decide on each request that would open a channel of the service at `path`, which is
  /// served already. A copy for each loop, as with serve(). std::runtime_error where there is no such
  /// service.
  void authorize(std::string_view path, Authorizer authorizer, AccessOptions options = {});
  /// Serves the files of `folder`, which must exist already, below `path` ("/" for all that nothing else
  /// serves).
  void serve_folder(std::string path, const std::string& folder);
  /// Answers GET at `path` with a response of the media type `type` that lasts for as long as `service`
  /// likes: an image, sound, text. Each loop calls a copy of `service`, as with serve().
  void serve_feed(std::string path, std::string type, FeedService service);
  /// As serve(), with the service that sends every message to all its channels, on all loops.
  void serve_broadcast(std::string path, ServiceOptions options = {});
  /// As serve(), with a service that sends what comes from `feed.udp`, and what is published by the handle
  /// that it returns, to all its channels, on all loops, and to slow readers the newest of each key alone.
  /// The options' `slow_reader`, which must not be `block`, and `outbox_bytes` hold for messages without a
  /// key; `max_message_bytes` for what comes from the source too. Nothing is read before run().
  Publisher serve_live_feed(std::string path, const LiveFeedOptions& feed,
                            ServiceOptions options = live_feed_service());

  /// As serve(), with a service that connects each of its sessions to a TCP server: bytes go both ways, and
  /// whoever does not keep up holds the other one back, whatever `options.slow_reader` is.
  void serve_tcp(std::string path, TcpOptions tcp, ServiceOptions options = {});

  /// As serve(), with a service that speaks XMPP's WebSocket binding (RFC 7395) to pages, over every
  /// transport, and a TCP stream to an unmodified server for each of them (docs/xmpp.md);
  /// `options.slow_reader` is always `block`.
  void serve_xmpp(std::string path, XmppOptions xmpp, ServiceOptions options = xmpp_service());

  /// As serve(), with the means to give channels secret URLs of their own, below `path`/in/: what others send
  /// there comes to that channel (docs/inbox.md). Neither `origins` nor an authorizer is asked about that.
  void serve_inbox(std::string path, InboxService service, InboxOptions inbox = {},
                   ServiceOptions options = {});
  /// The same, with the service that pages ask for URLs in JSON; its slow_reader is always `block`.
  void serve_inbox(std::string path, InboxOptions inbox = {}, ServiceOptions options = {});

  /// As serve(), with a service whose sessions carry sockets to others of this server (docs/mux.md): a stream
  /// is a channel of its service as any other is, opened under that service's rules. Its sub-protocol is
  /// always "encke-mux.1", its slow_reader `block`.
  void serve_mux(std::string path, MuxOptions mux, ServiceOptions options = mux_service());

  /// All of the above may be called while the server runs too, as may these three, from one thread at a time.
  /// Other options for the service at `path`: what is there obeys them from now on, and no connection is
  /// lost. Its `limits` and `protocols` must stay the same, and slow_reader of serve_broadcast() and
  /// serve_live_feed() does.
  void configure(const std::string& path, ServiceOptions options);
  /// Serves nothing more at `path`. A service opens no more sessions, and the clients of those that it has
  /// are told to go (1001) as by drain().
  void remove(const std::string& path);
  /// Has `serve` serve something else at `path`, by one of the above. What is there goes as by remove(), once
  /// that has been accepted: where `serve` throws, which this throws on, or serves nothing there, it stays.
  void replace(const std::string& path, const std::function<void()>& serve);

  /// Other ServerOptions of these names, from now on: connections and sessions that are there stay, and count
  /// as they did. Texts for peers, times and rates are the new ones for what begins from then on. Any thread.
  void set_limits(ServerLimits limits);
  void set_trusted_proxies(const std::vector<std::string>& networks);
  void set_drain(const DrainOptions& drain);

  /// Binds the addresses and returns them, as "127.0.0.1:40123", with the ports that the system chose. run()
  /// calls it where that has not been done. Throws std::runtime_error where one cannot be bound; run() does
  /// not serve then.
  std::vector<std::string> listen();

  /// What listen() has bound, as "http://127.0.0.1:40123/", or "https://..." where TLS is spoken.
  std::vector<std::string> urls() const;

  /// Reads the certificates and keys of all listeners that speak TLS anew, for the connections that come from
  /// then on; those that are there go on undisturbed. Where `listen` has a TLS listener's address, the
  /// options that it has there are its own from now on. All or nothing: returns what is wrong, a line each,
  /// and then everything stays as it was. Any thread, once listen() has returned.
  std::vector<std::string> reload_tls(const std::vector<Listen>& listen = {});

  /// Where the listeners of ServerOptions::flash_policy are, once listen() has bound them.
  std::vector<std::string> flash_policy_addresses() const;

  /// Serves until stop(); then accepts no more, closes every channel with 1001, lets what is queued leave for
  /// at most five seconds, and returns. The first loop runs on the calling thread.
  void run();
  /// Any thread, but no signal handler. Before run() it makes that return at once.
  void stop();
  /// Any thread, but no signal handler. Lets the clients go, and makes run() return then: draining() is true
  /// from now on; after `options.notice` no new session is opened, and those that are there are told to
  /// go (1001), at a pace. Pages of the facade's learn which of their messages the service was given, and the
  /// service what they have. When the last has gone, or the deadline is there, it goes on as stop() does. A
  /// second call does nothing.
  void drain(const DrainOptions& options = {});
  /// Whether drain() was called. Any thread.
  bool draining() const;

  /// What happened to the sessions of the service at `path` so far; zeros where there is none. Any thread.
  ServiceCounts counts(std::string_view path) const;

  /// What was refused for want of room, by what for. Any thread.
  RefusalCounts refusals() const;
  /// Gathers what the server measures, and calls `done` with it, on the first loop, soon; never where a loop
  /// has stopped before, or none runs. Any thread.
  void collect(std::function<void(const Metrics&)> done);
  /// False: /health/ready answers 503 from now on, so that balancers send no more sessions here; those that
  /// come are served. Any thread.
  void set_ready(bool ready);
  /// Where the listener of ServerOptions::admin is, once listen() has bound it.
  std::vector<std::string> admin_addresses() const;
  /// Another AdminOptions::token; who looks at the page with the old one is shown out. Any thread; without
  /// ServerOptions::admin it does nothing. Throws std::runtime_error for an empty one.
  void set_admin_token(const std::string& token);

  /// What became of Flash Player's policy requests so far. Any thread.
  FlashPolicyCounts flash_policy_counts() const;

  /// How many loops there are.
  unsigned workers() const;
  /// Runs `call` on the loop of that number, soon; never when that loop has stopped before. Any thread;
  /// the only way to reach another loop's channels.
  void post(unsigned worker, std::function<void()> call);

  /// The library's version, "0.1.0".
  static std::string_view version();
  /// The transports that are built in, the best first.
  static std::vector<std::string> transports();

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace encke
