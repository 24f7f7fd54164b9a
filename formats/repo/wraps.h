// wraps/<n>: session keys sealed again to the content key of config/<n>, made by a rotation. Envelope:
// signed_blob.h, magic "PULIHWRS", signed by the root key. Body:
//   DomainId 16 | le64 config number | le32 content generation | le32 count | count × (SessionId 32 | WriterId 16 | sealed 80)
// strictly ascending by SessionId. Attempts NAME.1, NAME.2 … add further sessions: a reader takes all.
//
// Pure.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/ids.h"
#include "engine/base/result.h"

namespace pulih {

inline constexpr uint32_t kWrapsVersion = 1;
inline constexpr std::string_view kWrapsMagic = "PULIHWRS";
inline constexpr uint32_t kMaxWrapsPerBlob = 1u << 16;

struct RewrappedSession {
  SessionId session;
  WriterId writer;
  std::array<uint8_t, 80> sealed_key{};
};
struct Wraps {
  DomainId domain;
  uint64_t config_number = 0;
  uint32_t content_generation = 0;
  std::vector<RewrappedSession> sessions;
};

Bytes EncodeWrapsBody(const Wraps& wraps);
Result<Wraps> DecodeWrapsBody(ByteView body);

}  // namespace pulih
