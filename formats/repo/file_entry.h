// The value that the files map keeps for one path, and the key that it stands under.
//
// Key: the absolute path without its leading slash, '/' written as 0x00, so that all that is below a
// directory follows it at once. No component is empty, "." or "..".
//
// Value (docs/format.md, "File entry"), version 1:
//   u8 version | u8 type | u8 flags | varint mode (07777) | varint uid | varint gid | sized user | sized group
//   | svarint mtime seconds | varint mtime nanoseconds (< 10^9)
//   | flag has_link: HardLinkId 16
//   | regular: varint size | u8 digest kind | digest 32 | content
//   | symlink: sized target        | device: varint major | varint minor
//   | flag has_xattrs: xattrs
//   content = u8 0: none (size 0) | u8 1: varint count, segments | u8 2: ObjectId of a sub-map's root
//   segment = u8 1 data: ObjectId 32, varint offset, varint length | u8 2 hole: varint length
//   xattrs  = u8 1: varint count, (sized name, sized value) strictly ascending | u8 2: ObjectId of a sub-map
// A content or xattr list of more than kMaxInlineValue bytes stands in a map of its own: content keyed by
// file offset (be64) with a segment as value, xattrs keyed by name. Adjoining holes are one; no segment is
// empty; lengths add up to size.
//
// Pure: bytes to values and back.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/ids.h"
#include "engine/base/result.h"

namespace pulih {

inline constexpr uint8_t kFileEntryVersion = 1;
inline constexpr size_t kMaxInlineValue = 4096;

enum class FileType : uint8_t { regular = 1, directory = 2, symlink = 3, fifo = 4, character_device = 5, block_device = 6, socket = 7 };

// `sha256` is of the whole content. A file with more than kMaxHashedHoles bytes of holes is too slow to hash
// that way; `sparse_sha256` is over its data regions only: for each, offset le64 ‖ length le64 ‖ bytes, and
// at the end size le64.
enum class DigestKind : uint8_t { sha256 = 1, sparse_sha256 = 2 };
inline constexpr uint64_t kMaxHashedHoles = 1ull << 30;

struct Extent {
  ObjectId object;
  uint32_t offset = 0;  // in the object's plaintext
  uint32_t length = 0;
  bool operator==(const Extent&) const = default;
};
struct Hole {
  uint64_t length = 0;
  bool operator==(const Hole&) const = default;
};
using Segment = std::variant<Extent, Hole>;

struct Content {
  DigestKind digest_kind = DigestKind::sha256;
  Digest digest;
  uint64_t size = 0;
  std::vector<Segment> segments;  // empty when `segment_map` is set or size is 0
  ObjectId segment_map;           // zero: inline
};

struct Xattr {
  std::string name;
  Bytes value;
  bool operator==(const Xattr&) const = default;
};

struct FileEntry {
  FileType type = FileType::regular;
  // An ancestor of what was asked for: kept so that the tree has a shape; its times are not recorded (zero).
  bool ancestor = false;
  // The content was not fully read (vanished, changed or failed while it was read); a reader says so.
  bool incomplete = false;
  uint16_t mode = 0;
  uint32_t uid = 0, gid = 0;
  std::string user, group;  // names at the time, may be empty
  int64_t mtime_seconds = 0;
  uint32_t mtime_nanoseconds = 0;
  HardLinkId link;          // zero: only one name
  Content content;          // regular only
  std::string symlink_target;
  uint32_t device_major = 0, device_minor = 0;
  std::vector<Xattr> xattrs;  // strictly ascending by name; empty when `xattr_map` is set
  ObjectId xattr_map;         // zero: inline
};

Bytes EncodeFileEntry(const FileEntry& entry);
Result<FileEntry> DecodeFileEntry(ByteView bytes);

// The part of an entry that says where the content is, alone: what the stat cache keeps.
Bytes EncodeContent(const Content& content);
Result<Content> DecodeContent(ByteView bytes);

Bytes EncodeSegment(const Segment& segment);
Result<Segment> DecodeSegment(ByteView bytes);
uint64_t SegmentLength(const Segment& segment);

// Objects that an entry names, in order of first mention, without repeats.
std::vector<ObjectId> LinksOf(const FileEntry& entry);

// "a/b" ⇄ "a\0b". PathFromKey refuses a key with an empty, "." or ".." component or a '/' in it: a hostile
// map must not name a place outside the target.
Bytes KeyFromPath(std::string_view path);
Result<std::string> PathFromKey(ByteView key);

}  // namespace pulih
