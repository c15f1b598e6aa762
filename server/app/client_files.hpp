// The facade's files, built into the program.
#pragma once

#include "server/http/content.hpp"

#include <span>
#include <string_view>

namespace encke {

struct ClientFile {
  std::string_view path;  ///< "/encke.js"
  http::MemoryFile file;
};

/// All of them; they live for ever.
std::span<const ClientFile> client_files();

}  // namespace encke
