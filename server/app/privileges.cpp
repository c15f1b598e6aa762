// Becoming a user without privileges.
#include "server/app/privileges.hpp"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <vector>

namespace encke::app {

namespace {

constexpr std::size_t kMostBytes = 1u << 20;  // of a record of the user or group database

/// Asks `look_up(record, buffer, result)` with a buffer that is large enough.
template <typename Record, typename LookUp>
std::optional<Record> record_of(const LookUp& look_up, std::vector<char>& buffer) {
  for (buffer.resize(1024); buffer.size() <= kMostBytes; buffer.resize(buffer.size() * 2)) {
    Record record{};
    Record* result = nullptr;
    const int error = look_up(record, buffer, result);
    if (error == ERANGE) continue;
    return result == nullptr ? std::nullopt : std::optional(record);
  }
  return std::nullopt;
}

}  // namespace

std::optional<Identity> find_user(const std::string& name) {
  std::vector<char> buffer;
  const auto found = record_of<passwd>(
      [&name](passwd& record, std::vector<char>& room, passwd*& result) {
        return ::getpwnam_r(name.c_str(), &record, room.data(), room.size(), &result);
      },
      buffer);
  if (!found) return std::nullopt;
  return Identity{name, found->pw_uid, found->pw_gid};
}

std::optional<gid_t> find_group(const std::string& name) {
  std::vector<char> buffer;
  const auto found = record_of<group>(
      [&name](group& record, std::vector<char>& room, group*& result) {
        return ::getgrnam_r(name.c_str(), &record, room.data(), room.size(), &result);
      },
      buffer);
  if (!found) return std::nullopt;
  return found->gr_gid;
}

namespace {

/// The groups that the process has and that user does not.
std::vector<gid_t> foreign_groups(const Identity& identity) {
  std::vector<gid_t> has(static_cast<std::size_t>(std::max(::getgroups(0, nullptr), 0)));
  has.resize(static_cast<std::size_t>(std::max(::getgroups(static_cast<int>(has.size()), has.data()), 0)));
  std::vector<gid_t> its(64);
  int count = static_cast<int>(its.size());
  while (::getgrouplist(identity.name.c_str(), identity.group, its.data(), &count) < 0) {
    its.resize(static_cast<std::size_t>(count));
  }
  its.resize(static_cast<std::size_t>(count));
  std::erase_if(has, [&its](gid_t group) { return std::find(its.begin(), its.end(), group) != its.end(); });
  return has;
}

}  // namespace

std::vector<gid_t> become(const Identity& identity) {
  uid_t real = 0;
  uid_t effective = 0;
  uid_t saved = 0;
  gid_t real_group = 0;
  gid_t effective_group = 0;
  gid_t saved_group = 0;
  const auto is = [&] {
    ::getresuid(&real, &effective, &saved);
    ::getresgid(&real_group, &effective_group, &saved_group);
    return real == identity.user && effective == identity.user && saved == identity.user &&
           real_group == identity.group && effective_group == identity.group && saved_group == identity.group;
  };
  if (is()) {
    if (foreign_groups(identity).empty()) return {};
    static_cast<void>(::initgroups(identity.name.c_str(), identity.group));
    return foreign_groups(identity);
  }
  const std::string cannot = "cannot become the user " + identity.name + ": ";
  // In this order: who is no longer root may not change its groups.
  if (::initgroups(identity.name.c_str(), identity.group) != 0 ||
      ::setresgid(identity.group, identity.group, identity.group) != 0 ||
      ::setresuid(identity.user, identity.user, identity.user) != 0) {
    const int error = errno;
    throw std::runtime_error(cannot + std::strerror(error) +
                             (error == EPERM ? "; only root may, start it as root or leave user out" : ""));
  }
  if (!is()) throw std::runtime_error(cannot + "the system says that it has, and it has not");
  if (::setuid(0) == 0 || ::seteuid(0) == 0 || ::setgid(0) == 0) {
    throw std::runtime_error(cannot + "the privileges could be regained");
  }
  return {};
}

}  // namespace encke::app
