#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace encke::crypto {

/// Fills `out` with bytes that nobody can predict.
void random_fill(std::span<std::uint8_t> out);

/// A number that nobody can predict, all 2^32 equally likely.
std::uint32_t random_u32();

/// `length` characters of [a-z0-9], each equally likely (5.17 bits a character).
std::string random_id(std::size_t length);

}  // namespace encke::crypto
