// The connections of one loop that have not brought their first request.
#pragma once

#include <cstddef>
#include <list>
#include <unordered_map>

namespace encke::net {

class Door;
class Stream;

/// In the order in which they came.
class Shaking {
 public:
  /// Who has the connection: a door, until its PROXY header is there, and then a stream.
  struct Place {
    Stream* stream = nullptr;
    Door* door = nullptr;
    int socket = -1;
  };

  /// A socket that is there already keeps its place.
  void add(const Place& place) {
    const auto [found, added] = places_.try_emplace(place.socket);
    if (added) {
      found->second = order_.insert(order_.end(), place);
    } else {
      *found->second = place;
    }
  }
  void remove(int socket) {
    const auto found = places_.find(socket);
    if (found == places_.end()) return;
    order_.erase(found->second);
    places_.erase(found);
  }
  std::size_t size() const { return order_.size(); }
  /// There is one.
  Place take_oldest() {
    const Place oldest = order_.front();
    remove(oldest.socket);
    return oldest;
  }

 private:
  std::list<Place> order_;
  std::unordered_map<int, std::list<Place>::iterator> places_;
};

}  // namespace encke::net
