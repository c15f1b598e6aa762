// The opening handshake: which requests become which dialect, and how the others are refused.
#include "transports/websocket/handshake.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

using namespace encke::websocket;

namespace {

UpgradeRequest good() {
  UpgradeRequest request;
  request.upgrade = "websocket";
  request.connection = "Upgrade";
  request.version = "13";
  request.key = "dGhlIHNhbXBsZSBub25jZQ==";
  return request;
}

UpgradeRequest hixie() {
  UpgradeRequest request;
  request.upgrade = "WebSocket";
  request.connection = "Upgrade";
  request.key1 = "4 @1  46546xW%0l 1 5";
  request.key2 = "12998 5 Y3 1  .P00";
  return request;
}

}  // namespace

TEST_CASE("keys get the known answers (RFC 6455 section 1.3, SockJS 9)") {
  CHECK(accept_value("dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  CHECK(accept_value("x3JJHMbDL1EzLkh9GBhXDw==") == "HSmrc0sMlYUkAGmm5OPpG2HaGWk=");
  const Handshake handshake = decide(good());
  CHECK(handshake.dialect == Dialect::rfc6455);
  CHECK(handshake.status == 101);
  CHECK(handshake.accept == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

TEST_CASE("Upgrade and Connection are lists of tokens in any case (RFC 6455 section 4.2.1)") {
  for (const char* connection :
       {"upgrade", "UPGRADE", "keep-alive, Upgrade", "Upgrade,keep-alive", " , upgrade\t,"}) {
    UpgradeRequest request = good();
    request.connection = connection;
    CHECK(decide(request).dialect == Dialect::rfc6455);
  }
  for (const char* upgrade : {"WebSocket", "WEBSOCKET", "h2c, websocket"}) {
    UpgradeRequest request = good();
    request.upgrade = upgrade;
    CHECK(decide(request).dialect == Dialect::rfc6455);
  }
}

TEST_CASE("what is no handshake is 400 and says why (RFC 6455 section 4.2.1, SockJS 9)") {
  struct Row {
    std::function<void(UpgradeRequest&)> spoil;
    const char* says;
  };
  const std::vector<Row> rows = {
      {[](auto& r) { r.upgrade.reset(); }, "Upgrade"},
      {[](auto& r) { r.upgrade = "h2c"; }, "WebSocket"},
      {[](auto& r) { r.upgrade = "websockets"; }, "WebSocket"},
      {[](auto& r) { r.upgrade = ""; }, "WebSocket"},
      {[](auto& r) { r.connection = "close"; }, "\"Connection\" must be"},
      {[](auto& r) { r.connection = "notupgrade"; }, "\"Connection\" must be"},
      {[](auto& r) { r.connection = "keep-alive Upgrade"; }, "\"Connection\" must be"},
      {[](auto& r) { r.connection.reset(); }, "\"Connection\" must be"},
      {[](auto& r) { r.http_1_1 = false; }, "HTTP/1.1"},
      {[](auto& r) { r.has_body = true; }, "no body"},
      {[](auto& r) { r.version.reset(); }, "version 13"},
      {[](auto& r) { r.key.reset(); }, "16 bytes"},
      {[](auto& r) { r.key = ""; }, "16 bytes"},
      {[](auto& r) { r.key = "dGhlIHNhbXBsZSBub25jZQ="; }, "16 bytes"},
      {[](auto& r) { r.key = "dGhlIHNhbXBsZSBub25jZQAA"; }, "16 bytes"},
      {[](auto& r) { r.key = "dGhlIHNhbXBsZSBub25jZTA="; }, "16 bytes"},
      {[](auto& r) { r.key = "dGhlIHNhbXBsZSBub25j Q=="; }, "16 bytes"},
      {[](auto& r) { r.key = "dGhlIHNhbXBsZSBub25jZQ==, dGhlIHNhbXBsZSBub25jZQ=="; }, "16 bytes"},
  };
  for (const Row& row : rows) {
    UpgradeRequest request = good();
    row.spoil(request);
    const Handshake handshake = decide(request);
    CHECK(handshake.dialect == Dialect::refused);
    CHECK(handshake.status == 400);
    CHECK(handshake.text.find(row.says) != std::string_view::npos);
  }
}

TEST_CASE("every version that a browser or a library spoke is its draft's (websocket facts 1)") {
  const std::vector<std::pair<const char*, Dialect>> rows = {
      {"4", Dialect::hybi04}, {"5", Dialect::hybi05}, {"6", Dialect::hybi06},
      {"7", Dialect::hybi07}, {"8", Dialect::hybi08}, {"13", Dialect::rfc6455}};
  for (const auto& [version, dialect] : rows) {
    CAPTURE(version);
    UpgradeRequest request = good();
    request.version = version;
    CHECK(decide(request).dialect == dialect);
    CHECK(decide(request).accept == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    request.key.reset();
    CHECK(decide(request).status == 400);
  }
}

TEST_CASE("another version is 426 (RFC 6455 section 4.4)") {
  for (const char* version :
       {"0", "1", "3", "9", "10", "11", "12", "14", "013", "13, 8", "13, 13", "", "thirteen"}) {
    CAPTURE(version);
    UpgradeRequest request = good();
    request.version = version;
    const Handshake handshake = decide(request);
    CHECK(handshake.dialect == Dialect::refused);
    CHECK(handshake.status == 426);
  }
}

TEST_CASE("two keys and no version are hixie-76, with a draft's number hybi-01 (websocket facts 1)") {
  CHECK(decide(hixie()).dialect == Dialect::hixie76);
  for (const char* draft : {"0", "1", "2", "3"}) {
    UpgradeRequest request = hixie();
    request.draft = draft;
    CAPTURE(draft);
    CHECK(decide(request).dialect == (*draft == '0' ? Dialect::hixie76 : Dialect::hybi01));
  }
}

TEST_CASE("no key at all is hixie-75, if it spells its Upgrade as that did (websocket facts 1)") {
  UpgradeRequest request;
  request.upgrade = "WebSocket";
  request.connection = "Upgrade";
  CHECK(decide(request).dialect == Dialect::hixie75);
  for (const char* upgrade : {"websocket", "WEBSOCKET", "WebSocket, h2c"}) {
    request.upgrade = upgrade;
    CHECK(decide(request).status == 400);
  }
}

TEST_CASE("half a handshake of a draft and unknown drafts are 400 (websocket facts 1)") {
  for (int what = 0; what < 7; ++what) {
    UpgradeRequest request = hixie();
    if (what == 0) request.key1.reset();
    if (what == 1) request.key2.reset();
    if (what == 2) request.draft = "4";
    if (what == 3) request.key = "dGhlIHNhbXBsZSBub25jZQ==";
    if (what == 4) request.connection = "close";
    if (what == 5) request.draft = "";
    if (what == 6) request.has_body = true;
    CAPTURE(what);
    CHECK(decide(request).dialect == Dialect::refused);
    CHECK(decide(request).status == 400);
  }
}

TEST_CASE("long hostile lists are read once (CVE-2021-32640)") {
  UpgradeRequest request = good();
  const std::string connection = std::string(2'000'000, ' ') + ",Upgrade";
  request.connection = connection;
  CHECK(decide(request).dialect == Dialect::rfc6455);
}
