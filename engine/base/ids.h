// The names of things, each a type of its own so that no two can be swapped. All are fixed-size byte
// strings, compared bytewise and written as lower-case hexadecimal. What each one *is* stands in
// docs/format.md, "Names".
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/bytes.h"
#include "engine/base/hex.h"

namespace pulih {

template <typename Tag, size_t N>
struct FixedId {
  static constexpr size_t kSize = N;
  std::array<uint8_t, N> bytes{};

  auto operator<=>(const FixedId&) const = default;
  ByteView view() const { return bytes; }
  std::string hex() const { return ToHex(bytes); }
  bool is_zero() const { return *this == FixedId{}; }

  static std::optional<FixedId> FromView(ByteView v) {
    if (v.size() != N) return std::nullopt;
    FixedId id;
    std::memcpy(id.bytes.data(), v.data(), N);
    return id;
  }
  static std::optional<FixedId> FromHexText(std::string_view text) {
    const auto raw = FromHex(text);
    return raw ? FromView(*raw) : std::nullopt;
  }
  // The ids are outputs of a hash: any eight bytes of them hash well.
  struct Hash {
    size_t operator()(const FixedId& id) const {
      uint64_t h;
      std::memcpy(&h, id.bytes.data(), sizeof h);
      return static_cast<size_t>(h);
    }
  };
};

using Digest = FixedId<struct DigestTag, 32>;          // a plain SHA-256
using ObjectId = FixedId<struct ObjectIdTag, 32>;      // HMAC(K_id, kind ‖ SHA-256(plaintext))
using FileId = FixedId<struct FileIdTag, 32>;          // HMAC(K_id, "file" ‖ SHA-256(content))
using PackName = FixedId<struct PackNameTag, 32>;      // SHA-256 of the pack's bytes
using SnapshotId = FixedId<struct SnapshotIdTag, 32>;  // SHA-256 of the manifest's bytes
using SessionId = FixedId<struct SessionIdTag, 32>;    // commitment to a session key
using WriterId = FixedId<struct WriterIdTag, 16>;      // names a writer's two public keys
using DomainId = FixedId<struct DomainIdTag, 16>;      // random, made by init
using RepositoryId = FixedId<struct RepositoryIdTag, 16>;
using HardLinkId = FixedId<struct HardLinkIdTag, 16>;  // group of names of one inode

// What an object holds. Numbers stand in frames and directories and are never reused.
enum class ObjectKind : uint8_t {
  chunk = 1,  // a piece of one file's content
  group = 2,  // small files end to end (formats/repo/group.h)
  node = 3,   // a node of a map (formats/repo/node.h)
  // 4 and up: later kinds (table descriptors, dictionaries); a reader that meets one says so.
};

// The largest plaintext of one object, and so the most that a frame may make a reader allocate.
inline constexpr uint32_t kMaxObjectSize = 4u << 20;

}  // namespace pulih
