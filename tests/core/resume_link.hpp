// What is on its way between the two ends of a ResumeModel: a carrier's frames, and a request.
#pragma once

#include "tests/core/resume_model.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>

namespace encke::test {

/// A carrier and the wire behind it. Frames stay in the wire until they arrive at the page.
struct ResumeModel::Link final : Carrier {
  struct Item {
    Frame::Kind kind;
    std::uint64_t value = 0;  // a message's serial, an acknowledgement's number
    std::size_t cost = 0;
  };

  Link(ResumeModel& owner, std::uint64_t stated, std::uint64_t begins_at, bool can_answer, bool tells)
      : model(owner),
        next(begins_at),
        page_next(stated),
        overtaken(stated < begins_at),
        answers(can_answer),
        tell(tells) {}
  Taken write(std::span<const Frame> frames) override;
  void finish(Detach why) override;
  bool answers_heartbeats() const override { return answers; }

  ResumeModel& model;
  std::deque<Item> wire;
  std::uint64_t next;       // the number of the next message, by the server's count
  std::uint64_t page_next;  // by the page's
  std::uint64_t said = 0;   // the last acknowledgement in it
  std::size_t writes = 0;
  bool overtaken;  // and has not said so yet
  bool answers;
  bool tell;
  bool began = false;  // has taken a frame
  bool full = false;
  bool over = false;
  bool closed = false;  // has taken the close frame
  bool deaf = false;    // nothing in it arrives any more

 private:
  void take(const Frame& frame);
};

/// A request with messages up.
struct ResumeModel::Post final : Session::Waiter {
  Post(ResumeModel& owner, std::uint64_t from, std::uint64_t to, std::uint64_t stated)
      : model(owner), first(from), end(to), arrived(stated) {}
  void on_delivered() override;

  ResumeModel& model;
  std::uint64_t first;
  std::uint64_t end;
  std::uint64_t arrived;
  bool hears = true;  // the answer reaches the page
  bool answered = false;
};

}  // namespace encke::test
