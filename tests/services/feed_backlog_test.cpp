// What waits for a slow reader of a feed.
#include "server/services/feed_backlog.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace encke;
using namespace encke::services;

namespace {

std::string drained(FeedBacklog& backlog, const NewestMessages& newest) {
  std::string text;
  for (; !backlog.empty(); backlog.pop()) (text += backlog.front(newest).data()) += ' ';
  return text;
}

NewestMessages newest_of(std::initializer_list<const char*> texts) {
  NewestMessages newest;
  for (const char* text : texts) newest.emplace_back(Message::text(text));
  return newest;
}

}  // namespace

TEST_CASE("of each slot the newest is left, in the order of first waiting") {
  FeedBacklog backlog;
  CHECK_FALSE(backlog.add(2));
  CHECK_FALSE(backlog.add(0));
  CHECK(backlog.add(2));
  CHECK_FALSE(backlog.add(1));
  CHECK(backlog.add(0));
  CHECK(drained(backlog, newest_of({"a", "b", "c"})) == "c a b ");
  CHECK(backlog.empty());
  CHECK_FALSE(backlog.add(2));  // what was taken may wait again
  CHECK(drained(backlog, newest_of({"a", "b", "c"})) == "c ");
}

TEST_CASE("messages without a slot wait between the others, each of them") {
  FeedBacklog backlog;
  backlog.add(Message::text("x"));
  backlog.add(1);
  backlog.add(Message::text("y"));
  backlog.add(Message::text("y"));
  backlog.add(0);
  CHECK(drained(backlog, newest_of({"a", "b"})) == "x b y y a ");
}

TEST_CASE("the oldest messages without a slot are dropped, and nothing of the others") {
  FeedBacklog backlog;
  backlog.add(0);
  for (const char* text : {"1", "2", "3"}) backlog.add(Message::text(text));
  backlog.add(1);
  const std::size_t each = 1 + FeedBacklog::kMessageCost;
  CHECK(backlog.drop_oldest(3 * each) == 0);
  CHECK(backlog.drop_oldest(3 * each - 1) == 1);
  backlog.add(Message::text("4"));
  CHECK(backlog.drop_oldest(each) == 2);
  CHECK(drained(backlog, newest_of({"a", "b"})) == "a b 4 ");
  backlog.add(Message::text("5"));
  CHECK(backlog.drop_oldest(0) == 1);
  CHECK(backlog.empty());
}

TEST_CASE("who waits behind a key for ever costs no more for what is dropped") {
  FeedBacklog backlog;
  backlog.add(0);
  std::size_t dropped = 0;
  for (int number = 0; number < 10'000; ++number) {
    backlog.add(Message::text(std::to_string(number)));
    dropped += backlog.drop_oldest(3 * (4 + FeedBacklog::kMessageCost));
  }
  CHECK(dropped == 9'997);
  CHECK(drained(backlog, newest_of({"a"})) == "a 9997 9998 9999 ");
}
