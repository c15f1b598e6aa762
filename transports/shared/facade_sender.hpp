// What the facade sends up over HTTP (PROTOCOL 6.4, 6.5).
#pragma once

#include "server/core/result.hpp"
#include "server/core/sessions.hpp"
#include "server/http/exchange.hpp"
#include "transports/shared/facade_frames.hpp"

#include <memory>
#include <string_view>

namespace encke::sockjs {
struct SendKind;
}

namespace encke::facade {

/// What a letter says to its session, in this order: messages, of which the first has the number `first`,
/// then what has arrived, then a close. Errors 400 and 409, which have changed nothing.
Result<void> deliver(Session& session, const Letter& letter, std::uint64_t first);

/// Delivers the frames of `body` and answers `k...` once the service has been given them.
Result<void> send(http::Exchange& exchange, Sessions& sessions, std::string_view body,
                  const sockjs::SendKind& kind);

/// A letter to be read into. It borrows this loop's storage, so that usual ones need none of their own.
class BorrowedLetter {
 public:
  BorrowedLetter();
  BorrowedLetter(const BorrowedLetter&) = delete;
  BorrowedLetter& operator=(const BorrowedLetter&) = delete;
  ~BorrowedLetter();
  Letter& operator*() { return *letter_; }
  Letter* operator->() { return letter_.get(); }

 private:
  std::unique_ptr<Letter> letter_;
};

}  // namespace encke::facade
