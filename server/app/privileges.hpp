// Becoming a user without privileges once the ports are bound.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

namespace encke::app {

/// A user of this machine, and the group that goes with it.
struct Identity {
  std::string name;
  uid_t user = 0;
  gid_t group = 0;
};

/// The user of that name with its own group; nothing where there is none.
std::optional<Identity> find_user(const std::string& name);
/// The number of the group of that name; nothing where there is none.
std::optional<gid_t> find_group(const std::string& name);

/// Makes the process that user, with that group and the user's other groups, for ever. Throws
/// std::runtime_error where that cannot be done or could be undone. Does nothing where the process is that
/// user already.
void become(const Identity& identity);

}  // namespace encke::app
