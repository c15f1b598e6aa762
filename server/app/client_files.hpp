// The facade's files, built into the program.
#pragma once

#include <span>
#include <string_view>

namespace encke {

struct ClientFile {
  std::string_view path;  ///< "/encke.js"
  std::string_view type;  ///< its media type
  std::string_view tag;   ///< its entity tag, quotes included
  std::string_view body;
};

/// All of them; they live for ever.
std::span<const ClientFile> client_files();

}  // namespace encke
