// Giving memory back.
#pragma once

#include <string>

namespace encke {

/// Empties `text` and frees what it held, which assigning an empty string does not.
inline void release(std::string& text) { std::string().swap(text); }

}  // namespace encke
