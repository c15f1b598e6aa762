// How connections on a loop end.
#include "tests/net/support.hpp"

using namespace encke;
using namespace encke::test;
using Lines = std::vector<std::string>;

TEST_CASE("close waits until what is queued has left, and is no loss") {
  Log log;
  const std::string content = numbers(3'000'000);
  Running running;
  running.open = [&](ByteStream& stream, Owner& owner) {
    owner.bytes = [&](std::string_view) {
      stream.write(content);
      stream.close();
      stream.write("never");
    };
    owner.lost = [&] { log.add("lost"); };
    owner.gone = [&] { log.add("gone"); };
  };
  running.start();
  const Peer peer(running, 4096);
  peer.send("x");
  CHECK(log.wait(1) == Lines{"gone"});
  CHECK(peer.take_all() == content);
  CHECK(log.lines() == Lines{"gone"});
}

TEST_CASE("a closed stream reads no more into its owner, and does not reset what the peer still reads") {
  Log log;
  Running running;
  running.open = [&](ByteStream& stream, Owner& owner) {
    owner.bytes = [&](std::string_view bytes) {
      log.add(std::string(bytes));
      stream.write("answer");
      stream.close();
    };
  };
  running.start();
  const Peer peer(running);
  peer.send("first");
  log.wait(1);
  peer.send(std::string(100'000, 'x'));
  CHECK(peer.take_all() == "answer");
  CHECK(log.lines() == Lines{"first"});
}

TEST_CASE("a peer that goes on sending does not cost it what is still to reach it") {
  const std::string content = numbers(3'000'000);
  Running running;
  running.open = [&](ByteStream& stream, Owner& owner) {
    owner.bytes = [&](std::string_view) {
      stream.write(content);
      stream.close();
    };
  };
  running.start();
  const Peer peer(running, 65536);
  peer.send("go");
  std::string got = peer.take(1);
  const std::string more(64 * 1024, 'x');
  for (int count = 0; count < 20; ++count) peer.send(more);  // more than is read and dropped
  got += peer.take(content.size() - 1);
  CHECK((got == content));
}

TEST_CASE("a stream that is left is gone at once, and its last word arrives") {
  Log log;
  Running running;
  running.open = [&log](ByteStream& stream, Owner& owner) {
    owner.gone = [&log] { log.add("gone"); };
    owner.lost = [&log] { log.add("lost"); };
    owner.bytes = [&stream](std::string_view) {
      stream.write("a last word");
      stream.leave();
      stream.write("not this");
    };
  };
  running.start();
  const Peer peer(running);
  peer.send("x");
  log.wait(1);
  running.on(0, [&] { CHECK(running.workers.loop(0).streams() == 0); });  // the peer has not ended its side
  CHECK(peer.take_all() == "a last word");
  CHECK(log.lines() == std::vector<std::string>{"gone"});
}

TEST_CASE("a peer that sends more behind what was read still gets the last word of a stream that is left") {
  Log log;
  Running running;
  std::promise<void> sent;
  running.open = [&](ByteStream& stream, Owner& owner) {
    owner.bytes = [&](std::string_view) {
      log.add("read");
      sent.get_future().wait_for(kWatchdog);
      stream.write("a last word");
      stream.leave();
    };
    owner.gone = [&log] { log.add("gone"); };
  };
  running.start();
  const Peer peer(running);
  peer.send("x");
  log.wait(1);
  peer.send("more, which nobody reads");
  sent.set_value();
  CHECK(log.wait(2) == Lines{"read", "gone"});
  CHECK(peer.take_all() == "a last word");  // and the end, not a reset
}

TEST_CASE("abort resets the connection") {
  Running running;
  running.open = [](ByteStream& stream, Owner& owner) {
    owner.bytes = [&stream](std::string_view) {
      stream.write("lost");
      stream.abort();
    };
  };
  running.start();
  const Peer peer(running);
  peer.send("x");
  CHECK(peer.piece() == "reset");
}

TEST_CASE("a reset by the peer is told once, and nothing after it") {
  Log log;
  Running running;
  running.open = [&](ByteStream& stream, Owner& owner) {
    owner.bytes = [&](std::string_view) { log.add("bytes"); };
    owner.lost = [&] {
      stream.write("nobody");
      log.add("lost");
    };
    owner.deadline = [&] { log.add("deadline"); };
    owner.gone = [&] { log.add("gone"); };
    stream.set_deadline(Millis{60'000});
  };
  running.start();
  Peer peer(running);
  peer.send("x");
  log.wait(1);
  peer.reset();
  CHECK(log.wait(3) == Lines{"bytes", "lost", "gone"});
  running.on(0, [&] { CHECK(running.workers.loop(0).streams() == 0); });
}

TEST_CASE("what is on its way to a peer that has ended its own side still leaves") {
  Log log;
  const std::string content = numbers(2'000'000);
  Running running;
  running.open = [&](ByteStream& stream, Owner& owner) {
    owner.bytes = [&](std::string_view) { stream.write(content); };
    owner.lost = [&] { log.add("lost"); };
  };
  running.start();
  const Peer peer(running, 4096);
  peer.send("x");
  peer.end_writing();
  CHECK(log.wait(1) == Lines{"lost"});
  CHECK(peer.take_all() == content);
}

TEST_CASE("a peer that has ended its own side and taken all is not waited for") {
  const std::string content = numbers(4'000'000);
  Running running;
  running.open = [&](ByteStream& stream, Owner& owner) {
    owner.bytes = [&](std::string_view) { stream.write(content); };
  };
  running.start();
  const Peer peer(running, 4096);
  peer.send("x");
  peer.end_writing();
  CHECK(peer.take_all() == content);
  running.on(0, [&] { CHECK(running.workers.loop(0).streams() == 0); });
}
