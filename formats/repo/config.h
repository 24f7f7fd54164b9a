// config/<n>: what a repository is. Signed by the root key; each names the hash of the one before it, so the
// newest that a client has seen pins all earlier ones. Body, version 1 (docs/format.md, "Config"):
//   DomainId 16 | RepositoryId 16 | le64 number | Digest of the previous blob 32 (zero for 0) | le64 created ns
//   | root public key 32 | content public key 32 | structure public key 32 | le32 content generation
//   | le32 chunk min, average, max | le32 small file limit | le32 group target | le32 node target | le32 pack target
//   | 4 × features (read, write, prune, check): u8 count, count × (u8 length, [a-z0-9-] text), strictly ascending
//
// Pure.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/ids.h"
#include "engine/base/result.h"

namespace pulih {

inline constexpr uint32_t kConfigVersion = 1;
inline constexpr std::string_view kConfigMagic = "PULIHCFG";

// Features that a tool must know before it may do an operation.
struct RequiredFeatures {
  std::vector<std::string> read, write, prune, check;
};

struct Config {
  DomainId domain;
  RepositoryId repository;
  uint64_t number = 0;
  Digest previous;
  int64_t created_ns = 0;
  std::array<uint8_t, 32> root_key{}, content_key{}, structure_key{};
  uint32_t content_generation = 0;
  uint32_t chunk_min = 256u << 10, chunk_average = 1u << 20, chunk_max = 4u << 20;
  uint32_t small_file_limit = 256u << 10;
  uint32_t group_target = 1u << 20;
  uint32_t node_target = 16u << 10;
  uint32_t pack_target = 32u << 20;
  RequiredFeatures features;
};

Bytes EncodeConfigBody(const Config& config);
// Also refuses sizes that make no sense: chunk sizes out of order or above kMaxObjectSize, a zero target.
Result<Config> DecodeConfigBody(ByteView body);

}  // namespace pulih
