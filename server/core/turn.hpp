// The end of a loop's turn: work put off until every event at hand has been handled, then what has died is
// deleted.
//
// Two rules of the house hang on it: what is written in one turn leaves in one piece, and nothing deletes its
// caller.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace encke {

/// Something that may be handed to Turn::bury.
class Disposable {
 public:
  Disposable() = default;
  Disposable(const Disposable&) = delete;
  Disposable& operator=(const Disposable&) = delete;
  virtual ~Disposable() = default;
};

/// One per loop. Not thread-safe. Whoever runs the loop calls end() after each round of events.
class Turn {
 public:
  /// A base of what has work for the end of a turn, which is its end_of_turn(). It costs the object one byte:
  /// what is deferred stands in a list of the loop's. Must not be destroyed while it is deferred: bury() its
  /// owner instead.
  class Task {
   public:
    Task(const Task&) = delete;
    Task& operator=(const Task&) = delete;

   protected:
    Task() = default;
    ~Task() = default;

   private:
    friend class Turn;
    bool deferred_ = false;
  };

  /// Runs `object.end_of_turn()` once when the turn ends, in the order of the calls; a second call before
  /// that changes nothing.
  template <std::derived_from<Task> Object>
  void defer(Object& object) {
    Task& task = object;
    if (task.deferred_) return;
    task.deferred_ = true;
    tasks_.push_back({&task, [](Task& due) { static_cast<Object&>(due).end_of_turn(); }});
  }

  /// Deletes `dead` when the turn has ended and every deferred task has run.
  void bury(std::unique_ptr<Disposable> dead) { dead_.push_back(std::move(dead)); }

  /// Runs what was deferred, including what that work defers in its turn, then deletes what was buried.
  void end();

  bool idle() const { return tasks_.empty() && dead_.empty(); }

  /// What peers have asked for, ever: requests, frames of sockets and messages in them, and the bytes that
  /// those were once they were whole and inflated.
  struct Asked {
    std::uint64_t pieces = 0;
    std::uint64_t bytes = 0;
  };
  void ask(std::size_t bytes = 0) {
    ++asked_.pieces;
    asked_.bytes += bytes;
  }
  const Asked& asked() const { return asked_; }

 private:
  struct Work {
    Task* task;
    void (*run)(Task& task);
  };

  std::vector<Work> tasks_;
  std::vector<std::unique_ptr<Disposable>> dead_;
  Asked asked_;
};

}  // namespace encke
