// How loops talk: each has a mailbox that any thread may post to and only its own loop empties.
#pragma once

#include <atomic>
#include <functional>

namespace encke::net {

/// A lock-free queue of calls, many posters, one reader.
class Mailbox {
 public:
  using Call = std::function<void()>;

  Mailbox() = default;
  ~Mailbox();
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  /// Any thread. True when the mailbox was empty, so that its loop must be woken.
  bool post(Call call);
  /// Its own loop only: runs what was posted, in order, each poster's calls in the order of its posts.
  void run();
  /// Its own loop only: forgets what was posted. Whether there was any.
  bool drop();

 private:
  struct Letter {
    Call call;
    Letter* next;
  };
  Letter* take();

  std::atomic<Letter*> newest_{nullptr};
};

}  // namespace encke::net
