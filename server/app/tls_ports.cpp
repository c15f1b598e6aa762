// The listeners of a server that speak TLS.
#include "server/app/tls_ports.hpp"

#include <algorithm>
#include <iterator>
#include <stdexcept>
#include <utility>

namespace encke {

namespace {

std::vector<std::string> lines_of(const std::string& address, const std::vector<net::TlsFault>& faults) {
  std::vector<std::string> lines;
  lines.reserve(faults.size());
  for (const net::TlsFault& fault : faults)
    lines.push_back("TLS on " + address + ": " + fault.where + ": " + fault.text);
  return lines;
}

void append(std::vector<std::string>& all, std::vector<std::string> more) {
  std::move(more.begin(), more.end(), std::back_inserter(all));
}

}  // namespace

const net::TlsPort* TlsPorts::add(const Listen& listen) {
  if (!listen.tls) return nullptr;
  const std::lock_guard lock(mutex_);
  Port port{listen.address, *listen.tls};
  net::TlsContext::Made made = port.port->read(port.options);
  if (!made.context) throw std::runtime_error(lines_of(port.address, made.faults).front());
  append(warnings_, lines_of(port.address, made.warnings));
  port.port->use(std::move(made.context), port.options.handshake_time);
  return ports_.emplace_back(std::move(port)).port.get();
}

void TlsPorts::warn(const Tell& tell) {
  const std::lock_guard lock(mutex_);
  for (const std::string& warning : std::exchange(warnings_, {})) {
    if (tell) tell(warning);
  }
}

std::vector<std::string> TlsPorts::reload(const std::vector<Listen>& listen, const Tell& tell) {
  struct Next {
    Port* port;
    TlsOptions options;
    std::shared_ptr<const net::TlsContext> context;
  };
  const std::lock_guard lock(mutex_);
  std::vector<Next> all;
  std::vector<std::string> errors;
  std::vector<std::string> warnings;
  for (Port& port : ports_) {
    const auto changed = std::find_if(listen.begin(), listen.end(), [&port](const Listen& other) {
      return other.tls && other.address == port.address;
    });
    Next next{&port, changed == listen.end() ? port.options : *changed->tls, nullptr};
    net::TlsContext::Made made = port.port->read(next.options);
    append(errors, lines_of(port.address, made.faults));
    append(warnings, lines_of(port.address, made.warnings));
    next.context = std::move(made.context);
    all.push_back(std::move(next));
  }
  if (!errors.empty()) return errors;
  for (Next& next : all) {
    next.port->port->use(std::move(next.context), next.options.handshake_time);
    next.port->options = std::move(next.options);
  }
  for (const std::string& warning : warnings) {
    if (tell) tell(warning);
  }
  return {};
}

}  // namespace encke
