// A list of typed keys: the payload of a key slot and of a role file. Layout:
//   le32 version 1 | le16 count | count × (le16 type | le16 index | le16 length | bytes)
// strictly ascending by (type, index). Types are never reused. `index` is the generation of a content secret,
// 0 elsewhere. Keys are secret: the caller keeps encoded lists in SecretBytes and wipes what it copies.
//
// Pure.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/result.h"

namespace pulih {

enum class KeyType : uint16_t {
  domain_id = 1,          // 16, public
  repository_id = 2,      // 16, public
  root_public = 3,        // 32
  root_seed = 4,          // 32, Ed25519
  content_public = 5,     // 32, by generation
  content_secret = 6,     // 32, by generation
  structure_public = 7,   // 32
  structure_secret = 8,   // 32
  k_id = 9,               // 32
  k_cut = 10,             // 32
  writer_sign_seed = 11,  // 32, Ed25519
  writer_box_secret = 12, // 32, X25519
  role = 13,              // 1: Role
  certificate = 14,       // the writer's certificate blob, so that it can be put back
};

struct TypedKey {
  KeyType type{};
  uint16_t index = 0;
  ByteView bytes;  // borrows
};

Bytes EncodeKeyList(const std::vector<TypedKey>& keys);
Result<std::vector<TypedKey>> DecodeKeyList(ByteView bytes);

}  // namespace pulih
