// The checksums that compressed streams end with: Adler-32 (RFC 1950) and CRC-32 (RFC 1952, the reflected polynomial
// 0xEDB88320; also of zip members and of PNG chunks). Not for identity: those are SHA-256 and HMAC (engine/crypto).
//
// Pure functions; both continue from what they gave for the bytes before.
#pragma once

#include <cstdint>

#include "engine/base/bytes.h"

namespace pulih {

inline constexpr uint32_t kAdler32Start = 1;
uint32_t Adler32(ByteView bytes, uint32_t before = kAdler32Start);

inline constexpr uint32_t kCrc32Start = 0;
uint32_t Crc32(ByteView bytes, uint32_t before = kCrc32Start);

}  // namespace pulih
