// What the system allows this process, raised as far as it may be.
#include "server/app/process_limits.hpp"

#include <sys/resource.h>

namespace encke::app {

namespace {

// docs/operations.md tells them: the log, the streams and libraries, and what each loop and listener has.
constexpr std::uint64_t kOfProcess = 16;
constexpr std::uint64_t kOfLoop = 4;
constexpr std::uint64_t kOfListener = 2;
constexpr std::uint64_t kReserve = 32;  // for files that are served

std::uint64_t raise(decltype(RLIMIT_NOFILE) what) {
  rlimit limit{};
  if (::getrlimit(what, &limit) != 0) return 0;
  if (limit.rlim_cur == limit.rlim_max) return limit.rlim_cur;
  const rlim_t before = limit.rlim_cur;
  limit.rlim_cur = limit.rlim_max;
  return ::setrlimit(what, &limit) == 0 ? limit.rlim_cur : before;
}

}  // namespace

std::uint64_t raise_process_limits() {
  raise(RLIMIT_CORE);
  return raise(RLIMIT_NOFILE);
}

std::string descriptor_shortage(std::uint64_t descriptors, std::size_t connections, unsigned workers,
                                std::size_t addresses) {
  const std::uint64_t others = kOfProcess + kReserve + workers * (kOfLoop + kOfListener * addresses);
  const std::uint64_t needed = others + connections;
  if (connections == 0 || descriptors >= needed) return {};
  return "limits.connections is " + std::to_string(connections) + ", and of the " +
         std::to_string(descriptors) + " descriptors that the process may have " +
         std::to_string(descriptors > others ? descriptors - others : 0) +
         " are left for connections: raise LimitNOFILE= of the unit, or ulimit -Hn, to " +
         std::to_string(needed);
}

}  // namespace encke::app
