// The one property that every fuzz target asserts: a decoder refuses, or what it accepted encodes to exactly
// the bytes that were given (I5).
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "tests/formats/repo/reencode.h"

namespace pulih {

// Above 0 where the target took its input for sound: the replay checks that its seeds are not refused.
inline uint64_t accepted_inputs = 0;

template <typename Reencode>
int RequireIdentity(const uint8_t* data, size_t size, const Reencode& reencode) {
  const ByteView input(data, size);
  const auto again = reencode(input);
  if (!again) return 0;
  ++accepted_inputs;
  if (!Equal(*again, input)) {
    std::fprintf(stderr, "accepted: %s\nencodes to: %s\n", ToHex(input).c_str(), ToHex(*again).c_str());
    std::abort();
  }
  return 0;
}

}  // namespace pulih
