// The drafts over a stream: exact heads, SockJS and raw endpoints, closes, and what the options refuse.
#include "tests/transports/websocket/socket_support.hpp"

#include "server/crypto/base64.hpp"
#include "server/crypto/digest.hpp"
#include "transports/websocket/dialect.hpp"
#include "transports/websocket/early_hybi.hpp"
#include "transports/websocket/hixie.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

using namespace encke;
using namespace encke::test;
using namespace encke::websocket;
using State = FakeStream::State;

namespace {

constexpr std::string_view kKey = "dGhlIHNhbXBsZSBub25jZQ==";
constexpr std::string_view kChallenge =
    "Sec-WebSocket-Key1: 4 @1  46546xW%0l 1 5\r\nSec-WebSocket-Key2: 12998 5 Y3 1  .P00\r\n";
const std::string kNonce = "aaaaaaaa";
const std::string kAnswer = from_hex("ca3400d8a50847972cd5715ababf437b");

std::string upgrade(std::string_view path, std::string_view fields, std::string_view word = "WebSocket") {
  std::string text = "GET ";
  text.append(path)
      .append(" HTTP/1.1\r\nUpgrade: ")
      .append(word)
      .append("\r\nConnection: Upgrade\r\nHost: h\r\n");
  return text.append(fields).append("\r\n");
}

std::string hixie75(std::string_view path) { return upgrade(path, "Origin: http://o\r\n"); }

std::string hybi01(std::string_view path) {
  return upgrade(path, "Origin: http://o\r\nSec-WebSocket-Draft: 2\r\n" + std::string(kChallenge));
}

std::string hybi(std::string_view path, std::string_view version, std::string_view fields = {}) {
  std::string text = "Sec-WebSocket-Key: ";
  text.append(kKey).append("\r\nSec-WebSocket-Version: ").append(version).append("\r\n").append(fields);
  return upgrade(path, text, "websocket");
}

std::string head75(std::string_view path) {
  return "HTTP/1.1 101 Web Socket Protocol Handshake\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\n"
         "WebSocket-Origin: http://o\r\nWebSocket-Location: ws://h" +
         std::string(path) + "\r\n\r\n";
}

std::string head01(std::string_view path) {
  return "HTTP/1.1 101 WebSocket Protocol Handshake\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\n"
         "Sec-WebSocket-Origin: http://o\r\nSec-WebSocket-Location: ws://h" +
         std::string(path) + "\r\n\r\n";
}

const std::string kHead =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";

std::string hixie_text(std::string_view text) { return std::string(1, '\0') + std::string(text) + "\xff"; }

std::string early(bool more, EarlyOpcode opcode, std::string_view payload) {
  std::string out;
  early_encode_frame(more, opcode, payload, out);
  return out;
}

/// As a client of hybi-05 masks it.
std::string masked(const std::string& frame, std::string_view mask = "\x01\x02\x03\x04") {
  std::string out(mask);
  for (std::size_t i = 0; i < frame.size(); ++i) out.push_back(static_cast<char>(frame[i] ^ mask[i % 4]));
  return out;
}

/// Gives `bytes` in two pieces, cut at every place, to a service that echoes; all must answer with
/// `expected`.
void check_every_cut(const std::string& bytes, const std::string& expected) {
  for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
    CAPTURE(cut);
    ServiceSite site(make_websocket());
    site.echoes = true;
    FakeStream& stream = site.connect();
    if (cut > 0) stream.give(bytes.substr(0, cut));
    stream.give(bytes.substr(cut));
    CHECK(stream.sent() == expected);
  }
}

ServiceOptions drafts(std::vector<std::string> names) {
  ServiceOptions options;
  options.websocket_drafts = std::move(names);
  return options;
}

}  // namespace

TEST_CASE("hixie-75: head and frames, however the bytes are cut (websocket facts 2)") {
  check_every_cut(hixie75(kSockjsPath) + hixie_text(R"(["hello"])"),
                  head75(kSockjsPath) + hixie_text("o") + hixie_text(R"(a["hello"])"));
  check_every_cut(hixie75(kRawPath) + hixie_text("hello"), head75(kRawPath) + hixie_text("hello"));
}

