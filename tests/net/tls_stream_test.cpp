// Connections that speak TLS on a loop: as plain ones, and how they begin, end and move.
#include "server/net/tls_port.hpp"
#include "tests/net/tls_support.hpp"

#include <atomic>

using namespace encke;
using namespace encke::test;
using Lines = std::vector<std::string>;

namespace {

/// Loops with a listener that speaks TLS.
class Secure {
 public:
  explicit Secure(unsigned workers = 1, Millis handshake_time = Millis{10'000}) : running(workers) {
    options.certificates = {issue_to(folder, "a", {"a.example"})};
    options.handshake_time = handshake_time;
    use();
    const std::string address = running.workers.listen("127.0.0.1:0", nullptr, &port).at(0).text;
    number = static_cast<std::uint16_t>(std::stoul(address.substr(address.rfind(':') + 1)));
  }
  void use() {
    net::TlsContext::Made made = port.read(options);
    REQUIRE(made.context);
    port.use(std::move(made.context), options.handshake_time);
  }

  const Folder folder;
  TlsOptions options;
  net::TlsPort port;
  Running running;
  std::uint16_t number = 0;
};

/// A client whose bytes go over a socket.
class Caller {
 public:
  explicit Caller(const Secure& secure, const TlsClient::How& how = {}, int receive_buffer = 0)
      : peer(receive_buffer), tls(how) {
    peer.connect(secure.number);
    while (!tls.done()) {
      peer.send(tls.sent());
      const std::string bytes = peer.piece();
      REQUIRE_FALSE(bytes.empty());
      tls.take(bytes);
    }
    if (const std::string last = tls.sent(); !last.empty()) peer.send(last);
  }
  void send(std::string_view text) {
    tls.write(text);
    peer.send(tls.sent());
  }
  std::string take(std::size_t size) {
    std::string text;
    while (text.size() < size) {
      const std::string bytes = peer.piece();
      text += tls.take(bytes);
      if (bytes.empty()) break;
    }
    return text;
  }

