// XXH3 checksums: for local state that only has to notice an accident. Never for identity, never against
// an adversary: those are SHA-256 and HMAC (engine/crypto). The one place that includes xxHash.
#pragma once

#include <cstdint>

#include "engine/base/bytes.h"

namespace pulih {

uint64_t Checksum64(ByteView bytes);

}  // namespace pulih
