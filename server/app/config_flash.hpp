// The configuration of the policy server: flash_policy.
#pragma once

#include "server/app/config_listen.hpp"
#include "server/app/config_reader.hpp"

#include <encke/flash_policy.hpp>

#include <span>

namespace encke::app {

/// Reads the value of flash_policy; what is wrong becomes errors.
FlashPolicy read_flash_policy(const nlohmann::json& value, ConfigErrors& errors);

/// What the policy says and could not bring about from its own listeners and `listeners`, of which the
/// plain ones answer in-line, where it is known where they are.
void check_flash_policy(const FlashPolicy& policy, std::span<const ListenConfig> listeners,
                        ConfigErrors& errors);

}  // namespace encke::app
