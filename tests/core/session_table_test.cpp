// The table of sessions, against a model of it.
#include "server/core/session_table.hpp"

#include "tests/core/fakes.hpp"

#include <map>
#include <random>

using namespace encke;
using namespace encke::test;

TEST_CASE("an empty table finds nothing, and one that was emptied neither") {
  const World world;
  SessionTable table;
  CHECK(table.find("abc") == nullptr);
  CHECK(table.find("") == nullptr);
  const std::unique_ptr<Session> session = Session::make(*world.sessions, "abc");
  table.add(*session);
  CHECK(table.find("abc") == session.get());
  CHECK(table.find("ab") == nullptr);
  table.remove(*session);
  CHECK(table.find("abc") == nullptr);
}

TEST_CASE("a table finds what was added and not removed, in whatever order that came") {
  const World world;
  SessionTable table;
  std::map<std::string, std::unique_ptr<Session>> model;
  std::mt19937 random(6);
  // Few names, so that places are filled and freed over and over; it grows, and gets empty, between.
  for (int step = 0; step < 40'000; ++step) {
    const bool growing = step / 2'000 % 2 == 0;
    const std::string id = "s" + std::to_string(random() % 300);
    const auto found = model.find(id);
    REQUIRE(table.find(id) == (found == model.end() ? nullptr : found->second.get()));
    if (found == model.end() && (growing || random() % 4 == 0)) {
      table.add(*(model[id] = Session::make(*world.sessions, id)));
    } else if (found != model.end() && (!growing || random() % 4 == 0)) {
      table.remove(*found->second);
      model.erase(found);
    }
    if (step % 500 == 0) {
      for (const auto& [name, session] : model) REQUIRE(table.find(name) == session.get());
    }
  }
}
