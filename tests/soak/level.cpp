// What this process holds.
#include "tests/soak/level.hpp"

#include <malloc.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <iterator>
#include <memory>

namespace encke::soak {

Level Level::now() {
  Level level;
  const struct mallinfo2 info = ::mallinfo2();
  level.heap = info.uordblks + info.hblkhd;
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen("/proc/self/statm", "r"),
                                                             &std::fclose);
  unsigned long pages = 0;
  if (file && std::fscanf(file.get(), "%*u %lu", &pages) == 1) {
    level.resident = pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  }
  const std::filesystem::directory_iterator open("/proc/self/fd");
  level.descriptors = static_cast<std::size_t>(std::distance(begin(open), end(open)));
  return level;
}

std::string Level::text() const {
  return std::to_string(heap / 1024) + " KiB in use, " + std::to_string(resident / 1024) + " KiB resident, " +
         std::to_string(descriptors) + " descriptors";
}

}  // namespace encke::soak