TEST_CASE("hixie-75 closes by the end of TCP, from either side (websocket facts 2)") {
  ServiceSite site(make_websocket());
  FakeStream& stream = site.connect();
  site.ask(stream, hixie75(kRawPath));
  site.channel->close(3000, "Go away!");
  site.loop.turn.end();
  CHECK(stream.sent().empty());
  CHECK(stream.state() == State::closed);
  FakeStream& other = site.connect();
  site.ask(other, hixie75(kSockjsPath));
  CHECK(site.sessions() == 1);
  other.lose();
  CHECK(site.sessions() == 0);
}

TEST_CASE("hixie-75: its one sub-protocol has a field of its own (websocket facts 2)") {
  ServiceOptions options;
  options.protocols = {"chat"};
  ServiceSite site(make_websocket(), options);
  FakeStream& stream = site.connect();
  const std::string answer =
      site.ask(stream, upgrade(kRawPath, "Origin: http://o\r\nWebSocket-Protocol: chat\r\n"));
  CHECK(answer.find("\r\nWebSocket-Protocol: chat\r\n\r\n") != std::string::npos);
  CHECK(site.channel->protocol() == "chat");
}

TEST_CASE("hybi-01: the challenge of hixie-76, and frames of its own (websocket facts 4)") {
  check_every_cut(hybi01(kSockjsPath) + kNonce + early(true, EarlyOpcode::text, R"(["hello"])") +
                      early(true, EarlyOpcode::ping, "p") + early(true, EarlyOpcode::close, "body"),
                  head01(kSockjsPath) + kAnswer + early(true, EarlyOpcode::text, "o") +
                      early(true, EarlyOpcode::text, R"(a["hello"])") + early(true, EarlyOpcode::pong, "p") +
                      early(true, EarlyOpcode::close, "body"));
}

TEST_CASE("hybi-01: sub-protocols stand in a list with blanks (websocket facts 4)") {
  ServiceOptions options;
  options.protocols = {"chat"};
  ServiceSite site(make_websocket(), options);
  FakeStream& stream = site.connect();
  std::string asked = hybi01(kRawPath);
  asked.insert(asked.size() - 2, "Sec-WebSocket-Protocol: other chat\r\n");
  const std::string answer = site.ask(stream, asked + kNonce);
  CHECK(answer.find("Sec-WebSocket-Protocol: chat\r\n\r\n") != std::string::npos);
  CHECK(site.channel->protocol() == "chat");
}

TEST_CASE("hybi-04: a nonce of 16 bytes, and masks that both keys make (websocket facts 5)") {
  for (int turn = 0; turn < 8; ++turn) {
    ServiceSite site(make_websocket());
    site.echoes = true;
    FakeStream& stream = site.connect();
    const std::string answer = site.ask(stream, hybi(kRawPath, "4"));
    const std::string begin = kHead + "Sec-WebSocket-Nonce: ";
    REQUIRE(answer.starts_with(begin));
    const std::string nonce = answer.substr(begin.size(), 24);
    CHECK(answer == begin + nonce + "\r\n\r\n");
    CHECK(crypto::base64_decode(nonce)->size() == 16);
    // The client's mask is a stream of SHA-1 of the frame's nonce and of the connection's key.
    const std::array<char, 20> key = hybi04_masking_key(kKey, nonce);
    std::string seed = "abcd";
    seed.append(key.data(), key.size());
    const crypto::Sha1 stream_key = crypto::sha1(seed);
    std::string frame = "abcd";
    for (const char byte : early(false, EarlyOpcode::text, "hello, longer than its key")) {
      frame.push_back(static_cast<char>(byte ^ stream_key[(frame.size() - 4) % 20]));
    }
    CHECK(site.ask(stream, frame) == early(false, EarlyOpcode::text, "hello, longer than its key"));
  }
}

TEST_CASE("hybi-05 and -06: whole frames masked, closes of their own kind (websocket facts 5)") {
  const auto conversation = [](std::string_view version, const std::string& close_body) {
    check_every_cut(hybi(kSockjsPath, version) + masked(early(false, EarlyOpcode::text, R"(["hello"])")) +
                        masked(early(false, EarlyOpcode::close, std::string("\x03\xe9", 2))),
                    kHead + "\r\n" + early(false, EarlyOpcode::text, "o") +
                        early(false, EarlyOpcode::text, R"(a["hello"])") +
                        early(false, EarlyOpcode::close, close_body));
  };
  conversation("5", "S");
  conversation("6", std::string("\x03\xe9", 2));
}

