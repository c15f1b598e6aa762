// What a fuzz target demands: a demand that does not hold ends the program, and so is found.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace encke::test {

inline void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

}  // namespace encke::test
