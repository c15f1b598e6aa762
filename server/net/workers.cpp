// The loops of a server, one a thread.
#include "server/net/workers.hpp"

#include "server/net/inherited.hpp"
#include "server/net/listener.hpp"
#include "server/net/own_address.hpp"

#include <pthread.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <stdexcept>
#include <thread>
#include <utility>

namespace encke::net {

namespace {

sigset_t only(int signal) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, signal);
  return set;
}

}  // namespace

Workers::Workers(unsigned count, const Sniffer& sniffer) {
  std::vector<Loop*> peers;
  for (unsigned worker = 0; worker < count; ++worker) {
    loops_.push_back(std::make_unique<Loop>(worker, count, sniffer));
    peers.push_back(loops_.back().get());
  }
  for (const auto& loop : loops_) loop->set_peers(peers);
}

Workers::~Workers() {
  // What is posted may hold what posts to another loop when it goes.
  bool dropped = true;
  while (dropped) {
    dropped = false;
    for (const auto& loop : loops_) dropped = loop->drop_posted() || dropped;
  }
}

void Workers::set_name_servers(const std::vector<std::string>& servers) {
  for (const auto& loop : loops_) loop->set_name_servers(servers);
}

std::vector<Workers::Address> Workers::listen(const std::string& address, const Sniffer* sniffer,
                                              const TlsPort* tls, bool proxied) {
  std::vector<Bound> all;
  if (is_inherited(address)) {
    all = take_inherited(address, count());
  } else {
    all.push_back(bind_listener(address, count()));
  }
  std::vector<Address> addresses;
  for (const Bound& bound : all) {
    for (unsigned worker = 0; worker < count(); ++worker)
      loops_[worker]->listen(bound.sockets[worker], sniffer, tls, proxied);
    addresses.push_back({bound.address, bound.port});
    add_port(bound.port);
  }
  return addresses;
}

bool Workers::leads_here(const encke::Address& address, std::uint16_t port) const {
  return std::find(ports_.begin(), ports_.end(), port) != ports_.end() && is_of_this_machine(address);
}

void Workers::on_signal(int signal, std::function<void()> handler) {
  const sigset_t signals = only(signal);
  const int descriptor = ::signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
  if (descriptor < 0) throw std::runtime_error("cannot watch for signals");
  // Blocked in every thread, the signals are read from a descriptor, where anything may be done about them.
  sigset_t before;
  pthread_sigmask(SIG_BLOCK, &signals, &before);
  if (!mask_before_) mask_before_ = before;
  loops_[0]->watch(descriptor, std::move(handler));
}

void Workers::run(const std::function<void(unsigned)>& finished) {
  std::vector<std::thread> threads;
  for (unsigned worker = 1; worker < count(); ++worker) {
    threads.emplace_back([this, worker, &finished] {
      loops_[worker]->run();
      finished(worker);
    });
  }
  loops_[0]->run();
  finished(0);
  for (std::thread& thread : threads) thread.join();
  if (mask_before_) pthread_sigmask(SIG_SETMASK, &*mask_before_, nullptr);
}

void Workers::stop() {
  for (const auto& loop : loops_) loop->stop();
}

void Workers::hurry() {
  for (const auto& loop : loops_) loop->hurry();
}

}  // namespace encke::net
