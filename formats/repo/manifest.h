// snapshots/<id>: the manifest of one snapshot, the commit point; id = SHA-256 of the blob. Layout:
//   "PULIHSNP" | le32 version 1 | le32 public length | le32 structure length | le32 content length | 8 × 0
//   | public | structure (crypto_box_seal to `structure`) | content (to `content`) | Ed25519 signature 64 of the
//   writer over all bytes before it
// public:    DomainId 16 | RepositoryId 16 | WriterId 16 | le64 sequence | Digest of the writer's previous manifest 32
//            | le64 time ns | le64 files, bytes, rows, tables | le64 epoch seen | SHA-256 of the structure part's plaintext
//            with its 32-byte salt 32 | the same of the content part 32
// structure: salt 32 | le32 count | count × ObjectId (map roots) | blinded group 32 | u8 protected
// content:   salt 32 | sized host | sized name | list tags | list paths | list root names (as many as roots; "files"
//            or a table's name) | svarint zone offset minutes | varint dirs, others, bytes added, source errors, seconds×1000
// list = varint count, count × sized text. `sequence` is the number of entries that the writer's log had when
// this was written; times never go backwards within one writer.
//
// Pure. "public part" below is what an auditor without any key reads.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/ids.h"
#include "engine/base/result.h"

namespace pulih {

inline constexpr uint32_t kManifestVersion = 1;
inline constexpr uint32_t kMaxManifestSize = 16u << 20;

struct ManifestPublic {
  DomainId domain;
  RepositoryId repository;
  WriterId writer;
  uint64_t sequence = 0;
  Digest previous;
  int64_t time_ns = 0;
  uint64_t files = 0, bytes = 0, rows = 0, tables = 0;
  uint64_t epoch_seen = 0;
  Digest structure_digest, content_digest;
};

struct ManifestStructure {
  std::array<uint8_t, 32> salt{};
  std::vector<ObjectId> roots;
  Digest retention_group;  // HMAC(K_id, "group" ‖ host ‖ name ‖ paths): snapshots that retention counts together
  bool is_protected = false;
};

struct ManifestContent {
  std::array<uint8_t, 32> salt{};
  std::string host, name;
  std::vector<std::string> tags, paths, root_names;
  int32_t zone_offset_minutes = 0;
  uint64_t directories = 0, others = 0, bytes_added = 0, source_errors = 0, milliseconds = 0;
};

Bytes EncodeManifestPublic(const ManifestPublic& part);
Result<ManifestPublic> DecodeManifestPublic(ByteView bytes);
Bytes EncodeManifestStructure(const ManifestStructure& part);
Result<ManifestStructure> DecodeManifestStructure(ByteView bytes);
Bytes EncodeManifestContent(const ManifestContent& part);
Result<ManifestContent> DecodeManifestContent(ByteView bytes);

struct ManifestView {
  ByteView public_part, structure_sealed, content_sealed;
  ByteView signed_bytes, signature;
};
// The bytes to be signed; append the signature.
Bytes EncodeManifest(ByteView public_part, ByteView structure_sealed, ByteView content_sealed);
Result<ManifestView> ParseManifest(ByteView blob);

}  // namespace pulih
