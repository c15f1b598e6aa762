// Listening sockets that systemd hands in, by the protocol of sd_listen_fds(3).
#pragma once

#include "server/net/listener.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace encke::net {

/// What the address of such sockets begins with; their name follows (FileDescriptorName= of the socket unit,
/// or the unit's own).
inline constexpr std::string_view kInherited = "systemd:";

/// True for "systemd:NAME".
inline bool is_inherited(std::string_view address) { return address.starts_with(kInherited); }

/// The sockets that were handed in by that name, in their order; a unit may listen at several addresses. Each
/// is one socket that all workers share. Throws std::runtime_error where there is none, where one is no
/// listening TCP socket, or where they were taken before.
std::vector<Bound> take_inherited(const std::string& address, unsigned workers);

/// The names of sockets that were handed in to this process and that nobody has taken, each once.
std::vector<std::string> unused_inherited();

}  // namespace encke::net
