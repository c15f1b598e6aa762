// What the facade sends up over HTTP.
#include "transports/shared/facade_sender.hpp"

#include "transports/shared/delayed_answer.hpp"
#include "transports/shared/facade_origin.hpp"
#include "transports/shared/facade_session.hpp"
#include "transports/shared/sender.hpp"
#include "transports/shared/service_head.hpp"

#include <optional>
#include <string>
#include <utility>

namespace encke::facade {

namespace {

constexpr std::size_t kMostKept = 1024;  // messages for which storage is kept

std::unique_ptr<Letter>& storage() {
  thread_local std::unique_ptr<Letter> letter;
  return letter;
}

}  // namespace

BorrowedLetter::BorrowedLetter() : letter_(std::move(storage())) {
  if (!letter_) letter_ = std::make_unique<Letter>();
}

BorrowedLetter::~BorrowedLetter() {
  letter_->clear();
  if (letter_->messages.capacity() <= kMostKept) storage() = std::move(letter_);
}

Result<void> deliver(Session& session, const Letter& letter, std::uint64_t first) {
  if (letter.received) {
    if (Result<void> may = session.may_acknowledge(*letter.received); !may) return may;
    if (Result<void> may = session.may_accept(first); !may) return may;
    // Before what it comes with, whose answers find room then.
    static_cast<void>(session.acknowledge(*letter.received));
  }
  if (Result<void> accepted = session.accept(first, letter.messages); !accepted) return accepted;
  if (letter.close) session.closed_by_page(*letter.close);
  return {};
}

Result<void> send(http::Exchange& exchange, Sessions& sessions, std::string_view body,
                  const sockjs::SendKind& kind) {
  const http::Request& request = exchange.request();
  const std::string_view origin = told_origin(request);
  const Result<Session*> found = find(sessions, request.captured, origin);
  if (!found) return found.error();
  Session& session = **found;
  BorrowedLetter letter;
  if (Result<void> read = parse_letter(body, limits_of(sessions.options()), *letter); !read) {
    return read;
  }
  const Result<std::optional<std::uint64_t>> received = number_parameter(request, "a");
  if (!received) return received.error();
  const Result<std::optional<std::uint64_t>> first = number_parameter(request, "s");
  if (!first) return first.error();
  if (!*first && !letter->messages.empty()) {
    return PeerError{.status = 400, .text = "expected the parameter s, the number of the first message"};
  }
  if (*received) letter->received = **received;
  std::optional<SampleWatch> watch;
  if (letter->sample && kind.readable && kind.begin.empty()) watch.emplace();
  if (Result<void> delivered = deliver(session, *letter, first->value_or(0)); !delivered) return delivered;
  claim(session, origin);
  // A page that says q in so many words wants to see that its carrier still brings things.
  const bool by_carrier = !kind.readable || (letter->asks && !body.empty());
  if (by_carrier) session.tell();
  const sockjs::ServiceHead heads(request, sessions.options(), kind.cross_origin, kind.credentials);
  http::ResponseHead head = heads.make(200);
  head.type(kind.type);
  auto answer = [head = std::move(head), by_carrier, &session, &kind, watch,
                 sample = letter->sample.value_or(SampleFrame{})](http::Exchange& to) {
    std::string text(kind.begin);
    const Frame frame{.kind = Frame::Kind::acknowledgement, .number = session.delivered()};
    append_frame({&frame, 1}, 0, text);
    text += kind.end;
    if (watch) text += watch->done(session, sample) + "\n";
    to.respond(head, text);
    if (by_carrier) {
      session.tell();  // again, where it was held: only now is it known what was delivered
    } else {
      session.told();
    }
  };
  // What only acknowledges is not held: it may be what the service waits for.
  if (letter->messages.empty() || !session.waits()) {
    answer(exchange);
  } else {
    answer_when_delivered(exchange, session, std::move(answer));
  }
  return {};
}

}  // namespace encke::facade
