// Whom the requests of a connection come from.
#include "server/http/connection.hpp"

#include <utility>

namespace encke::http {

const Client* Connection::client() const {
  const auto known = shared_.clients.find(this);
  if (known != shared_.clients.end()) return &known->second;
  // The request's views are good, and the connection's own, while its bytes are being consumed.
  if (shared_.trusted.empty() || !consuming_) return nullptr;
  Client found = client_of(shared_.request, stream_.remote_address(), shared_.trusted);
  return &shared_.clients.emplace(this, std::move(found)).first->second;
}

std::string Connection::remote_address() const {
  const Client* const told = client();
  return told == nullptr ? stream_.remote_address() : told->address;
}

/// Asks what is to become of the request. Who refuses it may ask whom it comes from.
Admission Connection::admit() {
  shared_.request.exchange = this;
  Admission admission = shared_.router.admit(shared_.request);
  shared_.request.exchange = nullptr;
  return admission;
}

bool Connection::secure() const {
  if (stream_.secure()) return true;
  const Client* const told = client();
  return told != nullptr && told->secure;
}

}  // namespace encke::http
