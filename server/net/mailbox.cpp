// How loops talk.
#include "server/net/mailbox.hpp"

#include <memory>
#include <utility>

namespace encke::net {

Mailbox::~Mailbox() { drop(); }

bool Mailbox::drop() {
  Letter* letter = take();
  const bool any = letter != nullptr;
  while (letter != nullptr) {
    const std::unique_ptr<Letter> done(letter);
    letter = letter->next;
  }
  return any;
}

bool Mailbox::post(Call call) {
  auto letter = std::make_unique<Letter>(Letter{std::move(call), nullptr});
  Letter* newest = newest_.load(std::memory_order_relaxed);
  do {
    letter->next = newest;
  } while (!newest_.compare_exchange_weak(newest, letter.get(), std::memory_order_release,
                                          std::memory_order_relaxed));
  static_cast<void>(letter.release());  // the list owns it
  return newest == nullptr;
}

Mailbox::Letter* Mailbox::take() {
  Letter* newest_first = newest_.exchange(nullptr, std::memory_order_acquire);
  Letter* oldest_first = nullptr;
  while (newest_first != nullptr) {
    Letter* next = newest_first->next;
    newest_first->next = oldest_first;
    oldest_first = std::exchange(newest_first, next);
  }
  return oldest_first;
}

void Mailbox::run() {
  Letter* letter = take();
  while (letter != nullptr) {
    const std::unique_ptr<Letter> done(letter);
    letter = letter->next;
    done->call();
  }
}

}  // namespace encke::net
