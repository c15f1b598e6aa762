// The messages of a run: made from its seed, so that whoever receives one can say what it should be.
#pragma once

#include <encke/message.hpp>

#include <cstdint>
#include <string>

namespace encke::soak {

enum class Way : std::uint8_t { up, down };

/// Message `number` of the run with this seed: text or binary, of no bytes up to some thousands, with the
/// characters that wires have trouble with.
Message numbered(std::uint64_t seed, Way way, std::uint64_t number);

/// Empty where `message` is that one, else what is wrong with it.
std::string wrong_with(const Message& message, std::uint64_t seed, Way way, std::uint64_t number);

/// Who closes the session, and whether what goes up comes down again.
enum class Ending : std::uint8_t { page, service, echo };

/// What the first message of a run tells the service: everything that it needs to know of the run.
struct Run {
  std::uint64_t id = 0;  ///< never the same in one process
  std::uint64_t seed = 0;
  std::uint64_t messages = 0;  ///< each way, the first one up not counted
  Ending ending = Ending::page;
};
std::string hello(const Run& run);
Run read_hello(const Message& message);

/// What the service closes with.
inline constexpr std::uint16_t kServiceCode = 3333;
inline constexpr const char* kServiceText = "all \"said\" \\ \xe2\x80\xa8 \xf0\x9f\x98\x80";

}  // namespace encke::soak
