// Files that are built into the program: the facade's, and those of the page for operators.
#pragma once

#include "server/http/content.hpp"

#include <span>
#include <string_view>

namespace encke {

struct ClientFile {
  std::string_view path;  ///< "/encke.js"
  http::MemoryFile file;
};

/// All of the facade's; they live for ever.
std::span<const ClientFile> client_files();
/// All of the page's for operators.
std::span<const ClientFile> admin_files();

}  // namespace encke
