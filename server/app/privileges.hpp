// Becoming a user without privileges once the ports are bound.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

namespace encke::app {

/// A user of this machine, and the group that goes with it.
struct Identity {
  std::string name;
  uid_t user = 0;
  gid_t group = 0;

  bool operator==(const Identity&) const = default;
};

/// The user of that name with its own group; nothing where there is none.
std::optional<Identity> find_user(const std::string& name);
/// The number of the group of that name; nothing where there is none.
std::optional<gid_t> find_group(const std::string& name);

/// Makes the process that user, with that group and the user's other groups, for ever. Throws
/// std::runtime_error where that cannot be done or could be undone. Where the process is that user already
/// nothing but its further groups changes: those that are not the user's are given up, and where the system
/// does not let it they are told.
std::vector<gid_t> become(const Identity& identity);

}  // namespace encke::app
