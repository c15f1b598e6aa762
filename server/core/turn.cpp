// The end of a loop's turn.
#include "server/core/turn.hpp"

namespace encke {

void Turn::end() {
  while (!idle()) {
    while (Task* task = first_) {
      first_ = task->next_;
      if (first_ == nullptr) last_ = nullptr;
      task->deferred_ = false;
      task->end_of_turn();
    }
    // A destructor may defer or bury again, so the list is taken over before it is emptied.
    std::vector<std::unique_ptr<Disposable>> dead;
    dead.swap(dead_);
  }
}

}  // namespace encke
