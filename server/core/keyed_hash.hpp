// The hash of names that peers choose.
//
// With a hash that everybody can compute a peer chooses names that all fall into one place of a table, and
// each look-up there costs as much as there are sessions. SipHash-2-4 (Aumasson and Bernstein, 2012) under a
// key of this process's own tells nobody where a name falls.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace encke {

/// For std::unordered_map and the like.
class KeyedHash {
 public:
  struct Key {
    std::uint64_t low = 0;
    std::uint64_t high = 0;
  };

  /// With the key of this process, which is random.
  KeyedHash();
  explicit KeyedHash(const Key& key) : key_(key) {}

  std::size_t operator()(std::string_view name) const;

 private:
  Key key_;
};

}  // namespace encke
