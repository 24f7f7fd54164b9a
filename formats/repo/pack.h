// A pack is an immutable file of frames, named by the SHA-256 of its bytes. Layout (docs/format.md, "Pack"):
//   head      "PULIHPAK" | le16 version 1 | u8 kind (1 data, 2 tree) | u8 0 | DomainId 16 | WriterId 16
//             | le16 wraps | 2 × 0 | wraps × wrap                                       padded with 0 to 16
//   frames
//   fill      random, so that the length of head + frames + fill follows Padmé
//   directory XChaCha20-Poly1305 of (32 zero bytes | entries | zeros to Padmé), key K_d, nonce 0
//   members   the same of the FileIds of each group, key K_m, nonce 0; may be empty (length 0)
//   tail      fixed size, see PackTail; ends with "PULIHEND" and the writer's Ed25519 signature over all of
//             the tail before it. The tail holds the SHA-256 of everything before the directory and of
//             directory ‖ members: so a directory is trusted after one ranged read, the rest after a full one.
//   wrap      SessionId 32 | sealed session key 80 | WriterId 16 | Ed25519 signature 64 over "PULIHWRP" ‖ domain
//             ‖ SessionId ‖ sealed ‖ WriterId: sealed to the content public key
// K_d is sealed to `structure` and to the writer's own box key; K_m to the writer only. The additional data
// of both is the pack's fixed head (kPackHeadFixedSize bytes). Entries refer to wraps by index.
//
// A reader rejects: a magic, version, kind or reserved byte it does not know; sizes that do not fit the file;
// frames outside [head, fill) or overlapping; entries out of order (ascending by offset); a signature or hash
// that does not hold; a writer without certificate.
//
// Pure: bytes to values and back; sealing and signing are done by engine/repo/pack_builder.h.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/ids.h"
#include "engine/base/result.h"

namespace pulih {

inline constexpr uint16_t kPackVersion = 1;
inline constexpr size_t kPackHeadFixedSize = 48;
inline constexpr size_t kPackTailSize = 8 + 4 + 4 + 32 + 32 + 80 + 80 + 80 + 16 + 8 + 64;
inline constexpr size_t kWrapSize = 32 + 80 + 16 + 64;
inline constexpr uint16_t kMaxPackWraps = 1024;
inline constexpr uint32_t kMaxPackSize = 256u << 20;       // a reader's bound; the target is 32 MiB
inline constexpr uint32_t kMaxDirectorySize = 64u << 20;
inline constexpr size_t kSealedKeySize = 80;               // crypto_box_seal of 32 bytes

enum class PackFileKind : uint8_t { data = 1, tree = 2 };

struct SessionWrap {
  SessionId session;
  std::array<uint8_t, kSealedKeySize> sealed_key{};
  WriterId writer;
  std::array<uint8_t, 64> signature{};
  bool operator==(const SessionWrap&) const = default;
};
// What a wrap's signature covers.
Bytes WrapSigningInput(const DomainId& domain, const SessionWrap& wrap);

struct PackHead {
  PackFileKind kind = PackFileKind::data;
  DomainId domain;
  WriterId writer;
  std::vector<SessionWrap> wraps;
  size_t encoded_size() const { return (kPackHeadFixedSize + wraps.size() * kWrapSize + 15) / 16 * 16; }
};
Bytes EncodePackHead(const PackHead& head);
// `bytes` starts at the pack's first byte and may be longer than the head. corrupt when the head is wrong;
// too_large (with the size needed in the message) when `bytes` holds less than it says.
Result<PackHead> DecodePackHead(ByteView bytes);
// The size of the head, from its first kPackHeadFixedSize bytes.
Result<size_t> PackHeadSize(ByteView fixed);

struct PackEntry {
  ObjectId id;
  ObjectKind kind = ObjectKind::chunk;
  uint16_t session_index = 0;
  uint32_t offset = 0;       // from the start of the pack
  uint32_t sealed_size = 0;  // of the whole frame, fill included
  uint32_t plain_size = 0;
  Digest frame_digest;       // SHA-256 of the frame's bytes, fill included
  std::vector<ObjectId> links;
};
// le32 version 1 | varint count | entries: id, kind u8, session le16, offset le32, sealed le32, plain le32, digest,
// varint links, links. Without the 32 zero bytes and the padding, which the sealing side adds; DecodeDirectory
// takes the zeros at the end and refuses anything else there.
Bytes EncodePackDirectory(const std::vector<PackEntry>& entries);
Result<std::vector<PackEntry>> DecodePackDirectory(ByteView bytes);

struct PackMember {
  FileId file;
  uint32_t entry_index = 0;  // of the group in the directory
  uint32_t offset = 0;       // in the group's plaintext
  uint32_t length = 0;
};
// le32 version 1 | varint count | members: FileId, varint entry index, varint offset, varint length.
Bytes EncodePackMembers(const std::vector<PackMember>& members);
Result<std::vector<PackMember>> DecodePackMembers(ByteView bytes);

struct PackTail {
  uint64_t directory_offset = 0;
  uint32_t directory_size = 0;    // sealed
  uint32_t members_size = 0;      // sealed; 0: none
  Digest body_digest;             // SHA-256 of [0, directory_offset)
  Digest directory_digest;        // SHA-256 of directory ‖ members as stored
  std::array<uint8_t, kSealedKeySize> directory_key_for_structure{};
  std::array<uint8_t, kSealedKeySize> directory_key_for_writer{};
  std::array<uint8_t, kSealedKeySize> members_key_for_writer{};
  WriterId writer;
  std::array<uint8_t, 64> signature{};
};
// `signature` may be zero while it is not known yet. The signature covers all bytes but its own.
Bytes EncodePackTail(const PackTail& tail);
// `bytes` is exactly the last kPackTailSize bytes of a pack of `pack_size` bytes.
Result<PackTail> DecodePackTail(ByteView bytes, uint64_t pack_size);

// Padmé (Nikitin et al., PURBs, PoPETS 2019): the padded length for `length`; at most 12% more, and it
// tells at most O(log log length) bits.
uint64_t PadmeLength(uint64_t length);

}  // namespace pulih
