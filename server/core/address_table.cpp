// How much each address has, over all loops.
#include "server/core/address_table.hpp"

#include <algorithm>
#include <cassert>

namespace encke {

namespace {

std::size_t index_of(AddressTable::Kind kind) { return static_cast<std::size_t>(kind); }

}  // namespace

// A slot is the number of the entry within its part, times the parts, and the part, counted from 1.

AddressTable::Slot AddressTable::take(std::uint64_t network, Kind kind, std::size_t most) {
  if (most == 0) return kNone;
  Part& part = part_of(network);
  const std::lock_guard<std::mutex> locked(part.lock);
  const auto found = part.by_network.find(network);
  std::uint32_t index = 0;
  if (found != part.by_network.end()) {
    index = found->second;
  } else if (!part.free.empty()) {
    index = part.free.back();
    part.free.pop_back();
  } else {
    index = static_cast<std::uint32_t>(part.entries.size());
    part.entries.emplace_back();
  }
  Entry& entry = part.entries[index];
  if (found == part.by_network.end()) {
    entry.network = network;
    part.by_network.emplace(network, index);
  }
  std::uint32_t& held = entry.held[index_of(kind)];
  if (held >= most) return kNone;
  ++held;
  return index * kParts + static_cast<std::uint32_t>(&part - parts_.data()) + 1;
}

bool AddressTable::take_more(Slot slot, Kind kind, std::size_t most) {
  assert(slot != kNone);
  Part& part = parts_[(slot - 1) % kParts];
  const std::lock_guard<std::mutex> locked(part.lock);
  std::uint32_t& held = part.entries[(slot - 1) / kParts].held[index_of(kind)];
  if (held >= most) return false;
  ++held;
  return true;
}

void AddressTable::give_back(Slot slot, Kind kind) {
  assert(slot != kNone);
  Part& part = parts_[(slot - 1) % kParts];
  const std::lock_guard<std::mutex> locked(part.lock);
  const std::uint32_t index = (slot - 1) / kParts;
  Entry& entry = part.entries[index];
  assert(entry.held[index_of(kind)] > 0);
  --entry.held[index_of(kind)];
  if (std::any_of(entry.held.begin(), entry.held.end(), [](std::uint32_t count) { return count > 0; }))
    return;
  part.by_network.erase(entry.network);
  part.free.push_back(index);
}

std::size_t AddressTable::held(std::uint64_t network, Kind kind) {
  Part& part = part_of(network);
  const std::lock_guard<std::mutex> locked(part.lock);
  const auto found = part.by_network.find(network);
  return found == part.by_network.end() ? 0 : part.entries[found->second].held[index_of(kind)];
}

std::size_t AddressTable::size() {
  std::size_t all = 0;
  for (Part& part : parts_) {
    const std::lock_guard<std::mutex> locked(part.lock);
    all += part.by_network.size();
  }
  return all;
}

}  // namespace encke