  Peer peer;
  TlsClient tls;
};

void echo(ByteStream& stream, Owner& owner) {
  owner.bytes = [&stream](std::string_view bytes) { stream.write(bytes); };
}

}  // namespace

TEST_CASE("TLS: bytes come and go, and a plain listener of the same loop stays plain") {
  Secure secure;
  std::atomic<int> encrypted{0};
  secure.running.open = [&](ByteStream& stream, Owner& owner) {
    encrypted += stream.secure() ? 1 : 0;
    echo(stream, owner);
  };
  secure.running.start();
  Caller caller(secure);
  for (const char* text : {"a", "bc", "defghi"}) {
    caller.send(text);
    CHECK(caller.take(std::strlen(text)) == text);
  }
  const std::string large = numbers(300'000);
  caller.tls.write(large);
  std::thread writer([&, bytes = caller.tls.sent()] { caller.peer.send(bytes); });
  CHECK(caller.take(large.size()) == large);
  writer.join();
  const Peer plain(secure.running);
  plain.send("plain");
  CHECK(plain.take(5) == "plain");
  CHECK(encrypted == 1);
}

TEST_CASE("TLS: a handshake in single bytes, and a record in single bytes, do as well") {
  Secure secure;
  secure.running.open = echo;
  secure.running.start();
  Peer peer;
  peer.connect(secure.number);
  TlsClient tls({});
  const auto dribble = [&] {
    for (const char byte : tls.sent()) peer.send({&byte, 1});
  };
  dribble();
  while (!tls.done()) tls.take(peer.piece());
  dribble();
  tls.write("slowly");
  dribble();
  std::string text;
  while (text.size() < 6) text += tls.take(peer.piece());
  CHECK(text == "slowly");
}

TEST_CASE(
    "TLS: what a slow reader has not taken waits, encrypted and in order, and on_drained() comes once it has "
    "left") {
  Secure secure;
  std::atomic<bool> drained{false};
  const std::string large = numbers(12'000'000);
  secure.running.open = [&](ByteStream& stream, Owner& owner) {
    owner.bytes = [&](std::string_view) {
      stream.write(large);
      CHECK(stream.queued() > 0);
      stream.write("!");
    };
    owner.drained = [&drained] { drained = true; };
  };
  secure.running.start();
  Caller caller(secure, {}, 4096);
  caller.send("go");
  CHECK(caller.take(large.size() + 1) == large + "!");
  secure.running.on(0, [&] { CHECK(drained); });
}

TEST_CASE("TLS: a paused stream is told nothing, and of all that came once it goes on") {
  Secure secure;
  ByteStream* stream_of = nullptr;
  Log log;
  secure.running.open = [&](ByteStream& stream, Owner& owner) {
    stream_of = &stream;
    owner.bytes = [&](std::string_view bytes) {
      log.add(std::string(bytes));
      stream.pause();
    };
  };
  secure.running.start();
  Caller caller(secure);
  caller.send("one");
  CHECK(log.wait(1) == Lines{"one"});
  caller.send("two");
  caller.send("three");
  secure.running.on(0, [&] {
    CHECK(log.lines().size() == 1);
    stream_of->resume();
  });
  std::string rest;
  for (const std::string& line : log.wait(2)) rest += line;
  while (rest.size() < 11) {
    secure.running.on(0, [&] { stream_of->resume(); });
    rest.clear();
    for (const std::string& line : log.lines()) rest += line;
  }
  CHECK(rest == "onetwothree");
}

TEST_CASE("TLS: close() tells the end behind all that was written, and leave() too") {
  for (const bool leaves : {false, true}) {
    CAPTURE(leaves);
    Secure secure;
    secure.running.open = [leaves](ByteStream& stream, Owner& owner) {
      owner.bytes = [&stream, leaves](std::string_view bytes) {
        stream.write(bytes);
        if (leaves) {
          stream.leave();
        } else {
          stream.close();
        }
      };
    };
    secure.running.start();
    Caller caller(secure);
    caller.send("bye");
    CHECK(caller.take(3) == "bye");
    while (!caller.tls.server_ended()) {
      const std::string bytes = caller.peer.piece();
      REQUIRE_FALSE(bytes.empty());
      caller.tls.take(bytes);
    }
    CHECK(caller.peer.take_all().empty());
  }
}

TEST_CASE("TLS: a peer that tells its end is lost to the owner, gets what is written, and is told the end") {
  Secure secure;
  Log log;
  secure.running.open = [&](ByteStream& stream, Owner& owner) {
    owner.bytes = [&](std::string_view bytes) { stream.write("answer to " + std::string(bytes)); };
    owner.lost = [&log] { log.add("lost"); };
  };
  secure.running.start();
  Caller caller(secure);
  caller.tls.write("last");
  SSL_shutdown(caller.tls.ssl());
  caller.peer.send(caller.tls.sent());
  CHECK(log.wait(1) == Lines{"lost"});
  CHECK(caller.take(14) == "answer to last");
  caller.tls.take(caller.peer.take_all());
  CHECK(caller.tls.server_ended());
}

TEST_CASE("TLS: a peer whose TCP ends without a word, or that sends what is no record, is lost") {
  for (const bool garbage : {false, true}) {
    CAPTURE(garbage);
    Secure secure;
    Log log;
    secure.running.open = [&](ByteStream&, Owner& owner) { owner.lost = [&log] { log.add("lost"); }; };
    secure.running.start();
    Caller caller(secure);
    caller.send("x");
    if (garbage) {
      caller.peer.send(std::string(100, 'x'));
    } else {
      caller.peer.end_writing();
    }
    CHECK(log.wait(1) == Lines{"lost"});
    caller.tls.take(caller.peer.take_all());
    if (!garbage) CHECK_FALSE(caller.tls.server_ended());
    if (garbage) CHECK(caller.tls.error().find("alert") != std::string::npos);
  }
}

TEST_CASE("TLS: a connection that moves takes its TLS along, with what is unread and unsent") {
  Secure secure(2);
  const std::string large = numbers(2'000'000);
  std::atomic<unsigned> moves{0};
  secure.running.open = [&](ByteStream& stream, Owner& owner) {
    owner.bytes = [&](std::string_view bytes) {
      if (moves++ < 4) {
        stream.write(large);
        stream.hand_over(1 - stream.loop().worker, std::string(bytes));
      } else {
        CHECK(stream.secure());
        stream.write(bytes);
      }
    };
  };
  secure.running.start();
  Caller caller(secure, {}, 4096);
  caller.send("moved");
  CHECK(caller.take(4 * large.size() + 5) == large + large + large + large + "moved");
  caller.send("again");
  CHECK(caller.take(5) == "again");
}

TEST_CASE("TLS: who speaks HTTP is told what the port speaks, and nobody else hears of it") {
  Secure secure;
  std::atomic<int> opened{0};
  secure.running.open = [&](ByteStream&, Owner&) { ++opened; };
  secure.running.start();
  Peer peer;
  peer.connect(secure.number);
  peer.send("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n");
  const std::string answer = peer.take_all();
  CHECK(answer.find("HTTP/1.1 400 Bad Request\r\n") == 0);
  CHECK(answer.find("\r\n\r\nThis port speaks TLS") != std::string::npos);
  const std::size_t body = answer.find("\r\n\r\n") + 4;
  CHECK(answer.find("Content-Length: " + std::to_string(answer.size() - body) + "\r\n") != std::string::npos);
  Peer other;
  other.connect(secure.number);
  other.send("<policy-file-request/>");
  CHECK(other.take_all().empty());
  CHECK(opened == 0);
}

TEST_CASE("TLS: a handshake that is not done in time ends, whatever dribbles in") {
  Secure secure(1, Millis{50});
  secure.running.start();
  Peer silent;
  silent.connect(secure.number);
  Peer half;
  half.connect(secure.number);
  TlsClient tls({});
  half.send(tls.sent().substr(0, 20));
  CHECK(silent.take_all().empty());
  CHECK(half.take_all().empty());
}

TEST_CASE("TLS: certificates read anew are those of the next connection; this one goes on") {
  Secure secure;
  secure.running.open = echo;
  secure.running.start();
  Caller before(secure);
  CHECK(before.tls.subject() == "a.example");
  secure.options.certificates = {issue_to(secure.folder, "b", {"b.example"})};
  secure.use();
  Caller after(secure);
  CHECK(after.tls.subject() == "b.example");
  before.send("still");
  CHECK(before.take(5) == "still");
}

TEST_CASE("TLS: a ticket is good on every loop") {
  Secure secure(3);
  std::mutex mutex;
  std::vector<unsigned> resumed_on(3);
  secure.running.open = [&](ByteStream& stream, Owner& owner) {
    const std::lock_guard lock(mutex);
    ++resumed_on[stream.loop().worker];
    echo(stream, owner);
  };
  secure.running.start();
  Caller first(secure);
  first.send("x");
  CHECK(first.take(1) == "x");
  REQUIRE(first.tls.session() != nullptr);
  const auto all = [&] {
    const std::lock_guard lock(mutex);
    return resumed_on[0] > 1 && resumed_on[1] > 1 && resumed_on[2] > 1;
  };
  // Which loop accepts is the system's to say.
  for (int tries = 0; tries < 500 && !all(); ++tries) {
    Caller again(secure, {.session = first.tls.session()});
    CHECK(again.tls.reused());
    again.send("y");
    CHECK(again.take(1) == "y");
  }
  CHECK(all());
}

TEST_CASE("TLS: a peer that asks for other keys and reads nothing is cut off") {
  Secure secure;
  Log log;
  const std::string large = numbers(8'000'000);
  secure.running.open = [&](ByteStream& stream, Owner& owner) {
    owner.bytes = [&, first = true](std::string_view) mutable {
      if (std::exchange(first, false)) stream.write(large);
    };
    owner.lost = [&log] { log.add("lost"); };
  };
  secure.running.start();
  Caller caller(secure, {.version = TLS1_3_VERSION}, 4096);
  caller.send("go");
  for (int i = 0; i < 5'000 && log.lines().empty(); ++i) {
    SSL_key_update(caller.tls.ssl(), SSL_KEY_UPDATE_REQUESTED);
    caller.tls.write("x");
    const std::string bytes = caller.tls.sent();
    if (!caller.peer.try_send(bytes)) break;
  }
  CHECK(log.wait(1) == Lines{"lost"});
}
