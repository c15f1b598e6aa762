// The end of a loop's turn.
#include "server/core/turn.hpp"

#include <cstddef>

namespace encke {

void Turn::end() {
  while (!idle()) {
    // The work may defer more, so the list may grow, and move, meanwhile.
    // NOLINTNEXTLINE(modernize-loop-convert)
    for (std::size_t next = 0; next < tasks_.size(); ++next) {
      const Work work = tasks_[next];
      work.task->deferred_ = false;
      work.run(*work.task);
    }
    tasks_.clear();
    // A destructor may defer or bury again, so the list is taken over before it is emptied.
    std::vector<std::unique_ptr<Disposable>> dead;
    dead.swap(dead_);
  }
}

}  // namespace encke
