// The connections of one loop that have not brought their first request.
#pragma once

#include <cstddef>
#include <list>
#include <unordered_map>

namespace encke::net {

class Stream;

/// In the order in which they came.
class Shaking {
 public:
  void add(Stream& stream, int socket) {
    places_[socket] = order_.insert(order_.end(), Place{&stream, socket});
  }
  void remove(int socket) {
    const auto found = places_.find(socket);
    if (found == places_.end()) return;
    order_.erase(found->second);
    places_.erase(found);
  }
  std::size_t size() const { return order_.size(); }
  /// There is one.
  Stream& take_oldest() {
    const Place oldest = order_.front();
    remove(oldest.socket);
    return *oldest.stream;
  }

 private:
  struct Place {
    Stream* stream;
    int socket;
  };
  std::list<Place> order_;
  std::unordered_map<int, std::list<Place>::iterator> places_;
};

}  // namespace encke::net
