// A value that all threads read, and that is replaced now and then.
#pragma once

#include <atomic>
#include <deque>
#include <mutex>
#include <utility>

namespace encke {

/// Any thread. Reading takes no lock, and what was read stays valid for as long as this lives: the values
/// that were replaced are kept, so this is for what people change, and nothing else.
template <typename Value>
class Renewed {
 public:
  explicit Renewed(Value value) { renew(std::move(value)); }

  const Value& now() const { return *now_.load(std::memory_order_acquire); }
  void renew(Value value) {
    const std::lock_guard<std::mutex> locked(lock_);
    now_.store(&all_.emplace_back(std::move(value)), std::memory_order_release);
  }

 private:
  std::mutex lock_;
  std::deque<Value> all_;  // the last one counts
  std::atomic<const Value*> now_{nullptr};
};

}  // namespace encke
