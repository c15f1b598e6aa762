// Becoming a user without privileges: in a child, since there is no way back.
#include "server/app/privileges.hpp"

#include <doctest/doctest.h>

#include <grp.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <functional>
#include <stdexcept>
#include <string>

using namespace encke;
using namespace encke::app;

namespace {

/// What `body` says in a child process.
std::string in_child(const std::function<std::string()>& body) {
  std::array<int, 2> pipe{};
  REQUIRE(::pipe(pipe.data()) == 0);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    std::string said;
    try {
      said = body();
    } catch (const std::exception& error) {
      said = error.what();
    }
    static_cast<void>(!::write(pipe[1], said.data(), said.size()));
    ::_exit(0);
  }
  ::close(pipe[1]);
  std::string said;
  std::array<char, 512> buffer{};
  for (ssize_t size = 0; (size = ::read(pipe[0], buffer.data(), buffer.size())) > 0;) {
    said.append(buffer.data(), static_cast<std::size_t>(size));
  }
  ::close(pipe[0]);
  ::waitpid(child, nullptr, 0);
  return said;
}

std::string numbers() {
  std::array<gid_t, 64> groups{};
  const int count = ::getgroups(static_cast<int>(groups.size()), groups.data());
  std::string text;
  for (const unsigned number : {::getuid(), ::geteuid(), ::getgid(), ::getegid()}) {
    text.append(std::to_string(number)).append(" ");
  }
  text += "and";
  for (int i = 0; i < count; ++i) {
    text.append(" ").append(std::to_string(groups.at(static_cast<std::size_t>(i))));
  }
  return text;
}

bool am_root() {
  if (::geteuid() == 0) return true;
  MESSAGE("skipped: this takes root");
  return false;
}

}  // namespace

TEST_CASE("users and groups are found by their names") {
  const auto root = find_user("root");
  REQUIRE(root.has_value());
  CHECK(root->name == "root");
  CHECK(root->user == 0);
  CHECK(root->group == 0);
  CHECK_FALSE(find_user("no-such-user").has_value());
  CHECK(find_group("root") == gid_t{0});
  CHECK_FALSE(find_group("no-such-group").has_value());
}

TEST_CASE("root becomes the user with its groups alone, and cannot come back") {
  if (!am_root()) return;
  const Identity nobody = *find_user("nobody");
  const std::string user = std::to_string(nobody.user);
  const std::string group = std::to_string(nobody.group);
  std::string expected;
  for (const std::string& number : {user, user, group, group}) expected.append(number).append(" ");
  expected.append("and ").append(group);
  CHECK(in_child([&] {
          const std::array<gid_t, 2> more{0, 4};
          if (::setgroups(more.size(), more.data()) != 0) return std::string("setgroups");
          become(nobody);
          std::string said = numbers();
          if (::setuid(0) == 0 || ::seteuid(0) == 0 || ::setresuid(0, 0, 0) == 0) said += " came back";
          become(nobody);  // a second time is nothing
          return said;
        }) == expected);
}

TEST_CASE("a user that is root, or could be again, is refused") {
  if (!am_root()) return;
  CHECK(in_child([] {
          become({"disguised", 0, 65534});
          return std::string("became");
        }) == "cannot become the user disguised: the privileges could be regained");
}

TEST_CASE("who is not root cannot become another, and may stay what it is") {
  const std::string said = in_child([] {
    if (::geteuid() == 0 && (::setgid(65534) != 0 || ::setuid(65534) != 0)) return std::string("setuid");
    become({"self", ::getuid(), ::getgid()});
    become({"daemon", 1, 1});
    return std::string("became");
  });
  CHECK(said ==
        "cannot become the user daemon: Operation not permitted; only root may, start it as root or leave "
        "user out");
}

TEST_CASE("who is that user already gives up groups that are not the user's, or is told of them") {
  if (!am_root()) return;
  const Identity nobody = *find_user("nobody");
  CHECK(in_child([&] {
          const std::array<gid_t, 2> more{nobody.group, 4};
          if (::setgroups(more.size(), more.data()) != 0) return std::string("setgroups");
          if (::setresgid(nobody.group, nobody.group, nobody.group) != 0) return std::string("setresgid");
          if (::setresuid(nobody.user, nobody.user, nobody.user) != 0) return std::string("setresuid");
          std::string told;
          for (const gid_t group : become(nobody)) told += std::to_string(group) + " ";
          return told;
        }) == "4 ");
}
