// What the system says of this process.
#include "server/app/process_metrics.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

namespace encke {

namespace {

namespace fs = std::filesystem;

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

/// Since 1970. The system tells it in ticks since it was booted, so it is found out once.
double start_seconds() {
  std::ifstream stat("/proc/self/stat");
  std::string text{std::istreambuf_iterator<char>(stat), std::istreambuf_iterator<char>()};
  text.erase(0, text.rfind(')') + 1);  // the program's name may hold anything
  constexpr int kBefore = 19;          // fields between that and the one wanted (proc(5): starttime, 22)
  const char* at = text.c_str();
  for (int field = 0; field < kBefore && *at != '\0'; ++field) {
    while (*at == ' ') ++at;
    while (*at != ' ' && *at != '\0') ++at;
  }
  const double ticks = std::strtod(at, nullptr);
  timespec up{};  // not from /proc/uptime, which a sandbox may hide
  ::clock_gettime(CLOCK_BOOTTIME, &up);
  const double now =
      std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  return now - (static_cast<double>(up.tv_sec) + static_cast<double>(up.tv_nsec) / 1e9) +
         ticks / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

}  // namespace

ProcessMetrics process_metrics() {
  static const double kStart = start_seconds();
  ProcessMetrics metrics;
  metrics.start_seconds = kStart;
  std::error_code error;
  for (fs::directory_iterator each("/proc/self/fd", error); !error && each != fs::directory_iterator();
       each.increment(error)) {
    ++metrics.descriptors;
  }
  if (metrics.descriptors > 0) --metrics.descriptors;  // the one that lists them
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) metrics.most_descriptors = limit.rlim_cur;
  std::uint64_t virtual_pages = 0;
  std::uint64_t resident_pages = 0;
  std::ifstream("/proc/self/statm") >> virtual_pages >> resident_pages;
  const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  metrics.virtual_bytes = virtual_pages * page;
  metrics.resident_bytes = resident_pages * page;
  rusage usage{};
  if (::getrusage(RUSAGE_SELF, &usage) == 0) {
    metrics.cpu_seconds = seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
  }
  return metrics;
}

}  // namespace encke
