// Numbers as JavaScript writes them.
#pragma once

#include <string>
#include <string_view>

namespace encke::sockjs {

/// Appends what JavaScript's String() makes of `json`, which must be a number by JSON's grammar: the shortest
/// digits that read back as the same double, `1e+21` from there on, `Infinity` beyond a double's range.
void append_js_number(std::string_view json, std::string& out);

}  // namespace encke::sockjs
