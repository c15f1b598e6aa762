// A loop of fakes with one resumable session, and a page that states numbers by hand.
#pragma once

#include "tests/core/fakes.hpp"

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace encke::test {

/// A test declares its carriers first, so that they outlive it.
struct ResumableWorld : World {
  explicit ResumableWorld(std::size_t outbox_bytes = 0, SlowReader slow_reader = SlowReader::close) {
    if (outbox_bytes > 0) options.outbox_bytes = outbox_bytes;
    options.slow_reader = slow_reader;
    listen();
    session = &sessions->reserve("abc", std::make_unique<Resumption>());
  }

  /// 0 where the carrier was taken; else the status that it is refused with.
  int join(Carrier& carrier, std::uint64_t number, std::uint64_t received = 0, bool tell = true) {
    const Joining joining{.carrier = number, .received = received, .tell = tell};
    if (const Result<void> may = session->may_join(joining); !may) return may.error().status;
    Opening opening;
    opening.transport = "fake";
    session->join(carrier, joining, opening);
    turn.end();
    return 0;
  }
  /// Messages up, the first of which has the number `first`.
  int says(std::uint64_t first, std::initializer_list<std::string_view> texts) {
    std::vector<Message> messages;
    for (const std::string_view text : texts) messages.push_back(Message::text(text));
    const Result<void> accepted = session->accept(first, messages);
    turn.end();
    return accepted ? 0 : accepted.error().status;
  }
  int states(std::uint64_t received) {
    const Result<void> stated = session->acknowledge(received);
    turn.end();
    return stated ? 0 : stated.error().status;
  }
  void sends(std::initializer_list<std::string_view> texts) {
    for (const std::string_view text : texts) CHECK(channel->send(text));
    turn.end();
  }
  /// The texts that unacknowledged() gives, with a blank between.
  std::string left() const {
    std::string all;
    for (const Message& message : channel->unacknowledged()) {
      if (!all.empty()) all += ' ';
      all += message.data();
    }
    return all;
  }
  bool is_over() { return sessions->find("abc") == nullptr; }
  const LiveCounts& counts() { return sessions->counts(); }

  Session* session = nullptr;
};

/// Counts how often the answer to a send was due.
struct FakeWaiter final : Session::Waiter {
  void on_delivered() override { ++calls; }
  int calls = 0;
};

}  // namespace encke::test
