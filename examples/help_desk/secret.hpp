// Secrets that give access: to a conversation, and to the desk.
#pragma once

#include <string>
#include <string_view>

namespace help_desk {

/// 128 random bits of the system's, as 32 hexadecimal digits. Throws std::system_error where it has none.
std::string make_secret();

/// Whether two texts are the same, in a time that depends on their lengths alone.
bool same_secret(std::string_view one, std::string_view other);

}  // namespace help_desk
