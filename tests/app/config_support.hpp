// What the configuration tests share: the transports they pretend are built in, and folders that exist for
// one test.
#pragma once

#include "server/app/config.hpp"

#include <unistd.h>
#include <array>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace encke::app {

inline constexpr std::array<std::string_view, 3> kTestTransports{"websocket", "xhr_stream", "xhr_poll"};

/// A folder of its own, removed at the end.
class ScratchFolder {
 public:
  ScratchFolder() {
    static std::atomic<int> count = 0;
    path_ = std::filesystem::temp_directory_path() /
            ("encke-config-" + std::to_string(::getpid()) + "-" + std::to_string(++count));
    std::filesystem::create_directories(path_);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  ~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  const std::filesystem::path& path() const { return path_; }

  std::filesystem::path file(std::string_view name, std::string_view text) const {
    std::ofstream(path_ / name, std::ios::binary) << text;
    return path_ / name;
  }

 private:
  std::filesystem::path path_;
};

}  // namespace encke::app
