#include "formats/repo/file_entry.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "engine/base/byte_reader.h"
#include "engine/base/byte_writer.h"
#include "engine/base/check.h"
#include "formats/repo/decode_status.h"

namespace pulih {

namespace {

constexpr std::string_view kWhat = "file entry";

constexpr uint8_t kFlagAncestor = 1;
constexpr uint8_t kFlagIncomplete = 2;
constexpr uint8_t kFlagLink = 4;
constexpr uint8_t kFlagXattrs = 8;
constexpr uint8_t kAllFlags = kFlagAncestor | kFlagIncomplete | kFlagLink | kFlagXattrs;

// How a list stands in an entry: not at all, in place, or in a map of its own.
constexpr uint8_t kNone = 0;
constexpr uint8_t kInline = 1;
constexpr uint8_t kOwnMap = 2;

constexpr uint8_t kSegmentData = 1;
constexpr uint8_t kSegmentHole = 2;
constexpr size_t kMinSegment = 2;  // a hole: kind, length
constexpr size_t kMinXattr = 2;    // two lengths

constexpr uint16_t kModeBits = 07777;
constexpr uint32_t kNanosecondsPerSecond = 1'000'000'000;
// off_t is signed: nothing that a file system holds is larger.
constexpr uint64_t kMaxFileSize = std::numeric_limits<int64_t>::max();
// An entry without extended attributes and with one extent takes some 130 bytes.
constexpr size_t kTypicalEntry = 192;

// --- writing -------------------------------------------------------------------------------------------------

bool IsSound(const Extent& extent) {
  return extent.length > 0 && uint64_t{extent.offset} + extent.length <= kMaxObjectSize;
}
bool IsSound(const Hole& hole) { return hole.length > 0 && hole.length <= kMaxFileSize; }

void WriteSegment(const Segment& segment, ByteWriter& out) {
  if (const auto* extent = std::get_if<Extent>(&segment)) {
    PULIH_CHECK(IsSound(*extent));
    out.U8(kSegmentData);
    out.Raw(extent->object.view());
    out.Varint(extent->offset);
    out.Varint(extent->length);
  } else {
    const Hole& hole = std::get<Hole>(segment);
    PULIH_CHECK(IsSound(hole));
    out.U8(kSegmentHole);
    out.Varint(hole.length);
  }
}

// The rules that a whole list keeps: it adds up to `size`, and holes do not adjoin.
class SegmentSum {
 public:
  explicit SegmentSum(uint64_t size) : left_(size) {}
  bool Take(const Segment& segment) {
    const bool is_hole = std::holds_alternative<Hole>(segment);
    const uint64_t length = SegmentLength(segment);
    if (length > left_ || (is_hole && after_hole_)) return false;
    left_ -= length;
    after_hole_ = is_hole;
    return true;
  }
  bool IsComplete() const { return left_ == 0; }

