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
  void add(Stream& stream, int socket) { places_[socket] = order_.insert(order_.end(), &stream); }
  void remove(int socket) {
    const auto found = places_.find(socket);
    if (found == places_.end()) return;
    order_.erase(found->second);
    places_.erase(found);
  }
  std::size_t size() const { return order_.size(); }
  Stream& oldest() { return *order_.front(); }

 private:
  std::list<Stream*> order_;
  std::unordered_map<int, std::list<Stream*>::iterator> places_;
};

}  // namespace encke::net
