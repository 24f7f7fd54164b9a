// PULIH_CHECK stops the program when an assumption of *ours* is broken. It stays on in release builds.
// Input never reaches it: bad bytes are a value (Status, Damage), however absurd.
#pragma once

#include <cstdio>
#include <cstdlib>

#define PULIH_CHECK(condition)                                                                    \
  do {                                                                                            \
    if (!(condition)) {                                                                           \
      std::fprintf(stderr, "pulih: internal error: %s:%d: %s\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                                               \
    }                                                                                             \
  } while (false)
