#include "formats/repo/pack.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <string>
#include <utility>

#include "engine/base/byte_reader.h"
#include "engine/base/byte_writer.h"
#include "engine/base/check.h"
#include "formats/repo/decode_status.h"
#include "formats/repo/frame.h"

namespace pulih {

namespace {

constexpr std::string_view kPackMagic = "PULIHPAK";
constexpr std::string_view kPackEndMagic = "PULIHEND";
constexpr std::string_view kWrapMagic = "PULIHWRP";
constexpr uint32_t kDirectoryVersion = 1;

static_assert(kPackHeadFixedSize == 8 + 2 + 1 + 1 + 16 + 16 + 2 + 2);
static_assert(kPackHeadFixedSize % kFrameAlignment == 0 && kWrapSize % kFrameAlignment == 0);

bool IsKnownPackKind(uint8_t kind) {
  return kind == static_cast<uint8_t>(PackFileKind::data) || kind == static_cast<uint8_t>(PackFileKind::tree);
}

}  // namespace

// --- head ----------------------------------------------------------------------------------------------------

Bytes WrapSigningInput(const DomainId& domain, const SessionWrap& wrap) {
  ByteWriter out;
  out.Raw(AsBytes(kWrapMagic));
  out.Raw(domain.view());
  out.Raw(wrap.session.view());
  out.Raw(wrap.sealed_key);
  out.Raw(wrap.writer.view());
  return std::move(out).Take();
}

Bytes EncodePackHead(const PackHead& head) {
  PULIH_CHECK(head.wraps.size() <= kMaxPackWraps);
  ByteWriter out;
  out.bytes().reserve(head.encoded_size());
  out.Raw(AsBytes(kPackMagic));
  out.Le16(kPackVersion);
  out.U8(static_cast<uint8_t>(head.kind));
  out.U8(0);
  out.Raw(head.domain.view());
  out.Raw(head.writer.view());
  out.Le16(static_cast<uint16_t>(head.wraps.size()));
  out.Zeros(2);
  for (const SessionWrap& wrap : head.wraps) {
    out.Raw(wrap.session.view());
    out.Raw(wrap.sealed_key);
    out.Raw(wrap.writer.view());
    out.Raw(wrap.signature);
  }
  out.Zeros(head.encoded_size() - out.size());
  return std::move(out).Take();
}

namespace {

constexpr std::string_view kHead = "pack head";

// The fixed part. `wraps` receives their number, which is within bounds.
Result<PackHead> DecodeFixedHead(ByteReader& in, uint16_t& wraps) {
  if (!Equal(in.Raw(kPackMagic.size()), AsBytes(kPackMagic))) return CorruptIn(kHead, "it does not start with PULIHPAK");
  const uint16_t version = in.Le16();
  if (in.failed()) return CorruptIn(kHead, "it is cut short");
  PULIH_TRY(CheckVersion(kHead, version, kPackVersion));

  PackHead head;
  const uint8_t kind = in.U8(), reserved = in.U8();
  head.domain.bytes = in.Array<DomainId::kSize>();
  head.writer.bytes = in.Array<WriterId::kSize>();
  wraps = in.Le16();
  const uint16_t more_reserved = in.Le16();
  if (in.failed()) return CorruptIn(kHead, "it is cut short");
  if (!IsKnownPackKind(kind)) return CorruptIn(kHead, "its kind is not known");
  if (reserved != 0 || more_reserved != 0) return CorruptIn(kHead, "a reserved byte is not zero");
  if (wraps > kMaxPackWraps) return CorruptIn(kHead, "it names too many session keys");
  head.kind = static_cast<PackFileKind>(kind);
  return head;
}

size_t HeadSizeFor(uint16_t wraps) { return kPackHeadFixedSize + size_t{wraps} * kWrapSize; }

}  // namespace

Result<size_t> PackHeadSize(ByteView fixed) {
  ByteReader in(fixed);
  uint16_t wraps = 0;
  PULIH_TRY_ASSIGN([[maybe_unused]] const PackHead head, DecodeFixedHead(in, wraps));
  return HeadSizeFor(wraps);
}

Result<PackHead> DecodePackHead(ByteView bytes) {
  ByteReader in(bytes);
  uint16_t wraps = 0;
  PULIH_TRY_ASSIGN(PackHead head, DecodeFixedHead(in, wraps));
  if (bytes.size() < HeadSizeFor(wraps)) {
    return Status(Code::too_large, "decode pack head: it takes " + std::to_string(HeadSizeFor(wraps)) + " bytes and " +
                                       std::to_string(bytes.size()) + " were read");
  }
  head.wraps.reserve(wraps);
  for (uint16_t i = 0; i < wraps; ++i) {
    SessionWrap wrap;
    wrap.session.bytes = in.Array<SessionId::kSize>();
    wrap.sealed_key = in.Array<kSealedKeySize>();
    wrap.writer.bytes = in.Array<WriterId::kSize>();
    wrap.signature = in.Array<64>();
    head.wraps.push_back(wrap);
  }
  return head;
}

// --- directory -------------------------------------------------------------------------------------------------

namespace {

constexpr std::string_view kDirectory = "pack directory";
constexpr size_t kMinDirectoryEntry = 32 + 1 + 2 + 4 + 4 + 4 + 32 + 1;

// What holds of an entry by itself. `end` is where the frame before it ends.
bool IsSound(const PackEntry& entry, uint64_t end) {
  const bool aligned = entry.offset % kFrameAlignment == 0 && entry.sealed_size % kFrameAlignment == 0;
  // A payload is never larger than its plaintext.
  const bool sizes = entry.plain_size <= kMaxObjectSize && entry.sealed_size >= FrameSizeFor(0) &&
                     entry.sealed_size <= FrameSizeFor(entry.plain_size);
  const bool place = entry.offset >= end && uint64_t{entry.offset} + entry.sealed_size <= kMaxPackSize;
  // Only nodes name objects.
  return aligned && sizes && place && (entry.links.empty() || entry.kind == ObjectKind::node);
}

bool IsKnownObjectKind(uint8_t kind) {
  return kind >= static_cast<uint8_t>(ObjectKind::chunk) && kind <= static_cast<uint8_t>(ObjectKind::node);
}

// True when all that is left is zeros: padding.
bool OnlyZerosLeft(ByteReader& in) {
  const ByteView rest = in.Raw(in.remaining());
  return !in.failed() && std::all_of(rest.begin(), rest.end(), [](uint8_t b) { return b == 0; });
}

Result<PackEntry> ReadEntry(ByteReader& in) {
  PackEntry entry;
  entry.id.bytes = in.Array<ObjectId::kSize>();
  const uint8_t kind = in.U8();
  entry.session_index = in.Le16();
  entry.offset = in.Le32();
  entry.sealed_size = in.Le32();
  entry.plain_size = in.Le32();
  entry.frame_digest.bytes = in.Array<Digest::kSize>();
  const uint64_t links = in.Varint();
  if (in.failed()) return CorruptIn(kDirectory, "it is cut short");
  if (!IsKnownObjectKind(kind)) {
    return Status(Code::unsupported, "decode pack directory: object kind " + std::to_string(kind) + " is not known to this program");
  }
  entry.kind = static_cast<ObjectKind>(kind);
  if (links > in.remaining() / ObjectId::kSize) return CorruptIn(kDirectory, "an entry names more objects than it can hold");
  entry.links.resize(static_cast<size_t>(links));
  for (ObjectId& link : entry.links) link.bytes = in.Array<ObjectId::kSize>();
  return entry;
}

}  // namespace

Bytes EncodePackDirectory(const std::vector<PackEntry>& entries) {
  ByteWriter out;
  size_t size = 4 + 10;
  for (const PackEntry& entry : entries) size += kMinDirectoryEntry + 9 + entry.links.size() * ObjectId::kSize;
  out.bytes().reserve(size);
  out.Le32(kDirectoryVersion);
  out.Varint(entries.size());
  uint64_t end = kPackHeadFixedSize;
  for (const PackEntry& entry : entries) {
    PULIH_CHECK(IsSound(entry, end));
    end = uint64_t{entry.offset} + entry.sealed_size;
    out.Raw(entry.id.view());
    out.U8(static_cast<uint8_t>(entry.kind));
    out.Le16(entry.session_index);
    out.Le32(entry.offset);
    out.Le32(entry.sealed_size);
    out.Le32(entry.plain_size);
    out.Raw(entry.frame_digest.view());
    out.Varint(entry.links.size());
    for (const ObjectId& link : entry.links) out.Raw(link.view());
  }
  return std::move(out).Take();
}

Result<std::vector<PackEntry>> DecodePackDirectory(ByteView bytes) {
  if (bytes.size() > kMaxDirectorySize) return CorruptIn(kDirectory, "it is larger than a directory may be");
  ByteReader in(bytes);
  const uint32_t version = in.Le32();
  const uint64_t count = in.Varint();
  if (in.failed()) return CorruptIn(kDirectory, "it is cut short");
  PULIH_TRY(CheckVersion(kDirectory, version, kDirectoryVersion));
  if (count > in.remaining() / kMinDirectoryEntry) return CorruptIn(kDirectory, "it names more entries than it can hold");

  std::vector<PackEntry> entries;
  entries.reserve(static_cast<size_t>(count));
  uint64_t end = kPackHeadFixedSize;
  for (uint64_t i = 0; i < count; ++i) {
    PULIH_TRY_ASSIGN(PackEntry entry, ReadEntry(in));
    if (!IsSound(entry, end)) return CorruptIn(kDirectory, "an entry's place or sizes make no sense");
    end = uint64_t{entry.offset} + entry.sealed_size;
    entries.push_back(std::move(entry));
  }
  if (!OnlyZerosLeft(in)) return CorruptIn(kDirectory, "what follows its entries is not padding");
  return entries;
}

// --- members ---------------------------------------------------------------------------------------------------

namespace {

constexpr std::string_view kMembers = "pack members";
constexpr size_t kMinMember = 32 + 1 + 1 + 1;

bool IsSound(const PackMember& member) {
  return member.length > 0 && uint64_t{member.offset} + member.length <= kMaxObjectSize;
}

uint32_t ReadVarint32(ByteReader& in) {
  const uint64_t value = in.Varint();
  if (value > std::numeric_limits<uint32_t>::max()) in.Fail();
  return static_cast<uint32_t>(value);
}

}  // namespace

Bytes EncodePackMembers(const std::vector<PackMember>& members) {
  ByteWriter out;
  out.bytes().reserve(4 + 10 + members.size() * (kMinMember + 8));
  out.Le32(kDirectoryVersion);
  out.Varint(members.size());
  for (const PackMember& member : members) {
    PULIH_CHECK(IsSound(member));
    out.Raw(member.file.view());
    out.Varint(member.entry_index);
    out.Varint(member.offset);
    out.Varint(member.length);
  }
  return std::move(out).Take();
}

Result<std::vector<PackMember>> DecodePackMembers(ByteView bytes) {
  if (bytes.size() > kMaxDirectorySize) return CorruptIn(kMembers, "they are larger than a directory may be");
  ByteReader in(bytes);
  const uint32_t version = in.Le32();
  const uint64_t count = in.Varint();
  if (in.failed()) return CorruptIn(kMembers, "they are cut short");
  PULIH_TRY(CheckVersion(kMembers, version, kDirectoryVersion));
  if (count > in.remaining() / kMinMember) return CorruptIn(kMembers, "they name more files than they can hold");

  std::vector<PackMember> members;
  members.reserve(static_cast<size_t>(count));
  for (uint64_t i = 0; i < count; ++i) {
    PackMember member;
    member.file.bytes = in.Array<FileId::kSize>();
    member.entry_index = ReadVarint32(in);
    member.offset = ReadVarint32(in);
    member.length = ReadVarint32(in);
    if (in.failed() || !IsSound(member)) return CorruptIn(kMembers, "a member is cut short or its place makes no sense");
    members.push_back(member);
  }
  if (!OnlyZerosLeft(in)) return CorruptIn(kMembers, "what follows them is not padding");
  return members;
}

// --- tail ------------------------------------------------------------------------------------------------------

namespace {

constexpr std::string_view kTail = "pack tail";

// Whether the parts that the tail names fill a pack of `pack_size` bytes exactly.
bool Fits(const PackTail& tail, uint64_t pack_size) {
  if (pack_size > kMaxPackSize || pack_size < kPackHeadFixedSize + kPackTailSize) return false;
  if (tail.directory_size > kMaxDirectorySize || tail.members_size > kMaxDirectorySize) return false;
  if (tail.directory_offset < kPackHeadFixedSize || tail.directory_offset > pack_size) return false;
  return tail.directory_offset + tail.directory_size + tail.members_size + kPackTailSize == pack_size;
}

}  // namespace

Bytes EncodePackTail(const PackTail& tail) {
  ByteWriter out;
  out.bytes().reserve(kPackTailSize);
  out.Le64(tail.directory_offset);
  out.Le32(tail.directory_size);
  out.Le32(tail.members_size);
  out.Raw(tail.body_digest.view());
  out.Raw(tail.directory_digest.view());
  out.Raw(tail.directory_key_for_structure);
  out.Raw(tail.directory_key_for_writer);
  out.Raw(tail.members_key_for_writer);
  out.Raw(tail.writer.view());
  out.Raw(AsBytes(kPackEndMagic));
  out.Raw(tail.signature);
  PULIH_CHECK(out.size() == kPackTailSize);
  return std::move(out).Take();
}

Result<PackTail> DecodePackTail(ByteView bytes, uint64_t pack_size) {
  if (bytes.size() != kPackTailSize) return CorruptIn(kTail, "it is cut short");
  ByteReader in(bytes);
  PackTail tail;
  tail.directory_offset = in.Le64();
  tail.directory_size = in.Le32();
  tail.members_size = in.Le32();
  tail.body_digest.bytes = in.Array<Digest::kSize>();
  tail.directory_digest.bytes = in.Array<Digest::kSize>();
  tail.directory_key_for_structure = in.Array<kSealedKeySize>();
  tail.directory_key_for_writer = in.Array<kSealedKeySize>();
  tail.members_key_for_writer = in.Array<kSealedKeySize>();
  tail.writer.bytes = in.Array<WriterId::kSize>();
  const bool ends_well = Equal(in.Raw(kPackEndMagic.size()), AsBytes(kPackEndMagic));
  tail.signature = in.Array<64>();
  if (!in.Finish() || !ends_well) return CorruptIn(kTail, "it does not end with PULIHEND and a signature");
  if (!Fits(tail, pack_size)) return CorruptIn(kTail, "its sizes do not fit a pack of " + std::to_string(pack_size) + " bytes");
  return tail;
}

uint64_t PadmeLength(uint64_t length) {
  if (length < 2) return length;
  const unsigned exponent = static_cast<unsigned>(std::bit_width(length)) - 1;
  const unsigned kept_bits = static_cast<unsigned>(std::bit_width(exponent));
  const uint64_t mask = (uint64_t{1} << (exponent - kept_bits)) - 1;
  // Near 2^64 there is no next step; no pack comes near.
  if (length > std::numeric_limits<uint64_t>::max() - mask) return length;
  return (length + mask) & ~mask;
}

}  // namespace pulih
