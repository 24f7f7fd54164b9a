// SHA-1, because web archives prove their records with it. It proves that no accident changed a record; against whoever
// wants to forge one it proves nothing, and nothing of ours rests on it (engine/crypto has what does).
//
// Pure. Source: FIPS 180-4.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "engine/base/bytes.h"

namespace pulih::web {

using Sha1 = std::array<uint8_t, 20>;
Sha1 Sha1Of(ByteView bytes);
// 32 letters, as WARC writes it (RFC 4648 base32).
std::string Base32(const Sha1& digest);

}  // namespace pulih::web
