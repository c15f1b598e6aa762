// How much each address has and sends, over all loops.
#include "server/core/address_table.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace encke {

namespace {

// More than one for each message, so that there are fewer and fewer.
constexpr std::size_t kTidied = 2;

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
  Part& part = part_at(slot);
  const std::lock_guard<std::mutex> locked(part.lock);
  std::uint32_t& held = part.entries[(slot - 1) / kParts].held[index_of(kind)];
  if (held >= most) return false;
  ++held;
  return true;
}

void AddressTable::give_back(Slot slot, Kind kind) {
  assert(slot != kNone);
  Part& part = part_at(slot);
  const std::lock_guard<std::mutex> locked(part.lock);
  const std::uint32_t index = (slot - 1) / kParts;
  Entry& entry = part.entries[index];
  assert(entry.held[index_of(kind)] > 0);
  --entry.held[index_of(kind)];
  forget_if_idle(part, index);
}

void AddressTable::forget_if_idle(Part& part, std::uint32_t index) {
  const Entry& entry = part.entries[index];
  const auto some = [](std::uint32_t count) { return count > 0; };
  if (entry.owes || std::any_of(entry.held.begin(), entry.held.end(), some)) return;
  part.by_network.erase(entry.network);
  part.free.push_back(index);
}

Meter& AddressTable::meter_of(Part& part, std::uint32_t index) {
  if (part.meters.size() <= index) part.meters.resize(index + 1);
  return part.meters[index];
}

bool AddressTable::may_send(Slot slot, const Rates& rates, Millis now) {
  Part& part = part_at(slot);
  const std::lock_guard<std::mutex> locked(part.lock);
  return meter_of(part, (slot - 1) / kParts).open(rates, now);
}

void AddressTable::sent(Slot slot, const Rates& rates, std::size_t size, Millis now) {
  Part& part = part_at(slot);
  const std::lock_guard<std::mutex> locked(part.lock);
  const std::uint32_t index = (slot - 1) / kParts;
  meter_of(part, index).count(rates, size);
  if (!std::exchange(part.entries[index].owes, true)) {
    part.owing.push_back(index);
    owing_.fetch_add(1, std::memory_order_relaxed);
  }
  tidy(part, rates, now);
}

void AddressTable::tidy(Part& part, const Rates& rates, Millis now) {
  for (std::size_t looks = std::min(kTidied, part.owing.size()); looks > 0; --looks) {
    const std::uint32_t index = part.owing.front();
    part.owing.pop_front();
    if (!part.meters[index].full(rates, now)) {
      part.owing.push_back(index);
      continue;
    }
    part.meters[index] = {};
    part.entries[index].owes = false;
    owing_.fetch_sub(1, std::memory_order_relaxed);
    forget_if_idle(part, index);
  }
}

void AddressTable::tidy_next(const Rates& rates, Millis now) {
  Part& part = parts_[next_tidied_.fetch_add(1, std::memory_order_relaxed) % kParts];
  const std::lock_guard<std::mutex> locked(part.lock);
  tidy(part, rates, now);
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
