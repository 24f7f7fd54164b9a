// A frame is one sealed object inside a pack. It depends on neither pack nor repository, so it is moved by
// copying bytes. On disk:
//   nonce 24 | masked length le32 | sealed: XChaCha20-Poly1305 of inner | fill to a multiple of 16
//   inner = 32 zero bytes (they commit to the key) | u8 kind | u8 codec | ObjectId 32 | le32 plain length | payload
// The masked length is the length of `sealed` (inner + 16), exclusive-or the first 4 bytes of HMAC(K_mask,
// nonce); the fill is the bytes of that HMAC from the fifth on, so no byte of a frame can change unnoticed.
// Sealing itself is engine/crypto/sealer.h; this header is the vocabulary both share.
//
// Pure.
#pragma once

#include <cstdint>

#include "engine/base/bytes.h"
#include "engine/base/ids.h"
#include "engine/base/result.h"

namespace pulih {

enum class Codec : uint8_t { raw = 0, zstd = 1 };

inline constexpr uint8_t kFrameVersion = 1;
inline constexpr size_t kFrameAlignment = 16;
inline constexpr size_t kFrameNonceSize = 24;
inline constexpr size_t kFrameCommitmentSize = 32;
inline constexpr size_t kFrameTagSize = 16;
inline constexpr size_t kFrameHeadSize = kFrameNonceSize + 4;  // before `sealed`
inline constexpr size_t kFrameInnerHeadSize = kFrameCommitmentSize + 1 + 1 + 32 + 4;
inline constexpr size_t kFrameOverhead = kFrameHeadSize + kFrameInnerHeadSize + kFrameTagSize;  // 114, before the fill
// A payload is never larger than its plaintext: what does not shrink is stored raw.
inline constexpr uint32_t kMaxFrameSize = ((kFrameOverhead + kMaxObjectSize + kFrameAlignment - 1) / kFrameAlignment) * kFrameAlignment;

constexpr size_t FrameSizeFor(size_t payload_size) {
  return (kFrameOverhead + payload_size + kFrameAlignment - 1) / kFrameAlignment * kFrameAlignment;
}

struct FrameInner {
  ObjectKind kind = ObjectKind::chunk;
  Codec codec = Codec::raw;
  ObjectId id;
  uint32_t plain_size = 0;
  ByteView payload;  // borrows
};

// Writes the 70 bytes that stand before the payload.
void EncodeInnerHead(const FrameInner& inner, uint8_t* out);
// Checks the zero bytes, kind, codec, plain size (<= kMaxObjectSize; raw: equal to the payload's).
Result<FrameInner> DecodeInner(ByteView opened);

}  // namespace pulih
