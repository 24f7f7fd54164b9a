#include "formats/spse/container.h"

#include <algorithm>

#include "formats/archive/tar.h"
#include "formats/spse/archive_source.h"
#include "formats/web/warc.h"

namespace pulih::spse {
namespace {

// "page.html.gz" holds "page.html".
std::string WithoutGz(const std::string& name) { return name.size() > 3 && name.substr(name.size() - 3) == ".gz" ? name.substr(0, name.size() - 3) : name; }

const char* WhyLost(UnpackedHow how) { return how == UnpackedHow::too_large ? "larger than is unpacked" : "does not unpack"; }

}  // namespace

GzipFile SurveyGzipSource(ByteView bytes, const SourceWalk& walk) {
  GzipLimits limits;
  limits.inflate.max_output = walk.limits().max_unpacked;
  limits.inflate.search_work = std::min<uint64_t>(256u << 20, bytes.size() * 16 + 65536);
  limits.max_members = static_cast<uint32_t>(std::min<uint64_t>(walk.limits().max_members, 1u << 20));
  return SurveyGzip(bytes, 0, AnyByte(), limits);
}

Unpacked UnpackMember(const GzipMember& member, const SourceWalk& walk) {
  if (member.head_lost) return {};
  return Unpack(member.stream, member.survey, walk.room());
}

Status ReadGzipSource(ByteView bytes, const PageOrigin& origin, uint32_t depth, SourceWalk& walk, SourceSink& sink) {
  const GzipFile file = SurveyGzipSource(bytes, walk);
  PULIH_TRY(sink.Range({0, bytes.size(), SourceFate::skipped, "gzip"}));
  for (const CompressedRange& foreign : file.foreign) PULIH_TRY(sink.Range({foreign.offset, foreign.length, SourceFate::damaged, "bytes of no gzip member"}));
  // Members one behind the other are one text; of a web archive each is a record.
  Bytes whole;
  SourceWalk::Member member{origin, 0, bytes.size(), WithoutGz(origin.name.substr(origin.name.find_last_of('/') + 1)), false};
  for (size_t i = 0; i < file.members.size(); ++i) {
    Unpacked unpacked = UnpackMember(file.members[i], walk);
    if (i == 0 && (web::IsWarcHead(unpacked.bytes) || web::IsArcHead(unpacked.bytes))) return ReadPackedArchive(bytes, file, depth, walk, sink);
    const bool sound = unpacked.how == UnpackedHow::proven;
    const uint64_t end = file.members[i].end_offset;
    if (!sound && unpacked.how != UnpackedHow::part) {
      const SourceWalk::Member lost{origin, file.members[i].offset, end - file.members[i].offset, "member " + std::to_string(i + 1), false};
      PULIH_TRY(walk.Lost(lost, WhyLost(unpacked.how), sink));
      break;  // what follows does not join what came before
    }
    Append(whole, unpacked.bytes);
    member.length = end;
    if (whole.size() > walk.room()) break;
    if (!sound) {
      member.cut = true;
      break;
    }
  }
  if (whole.empty()) return OkStatus();
  member.origin.name = WithoutGz(origin.name);
  return walk.Enter(whole, member, depth, sink);
}

Status ReadTarSource(ByteView bytes, uint32_t depth, SourceWalk& walk, SourceSink& sink) {
  const TarList list = ListTar(bytes, static_cast<size_t>(std::min<uint64_t>(walk.limits().max_members, kMostTarMembers)));
  PULIH_TRY(sink.Range({0, bytes.size(), SourceFate::read, "tar archive"}));
  for (const TarStretch& stretch : list.damaged) PULIH_TRY(sink.Range({stretch.begin, stretch.size, SourceFate::damaged, "bytes of no tar member"}));
  for (const TarMember& member : list.members) {
    if (member.size == 0 || (member.type != '0' && member.type != '\0' && member.type != '7')) continue;
    PageOrigin origin;
    origin.name = member.name;
    const ByteView content = bytes.subspan(static_cast<size_t>(member.begin), static_cast<size_t>(member.size));
    PULIH_TRY(walk.Enter(content, {origin, member.begin, member.size, member.name, member.size < member.stated_size}, depth, sink));
  }
  return OkStatus();
}

Status ReadZipSource(ByteView bytes, const ZipList& list, uint32_t depth, SourceWalk& walk, SourceSink& sink) {
  PULIH_TRY(sink.Range({0, bytes.size(), SourceFate::read, "zip archive"}));
  if (!list.directory_sound) PULIH_TRY(sink.Remark("the directory of the zip archive is lost: its members were found by their own headers"));
  for (const ZipMember& entry : list.members) {
    if (entry.packed_size == 0) continue;
    SourceWalk::Member member;
    member.origin.name = entry.name;
    member.offset = entry.begin;
    member.length = entry.packed_size;
    member.path = entry.name;
    const Unpacked unpacked = UnpackZipMember(bytes, entry, walk.room());
    member.cut = unpacked.how == UnpackedHow::part;
    if (entry.encrypted) {
      PULIH_TRY(sink.Range({member.offset, member.length, SourceFate::skipped, "encrypted member"}));
    } else if (unpacked.how == UnpackedHow::damaged || unpacked.how == UnpackedHow::too_large) {
      PULIH_TRY(walk.Lost(member, WhyLost(unpacked.how), sink));
    } else {
      PULIH_TRY(walk.Enter(unpacked.bytes, member, depth, sink));
    }
  }
  return OkStatus();
}

}  // namespace pulih::spse
