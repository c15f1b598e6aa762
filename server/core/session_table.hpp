// Which session has which id.
#pragma once

#include "server/core/keyed_hash.hpp"

#include <cstddef>
#include <string_view>
#include <vector>

namespace encke {

class Session;

/// A table of pointers, searched from where an id's hash points (linear probing): a session costs it 11 to 21
/// bytes, since the id is the session's own. Browsers choose ids, so nobody can tell where they fall.
class SessionTable {
 public:
  /// Null where there is none.
  Session* find(std::string_view id) const;
  /// Adds a session whose id none has.
  void add(Session& session);
  /// Takes out one that is there.
  void remove(const Session& session);

 private:
  std::size_t place_of(std::string_view id) const { return hash_(id) & (places_.size() - 1); }
  void grow();
  void put(Session& session);

  std::vector<Session*> places_;  // as many as some power of two, a quarter of them free; or none
  std::size_t size_ = 0;
  KeyedHash hash_;
};

}  // namespace encke
