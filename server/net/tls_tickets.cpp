// The keys that session tickets are sealed with.
#include "server/net/tls_tickets.hpp"

#include "server/crypto/random.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <utility>

namespace encke::net {

TlsTickets::TlsTickets(std::function<Seconds()> clock) : clock_(std::move(clock)) {}

TlsTickets::~TlsTickets() {
  for (std::optional<Made>* made : {&current_, &previous_}) {
    if (*made) OPENSSL_cleanse(&(*made)->key, sizeof(Key));
  }
}

TlsTickets::Seconds TlsTickets::now() {
  return std::chrono::duration_cast<Seconds>(std::chrono::steady_clock::now().time_since_epoch());
}

void TlsTickets::turn_over(Seconds at) {
  if (current_ && at - current_->at >= kSealsFor) previous_ = std::exchange(current_, std::nullopt);
  if (previous_ && at - previous_->at >= kLifetime) {
    OPENSSL_cleanse(&previous_->key, sizeof(Key));
    previous_.reset();
  }
}

TlsTickets::Key TlsTickets::to_seal() {
  const std::lock_guard lock(mutex_);
  const Seconds at = clock_();
  turn_over(at);
  if (!current_) {
    current_.emplace();
    current_->at = at;
    crypto::random_fill(current_->key.name);
    crypto::random_fill(current_->key.cipher);
    crypto::random_fill(current_->key.mac);
  }
  return current_->key;
}

std::optional<TlsTickets::Found> TlsTickets::to_open(std::span<const std::uint8_t, 16> name) {
  const std::lock_guard lock(mutex_);
  turn_over(clock_());
  for (const std::optional<Made>* made : {&current_, &previous_}) {
    if (*made && std::equal(name.begin(), name.end(), (*made)->key.name.begin())) {
      return Found{(*made)->key, made == &previous_};
    }
  }
  return std::nullopt;
}

}  // namespace encke::net
