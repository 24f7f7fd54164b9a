#include "formats/archive/zip.h"

#include <algorithm>
#include <optional>

#include "engine/base/endian.h"
#include "formats/archive/stream_checks.h"

namespace pulih {
namespace {

constexpr size_t kLocalHead = 30, kCentralHead = 46, kEnd = 22;
constexpr std::string_view kLocalMark("PK\3\4", 4), kCentralMark("PK\1\2", 4), kEndMark("PK\5\6", 4);

uint16_t Le16(ByteView bytes, size_t at) { return static_cast<uint16_t>(bytes[at] | bytes[at + 1] << 8); }
uint32_t Le32(ByteView bytes, size_t at) { return Le16(bytes, at) | uint32_t{Le16(bytes, at + 2)} << 16; }
uint64_t Le64(ByteView bytes, size_t at) { return Le32(bytes, at) | uint64_t{Le32(bytes, at + 4)} << 32; }

// Sizes and the place of large members stand in an extra field, those in order that do not fit above.
void ReadZip64(ByteView extra, ZipMember& member) {
  for (size_t at = 0; at + 4 <= extra.size();) {
    const size_t size = Le16(extra, at + 2);
    if (size > extra.size() - at - 4) return;
    if (Le16(extra, at) == 1) {
      ByteView values = extra.subspan(at + 4, size);
      for (uint64_t* value : {&member.size, &member.packed_size, &member.header}) {
        if (*value != 0xFFFFFFFF || values.size() < 8) continue;
        *value = Le64(values, 0);
        values = values.subspan(8);
      }
    }
    at += 4 + size;
  }
}

// The header that stands at `at`; its content begins behind it.
std::optional<ZipMember> ReadLocal(ByteView bytes, size_t at) {
  if (at > bytes.size() || bytes.size() - at < kLocalHead || AsText(bytes.subspan(at, 4)) != kLocalMark) return std::nullopt;
  const ByteView head = bytes.subspan(at);
  const size_t name = Le16(head, 26), extra = Le16(head, 28);
  if (name == 0 || name > 4096 || head.size() - kLocalHead < name + extra) return std::nullopt;
  ZipMember member;
  member.header = at;
  member.encrypted = (head[6] & 1) != 0;
  member.sizes_known = (head[6] & 8) == 0;
  member.method = Le16(head, 8);
  member.crc32 = Le32(head, 14);
  member.packed_size = Le32(head, 18);
  member.size = Le32(head, 22);
  member.name = ToText(head.subspan(kLocalHead, name));
  member.begin = at + kLocalHead + name + extra;
  ZipMember wide = member;
  wide.header = 0;  // a local header tells no place
  ReadZip64(head.subspan(kLocalHead + name, extra), wide);
  member.size = wide.size;
  member.packed_size = wide.packed_size;
  return member;
}

bool ListByDirectory(ByteView bytes, ZipList& list) {
  if (bytes.size() < kEnd) return false;
  const size_t from = bytes.size() - std::min<size_t>(bytes.size(), kEnd + 0xFFFF);
  const size_t end = AsText(bytes).rfind(kEndMark);
  if (end == std::string_view::npos || end < from || bytes.size() - end < kEnd) return false;
  size_t at = Le32(bytes, end + 16);
  const size_t count = Le16(bytes, end + 10);
  for (size_t i = 0; i < count; ++i) {
    if (at > end || end - at < kCentralHead || AsText(bytes.subspan(at, 4)) != kCentralMark) return false;
    const ByteView head = bytes.subspan(at, end - at);
    const size_t name = Le16(head, 28), extra = Le16(head, 30), comment = Le16(head, 32);
    if (head.size() - kCentralHead < name + extra + comment) return false;
    ZipMember member;
    member.header = Le32(head, 42);
    member.size = Le32(head, 24);
    member.packed_size = Le32(head, 20);
    ReadZip64(head.subspan(kCentralHead + name, extra), member);
    const std::optional<ZipMember> local = member.header < bytes.size() ? ReadLocal(bytes, static_cast<size_t>(member.header)) : std::nullopt;
    if (!local) return false;
    member.name = local->name;
    member.encrypted = local->encrypted;
    member.method = Le16(head, 10);
    member.crc32 = Le32(head, 16);
    member.begin = local->begin;
    if (member.packed_size > bytes.size() - member.begin) return false;
    list.members.push_back(std::move(member));
    at += kCentralHead + name + extra + comment;
  }
  // Several entries over the same bytes are how archives are made that swell without end.
  std::sort(list.members.begin(), list.members.end(), [](const ZipMember& a, const ZipMember& b) { return a.header < b.header; });
  for (size_t i = 1; i < list.members.size(); ++i) {
    if (list.members[i].header < list.members[i - 1].begin + list.members[i - 1].packed_size) return false;
  }
  return true;
}

void ListByHeaders(ByteView bytes, ZipList& list) {
  const std::string_view text = AsText(bytes);
  for (size_t at = text.find(kLocalMark); at != std::string_view::npos && list.members.size() < kMostZipMembers;) {
    std::optional<ZipMember> member = ReadLocal(bytes, at);
    size_t next = at + 4;
    if (member) {
      const uint64_t left = bytes.size() - member->begin;
      next = static_cast<size_t>(member->begin);
      if (member->sizes_known) {
        // A size that leads past the end is that of a member that is cut, or it is a lie: the next header decides.
        member->packed_size = std::min(member->packed_size, left);
        const size_t other = text.find(kLocalMark, next);
        if (other != std::string_view::npos && member->begin + member->packed_size > other && !ReadLocal(bytes, static_cast<size_t>(std::min<uint64_t>(member->begin + member->packed_size, bytes.size())))) {
          member->packed_size = std::min<uint64_t>(member->packed_size, other - member->begin);
        }
        next += static_cast<size_t>(member->packed_size);
      } else {
        const size_t other = text.find(kLocalMark, next);
        const size_t directory = text.find(kCentralMark, next);
        member->packed_size = std::min(std::min(other, directory), bytes.size()) - member->begin;
        next += static_cast<size_t>(member->packed_size);
      }
      list.members.push_back(std::move(*member));
    }
    at = text.find(kLocalMark, next);
  }
}

}  // namespace

bool IsZipHead(ByteView bytes) { return ReadLocal(bytes, 0).has_value() || (bytes.size() >= kEnd && AsText(bytes.first(4)) == kEndMark); }

ZipList ListZip(ByteView bytes) {
  ZipList list;
  list.directory_sound = ListByDirectory(bytes, list);
  if (list.directory_sound) return list;
  list.members.clear();
  ListByHeaders(bytes, list);
  return list;
}

Unpacked UnpackZipMember(ByteView bytes, const ZipMember& member, uint64_t most) {
  Unpacked unpacked;
  if (member.encrypted || member.begin > bytes.size()) return unpacked;
  const ByteView packed = bytes.subspan(static_cast<size_t>(member.begin), static_cast<size_t>(std::min<uint64_t>(member.packed_size, bytes.size() - member.begin)));
  if (member.method == 8) {
    unpacked = Unpack(packed, DeflateWrap::raw, most);
  } else if (member.method == 0) {
    if (packed.size() > most) {
      unpacked.how = UnpackedHow::too_large;
      return unpacked;
    }
    unpacked.bytes = ToBytes(packed);
    unpacked.how = member.sizes_known && packed.size() < member.size ? UnpackedHow::part : UnpackedHow::whole;
  }
  if (unpacked.how != UnpackedHow::whole) return unpacked;
  uint32_t stated = member.crc32;
  if (!member.sizes_known && stated == 0) {
    // It stands behind the content, with a mark before it or without.
    const ByteView behind = packed.subspan(static_cast<size_t>(std::min<uint64_t>(unpacked.end_offset, packed.size())));
    if (behind.size() < 12) return unpacked;
    stated = Le32(behind, AsText(behind.first(4)) == "PK\7\10" ? 4 : 0);
  }
  unpacked.how = Crc32(unpacked.bytes) == stated ? UnpackedHow::proven : UnpackedHow::damaged;
  return unpacked;
}

}  // namespace pulih
