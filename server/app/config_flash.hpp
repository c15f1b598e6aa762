// The configuration of the policy server: flash_policy.
#pragma once

#include "server/app/config_reader.hpp"
#include "server/app/listen_address.hpp"

#include <encke/flash_policy.hpp>

#include <span>

namespace encke::app {

/// Reads the value of flash_policy; what is wrong becomes errors.
FlashPolicy read_flash_policy(const nlohmann::json& value, ConfigErrors& errors);

/// What the policy says and could not bring about from its own listeners and `in_line`, where it is known
/// where they are.
void check_flash_policy(const FlashPolicy& policy, std::span<const ListenAddress> in_line,
                        ConfigErrors& errors);

}  // namespace encke::app