TEST_CASE("empty fragments are bounded in drafts that have fragments, too (limits.empty_fragments)") {
  ServiceOptions options;
  options.limits.empty_fragments = 2;
  ServiceSite site(make_websocket(), options);
  FakeStream& stream = site.connect();
  site.ask(stream, hybi01(kRawPath) + kNonce);
  const std::string begin = from_hex("8400");  // there the first bit says that more follows
  const std::string more = from_hex("8000");
  site.ask(stream, begin + more + from_hex("000178"));
  CHECK(site.seen() == Seen{"m:x"});
  site.ask(stream, begin + more + more);
  REQUIRE(site.events.size() == 1);
  CHECK(site.events[0].starts_with("c:1008 "));
}

TEST_CASE("hybi-07 and -08 speak as RFC 6455 does, without extensions (websocket facts 5)") {
  for (const std::string_view version : {"7", "8"}) {
    CAPTURE(version);
    check_every_cut(
        hybi(kRawPath, version, "Sec-WebSocket-Extensions: deflate-stream, x-webkit-deflate-frame\r\n") +
            from_hex("8185 37fa213d 7f9f4d5158 8882 37fa213d 3412"),
        kHead + "\r\n" + from_hex("8105 48656c6c6f 8802 03e8"));
  }
}

TEST_CASE("origins: a draft's Sec-WebSocket-Origin counts as Origin does (websocket facts 5)") {
  ServiceOptions options;
  options.origins = {"https://good.example"};
  const auto status = [&](std::string_view fields) {
    ServiceSite site(make_websocket(), options);
    return site.ask(hybi(kRawPath, "8", fields)).substr(9, 3);
  };
  CHECK(status("Sec-WebSocket-Origin: https://good.example\r\n") == "101");
  CHECK(status("Sec-WebSocket-Origin: https://evil.example\r\n") == "403");
  CHECK(status("Origin: https://evil.example\r\n") == "403");
  CHECK(status("Origin: https://evil.example\r\nSec-WebSocket-Origin: https://good.example\r\n") == "403");
  CHECK(status("") == "101");
}

TEST_CASE("each draft can be switched off, and then its clients are told what is spoken") {
  ServiceSite none(make_websocket(), drafts({}));
  const std::string refused = none.ask(hybi(kRawPath, "8"));
  CHECK(refused.substr(9, 3) == "426");
  CHECK(refused.find("\r\nSec-WebSocket-Version: 13\r\n") != std::string::npos);
  CHECK(refused.find("hybi-08") != std::string::npos);
  CHECK(none.ask(hixie75(kRawPath)).substr(9, 3) == "400");
  CHECK(none.ask(hybi01(kRawPath)).substr(9, 3) == "400");
  CHECK(none.ask(hybi(kRawPath, "13")).substr(9, 3) == "101");
  ServiceSite some(make_websocket(), drafts({"hybi-08", "hybi-06"}));
  CHECK(some.ask(hybi(kRawPath, "8")).substr(9, 3) == "101");
  CHECK(some.ask(hybi(kRawPath, "7")).find("\r\nSec-WebSocket-Version: 13, 8, 6\r\n") != std::string::npos);
  ServiceSite all(make_websocket());
  CHECK(all.ask(hybi(kRawPath, "9")).find("\r\nSec-WebSocket-Version: 13, 8, 7, 6, 5, 4\r\n") !=
        std::string::npos);
}

TEST_CASE("every draft is spoken unless switched off") {
  std::vector<std::string> names;
  for (const DialectInfo& draft : websocket::drafts()) names.emplace(names.begin(), draft.name);
  CHECK(ServiceOptions().websocket_drafts == names);
}

TEST_CASE("drafts that mask nothing can be left to TLS (websocket facts 7.16)") {
  ServiceOptions options;
  options.unmasked_drafts_need_tls = true;
  ServiceSite site(make_websocket(), options);
  CHECK(site.ask(hixie75(kRawPath)).substr(9, 3) == "403");
  CHECK(site.ask(hybi01(kRawPath)).substr(9, 3) == "403");
  CHECK(site.ask(upgrade(kRawPath, kChallenge)).substr(9, 3) == "403");
  CHECK(site.ask(hybi(kRawPath, "4")).substr(9, 3) == "101");
}
