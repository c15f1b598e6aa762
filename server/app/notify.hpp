// What systemd is told of the service, by the protocol of sd_notify(3); nobody where no socket is given for
// it.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace encke::app {

/// Sends `state`, lines as "READY=1", to the socket in NOTIFY_SOCKET. False where there is none, or nobody
/// takes it. Any thread, as long as none changes the environment.
bool notify(std::string_view state);
/// That the configuration is being read again, at this moment; a "READY=1" ends it.
bool notify_reloading();

/// How often WATCHDOG_USEC asks this process for a sign of life; nothing where it does not.
std::optional<std::chrono::microseconds> watchdog_interval();

}  // namespace encke::app
