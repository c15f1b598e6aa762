// Sub-protocols: which one is chosen.
#include "transports/shared/protocols.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace encke;

namespace {

const std::vector<std::string> kOurs{"chat", "superchat"};

}  // namespace

TEST_CASE("the first sub-protocol of the client's that we have is chosen (RFC 6455 4.2.2)") {
  CHECK(choose_protocol("superchat, chat", kOurs) == "superchat");
  CHECK(choose_protocol("other,chat,superchat", kOurs) == "chat");
  CHECK(choose_protocol(" ,, \tchat ,", kOurs) == "chat");
  CHECK(choose_protocol("Chat, chat2, superchat chat", kOurs).empty());
  CHECK(choose_protocol("", kOurs).empty());
  CHECK(choose_protocol("chat", {}).empty());
  CHECK(choose_protocol(",", std::vector<std::string>{""}).empty());
}

TEST_CASE("what is chosen is the service's own text, which outlives the request") {
  std::string offered = "superchat";
  const std::string_view chosen = choose_protocol(offered, kOurs);
  offered.assign(offered.size(), 'x');
  CHECK(chosen.data() == kOurs[1].data());
}

TEST_CASE("long hostile lists of sub-protocols are read once (CVE-2021-32640)") {
  CHECK(choose_protocol("b" + std::string(2'000'000, ' ') + "x", kOurs).empty());
  CHECK(choose_protocol(std::string(2'000'000, ','), kOurs).empty());
}
