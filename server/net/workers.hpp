// The loops of a server, one a thread.
#pragma once

#include "server/core/address.hpp"
#include "server/net/loop.hpp"
#include "server/net/sniffer.hpp"

#include <csignal>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace encke::net {

/// Owns the loops. Nothing runs until run().
class Workers {
 public:
  /// `count` loops; `sniffer` outlives them.
  Workers(unsigned count, const Sniffer& sniffer);
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  unsigned count() const { return static_cast<unsigned>(loops_.size()); }
  Loop& loop(unsigned worker) { return *loops_[worker]; }

  /// As Loop::set_name_servers(), for all loops. Before run().
  void set_name_servers(const std::vector<std::string>& servers);

  /// Any thread. Runs `call` on that loop.
  void post(unsigned worker, Mailbox::Call call) { loops_[worker]->post(std::move(call)); }

  /// Where a listener was bound.
  struct Address {
    std::string text;  ///< "127.0.0.1:8080"
    std::uint16_t port;
  };

  /// Binds `address` for every loop (bind_listener), or takes what systemd handed in (take_inherited, which
  /// may be several), and returns where that is. Before run(). `sniffer`, which outlives the loops, tells
  /// what its connections speak; null: that of all listeners. `tls`, which outlives
  /// the loops too: they speak TLS. With `proxied` each begins with a PROXY header.
  std::vector<Address> listen(const std::string& address, const Sniffer* sniffer = nullptr,
                              const TlsPort* tls = nullptr, bool proxied = false);
  /// One that another listens at (AdminServer). Before run().
  void add_port(std::uint16_t port) { ports_.push_back(port); }
  /// Whether `address` and `port` lead back to this process: it listens at the port, and the address is one
  /// of this machine's. Any thread, while the loops run.
  bool leads_here(const encke::Address& address, std::uint16_t port) const;

  /// Runs the loops, the first on the calling thread, until stop(); `finished` is called on each when it has
  /// ended.
  void run(const std::function<void(unsigned worker)>& finished);
  /// Any thread, but no signal handler.
  void stop();
  /// Any thread. As stop(), and what is queued has no time to leave.
  void hurry();
  /// From now until run() has returned `signal` calls `handler`, on the first loop. Call it before other
  /// threads start, since they must not get the signal either.
  void on_signal(int signal, std::function<void()> handler);

 private:
  std::vector<std::unique_ptr<Loop>> loops_;
  std::vector<std::uint16_t> ports_;     // that are listened at
  std::optional<sigset_t> mask_before_;  // of the signals, where they are watched
};

}  // namespace encke::net