 private:
  uint64_t left_;
  bool after_hole_ = false;
};

void WriteContent(const Content& content, ByteWriter& out) {
  PULIH_CHECK(content.size <= kMaxFileSize);
  out.Varint(content.size);
  out.U8(static_cast<uint8_t>(content.digest_kind));
  out.Raw(content.digest.view());
  if (!content.segment_map.is_zero()) {
    PULIH_CHECK(content.segments.empty() && content.size > 0);
    out.U8(kOwnMap);
    out.Raw(content.segment_map.view());
    return;
  }
  SegmentSum sum(content.size);
  if (!content.segments.empty()) {
    out.U8(kInline);
    out.Varint(content.segments.size());
    for (const Segment& segment : content.segments) {
      WriteSegment(segment, out);
      PULIH_CHECK(sum.Take(segment));
    }
  } else {
    out.U8(kNone);
  }
  PULIH_CHECK(sum.IsComplete());
}

void WriteXattrs(const FileEntry& entry, ByteWriter& out) {
  if (!entry.xattr_map.is_zero()) {
    PULIH_CHECK(entry.xattrs.empty());
    out.U8(kOwnMap);
    out.Raw(entry.xattr_map.view());
    return;
  }
  out.U8(kInline);
  out.Varint(entry.xattrs.size());
  for (size_t i = 0; i < entry.xattrs.size(); ++i) {
    PULIH_CHECK(i == 0 || entry.xattrs[i - 1].name < entry.xattrs[i].name);
    out.Sized(entry.xattrs[i].name);
    out.Sized(entry.xattrs[i].value);
  }
}

// --- reading -------------------------------------------------------------------------------------------------
// These fail the reader where a rule is broken; the caller asks it once at the end.

uint32_t ReadVarint32(ByteReader& in) {
  const uint64_t value = in.Varint();
  if (value > std::numeric_limits<uint32_t>::max()) in.Fail();
  return static_cast<uint32_t>(value);
}

ObjectId ReadMapRoot(ByteReader& in) {
  ObjectId id;
  id.bytes = in.Array<ObjectId::kSize>();
  if (id.is_zero()) in.Fail();
  return id;
}

Segment ReadSegment(ByteReader& in) {
  switch (in.U8()) {
    case kSegmentData: {
      Extent extent;
      extent.object.bytes = in.Array<ObjectId::kSize>();
      extent.offset = ReadVarint32(in);
      extent.length = ReadVarint32(in);
      if (!IsSound(extent)) in.Fail();
      return extent;
    }
    case kSegmentHole: {
      const Hole hole{in.Varint()};
      if (!IsSound(hole)) in.Fail();
      return hole;
    }
    default:
      in.Fail();
      return Hole{};
  }
}

std::vector<Segment> ReadSegments(ByteReader& in, uint64_t size) {
  const uint64_t count = in.Varint();
  std::vector<Segment> segments;
  if (count == 0 || count > in.remaining() / kMinSegment) {
    in.Fail();
    return segments;
  }
  // No more than the input's own size in advance: `count` is not to be believed yet.
  segments.reserve(static_cast<size_t>(std::min<uint64_t>(count, in.remaining() / sizeof(Segment) + 1)));
  SegmentSum sum(size);
  for (uint64_t i = 0; i < count && !in.failed(); ++i) {
    segments.push_back(ReadSegment(in));
    if (!sum.Take(segments.back())) in.Fail();
  }
  if (!sum.IsComplete()) in.Fail();
  return segments;
}

Content ReadContent(ByteReader& in) {
  Content content;
  content.size = in.Varint();
  if (content.size > kMaxFileSize) in.Fail();
  const uint8_t digest_kind = in.U8();
  if (digest_kind != static_cast<uint8_t>(DigestKind::sha256) &&
      digest_kind != static_cast<uint8_t>(DigestKind::sparse_sha256)) {
    in.Fail();
  }
  content.digest_kind = static_cast<DigestKind>(digest_kind);
  content.digest.bytes = in.Array<Digest::kSize>();
  switch (in.U8()) {
    case kNone:
      if (content.size != 0) in.Fail();
      break;
    case kInline:
      content.segments = ReadSegments(in, content.size);
      break;
    case kOwnMap:
      content.segment_map = ReadMapRoot(in);
      if (content.size == 0) in.Fail();
      break;
    default:
      in.Fail();
  }
  return content;
}

void ReadXattrs(ByteReader& in, FileEntry& entry) {
  const uint8_t how = in.U8();
  if (how == kOwnMap) {
    entry.xattr_map = ReadMapRoot(in);
    return;
  }
  const uint64_t count = in.Varint();
  if (how != kInline || count == 0 || count > in.remaining() / kMinXattr) {
    in.Fail();
    return;
  }
  entry.xattrs.reserve(static_cast<size_t>(std::min<uint64_t>(count, in.remaining() / sizeof(Xattr) + 1)));
  for (uint64_t i = 0; i < count && !in.failed(); ++i) {
    Xattr xattr;
    xattr.name = std::string(in.SizedText());
    xattr.value = ToBytes(in.Sized());
    if (!entry.xattrs.empty() && !(entry.xattrs.back().name < xattr.name)) in.Fail();
    entry.xattrs.push_back(std::move(xattr));
  }
}

void ReadByType(ByteReader& in, FileEntry& entry) {
  switch (entry.type) {
    case FileType::regular:
      entry.content = ReadContent(in);
      break;
    case FileType::symlink:
      entry.symlink_target = std::string(in.SizedText());
      break;
    case FileType::character_device:
    case FileType::block_device:
      entry.device_major = ReadVarint32(in);
      entry.device_minor = ReadVarint32(in);
      break;
    case FileType::directory:
    case FileType::fifo:
    case FileType::socket:
      break;
  }
}

bool IsKnownType(uint8_t type) {
  return type >= static_cast<uint8_t>(FileType::regular) && type <= static_cast<uint8_t>(FileType::socket);
}

}  // namespace

Bytes EncodeFileEntry(const FileEntry& entry) {
  PULIH_CHECK((entry.mode & ~kModeBits) == 0 && entry.mtime_nanoseconds < kNanosecondsPerSecond);
  const bool has_link = !entry.link.is_zero();
  const bool has_xattrs = !entry.xattrs.empty() || !entry.xattr_map.is_zero();

  ByteWriter out;
  out.bytes().reserve(kTypicalEntry);
  out.U8(kFileEntryVersion);
  out.U8(static_cast<uint8_t>(entry.type));
  out.U8(static_cast<uint8_t>((entry.ancestor ? kFlagAncestor : 0) | (entry.incomplete ? kFlagIncomplete : 0) |
                              (has_link ? kFlagLink : 0) | (has_xattrs ? kFlagXattrs : 0)));
  out.Varint(entry.mode);
  out.Varint(entry.uid);
  out.Varint(entry.gid);
  out.Sized(entry.user);
  out.Sized(entry.group);
  out.SignedVarint(entry.mtime_seconds);
  out.Varint(entry.mtime_nanoseconds);
  if (has_link) out.Raw(entry.link.view());
  switch (entry.type) {
    case FileType::regular:
      WriteContent(entry.content, out);
      break;
    case FileType::symlink:
      out.Sized(entry.symlink_target);
      break;
    case FileType::character_device:
    case FileType::block_device:
      out.Varint(entry.device_major);
      out.Varint(entry.device_minor);
      break;
    case FileType::directory:
    case FileType::fifo:
    case FileType::socket:
      break;
  }
  if (has_xattrs) WriteXattrs(entry, out);
  return std::move(out).Take();
}

Result<FileEntry> DecodeFileEntry(ByteView bytes) {
  ByteReader in(bytes);
  const uint8_t version = in.U8(), type = in.U8(), flags = in.U8();
  if (in.failed()) return CorruptIn(kWhat, "it is cut short");
  PULIH_TRY(CheckVersion(kWhat, version, kFileEntryVersion));
  if (!IsKnownType(type)) return CorruptIn(kWhat, "its type is not known");
  if ((flags & ~kAllFlags) != 0) return CorruptIn(kWhat, "a reserved flag is set");

  FileEntry entry;
  entry.type = static_cast<FileType>(type);
  entry.ancestor = (flags & kFlagAncestor) != 0;
  entry.incomplete = (flags & kFlagIncomplete) != 0;
  const uint64_t mode = in.Varint();
  if (mode > kModeBits) in.Fail();
  entry.mode = static_cast<uint16_t>(mode);
  entry.uid = ReadVarint32(in);
  entry.gid = ReadVarint32(in);
  entry.user = std::string(in.SizedText());
  entry.group = std::string(in.SizedText());
  entry.mtime_seconds = in.SignedVarint();
  entry.mtime_nanoseconds = ReadVarint32(in);
  if (entry.mtime_nanoseconds >= kNanosecondsPerSecond) in.Fail();
  if (flags & kFlagLink) {
    entry.link.bytes = in.Array<HardLinkId::kSize>();
    if (entry.link.is_zero()) in.Fail();
  }
  ReadByType(in, entry);
  if (flags & kFlagXattrs) ReadXattrs(in, entry);
  if (!in.Finish()) return CorruptIn(kWhat, "it is cut short, too long, or a field is not in its canonical form");
  return entry;
}

Bytes EncodeContent(const Content& content) {
  ByteWriter out;
  out.bytes().reserve(kTypicalEntry);
  WriteContent(content, out);
  return std::move(out).Take();
}

Result<Content> DecodeContent(ByteView bytes) {
  ByteReader in(bytes);
  Content content = ReadContent(in);
  if (!in.Finish()) return CorruptIn("file content", "it is cut short, too long, or a field is not in its canonical form");
  return content;
}

Bytes EncodeSegment(const Segment& segment) {
  ByteWriter out;
  WriteSegment(segment, out);
  return std::move(out).Take();
}

Result<Segment> DecodeSegment(ByteView bytes) {
  ByteReader in(bytes);
  Segment segment = ReadSegment(in);
  if (!in.Finish()) return CorruptIn("file segment", "it is cut short, too long, or a field is not in its canonical form");
  return segment;
}

uint64_t SegmentLength(const Segment& segment) {
  const auto* extent = std::get_if<Extent>(&segment);
  return extent ? extent->length : std::get<Hole>(segment).length;
}

std::vector<ObjectId> LinksOf(const FileEntry& entry) {
  std::vector<ObjectId> links;
  auto mention = [&links](const ObjectId& id) {
    // Inline lists are short (kMaxInlineValue), so a search through them is cheaper than a set.
    if (!id.is_zero() && std::find(links.begin(), links.end(), id) == links.end()) links.push_back(id);
  };
  if (entry.type == FileType::regular) {
    for (const Segment& segment : entry.content.segments) {
      if (const auto* extent = std::get_if<Extent>(&segment)) mention(extent->object);
    }
    mention(entry.content.segment_map);
  }
  mention(entry.xattr_map);
  return links;
}

Bytes KeyFromPath(std::string_view path) {
  Bytes key = ToBytes(path);
  std::replace(key.begin(), key.end(), uint8_t{'/'}, uint8_t{0});
  return key;
}

Result<std::string> PathFromKey(ByteView key) {
  std::string path = ToText(key);
  if (path.find('/') != std::string::npos) return CorruptIn("path key", "a component holds a slash");
  std::replace(path.begin(), path.end(), '\0', '/');
  if (path.empty()) return path;  // the root directory itself: no components
  for (size_t at = 0; at <= path.size();) {
    const size_t end = std::min(path.find('/', at), path.size());
    const std::string_view component = std::string_view(path).substr(at, end - at);
    if (component.empty()) return CorruptIn("path key", "a component is empty");
    if (component == "." || component == "..") return CorruptIn("path key", "a component is . or ..");
    at = end + 1;
  }
  return path;
}

}  // namespace pulih
