// The end of a loop's turn: work put off until every event at hand has been handled, then what has died is
// deleted.
//
// Two rules of the house hang on it: what is written in one turn leaves in one piece, and nothing deletes its
// caller.
#pragma once

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
  /// Work for the end of the turn. Must not be destroyed while it is deferred: bury() its owner instead.
  class Task {
   public:
    Task() = default;
    Task(const Task&) = delete;
    Task& operator=(const Task&) = delete;

   protected:
    ~Task() = default;

   private:
    friend class Turn;
    virtual void end_of_turn() = 0;
    Task* next_ = nullptr;
    bool deferred_ = false;
  };

  /// Runs `task` once when the turn ends, in the order of the calls; a second call before that changes
  /// nothing.
  void defer(Task& task) {
    if (task.deferred_) return;
    task.deferred_ = true;
    task.next_ = nullptr;
    (last_ == nullptr ? first_ : last_->next_) = &task;
    last_ = &task;
  }

  /// Deletes `dead` when the turn has ended and every deferred task has run.
  void bury(std::unique_ptr<Disposable> dead) { dead_.push_back(std::move(dead)); }

  /// Runs what was deferred, including what that work defers in its turn, then deletes what was buried.
  void end();

  bool idle() const { return first_ == nullptr && dead_.empty(); }

 private:
  Task* first_ = nullptr;
  Task* last_ = nullptr;
  std::vector<std::unique_ptr<Disposable>> dead_;
};

}  // namespace encke
