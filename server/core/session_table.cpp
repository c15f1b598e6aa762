// Which session has which id.
#include "server/core/session_table.hpp"

#include "server/core/session.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace encke {

namespace {

constexpr std::size_t kFirstPlaces = 16;

}  // namespace

Session* SessionTable::find(std::string_view id) const {
  if (places_.empty()) return nullptr;
  std::size_t place = place_of(id);
  while (Session* const session = places_[place]) {
    if (session->id() == id) return session;
    place = (place + 1) & (places_.size() - 1);
  }
  return nullptr;
}

void SessionTable::put(Session& session) {
  std::size_t place = place_of(session.id());
  while (places_[place] != nullptr) place = (place + 1) & (places_.size() - 1);
  places_[place] = &session;
}

void SessionTable::grow() {
  const std::vector<Session*> old =
      std::exchange(places_, std::vector<Session*>(std::max(kFirstPlaces, places_.size() * 2)));
  for (Session* session : old) {
    if (session != nullptr) put(*session);
  }
}

void SessionTable::add(Session& session) {
  assert(find(session.id()) == nullptr);
  if ((size_ + 1) * 4 > places_.size() * 3) grow();
  put(session);
  ++size_;
}

void SessionTable::remove(const Session& session) {
  const std::size_t mask = places_.size() - 1;
  std::size_t hole = place_of(session.id());
  while (places_[hole] != &session) hole = (hole + 1) & mask;
  --size_;
  // What follows moves up where a search for it would end at the hole.
  for (std::size_t place = (hole + 1) & mask; places_[place] != nullptr; place = (place + 1) & mask) {
    const std::size_t wanted = place_of(places_[place]->id());
    if (((place - wanted) & mask) < ((place - hole) & mask)) continue;
    places_[std::exchange(hole, place)] = places_[place];
  }
  places_[hole] = nullptr;
}

}  // namespace encke
