// What the system allows this process, raised as far as it may be.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace encke::app {

/// Raises the soft limits of open files and of a core file's size to the hard ones. How many descriptors
/// there may be now.
std::uint64_t raise_process_limits();

/// What an operator is told where `descriptors` are too few for `connections`, `workers` loops and
/// `addresses` that are listened at; empty where they will do. 0 connections: as many as there may be.
std::string descriptor_shortage(std::uint64_t descriptors, std::size_t connections, unsigned workers,
                                std::size_t addresses);

}  // namespace encke::app
