// SipHash-2-4 (Aumasson, Bernstein 2012; libsodium's crypto_shorthash), the keyed decision at cut points
// and map boundaries.
#pragma once

#include <array>
#include <cstdint>

#include "engine/base/bytes.h"

namespace pulih {

using SipKey = std::array<uint8_t, 16>;

uint64_t SipHash24(const SipKey& key, ByteView bytes);

}  // namespace pulih
