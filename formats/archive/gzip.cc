#include "formats/archive/gzip.h"

#include <algorithm>
#include <cstring>

#include "engine/base/byte_reader.h"
#include "formats/archive/inflate_decoder.h"
#include "formats/archive/stream_checks.h"

namespace pulih {
namespace {

constexpr uint8_t kMagic[] = {0x1f, 0x8b, 8};
enum Flag : uint8_t { kHeaderCrc = 2, kExtra = 4, kName = 8, kComment = 16, kReserved = 0xe0 };
// A stream that inflates so far by chance does not occur: noise ends within some dozens of symbols.
constexpr size_t kEnoughOutput = 4096;

// A text that ends in a zero byte.
bool ReadText(ByteReader& in, ByteView whole, std::string& text) {
  const ByteView left = whole.subspan(in.offset());
  const void* zero = left.empty() ? nullptr : std::memchr(left.data(), 0, left.size());
  if (zero == nullptr) return false;
  const auto length = static_cast<size_t>(static_cast<const uint8_t*>(zero) - left.data());
  text = ToText(in.Raw(length));
  in.Raw(1);
  return true;
}

// Does a stream begin here that inflates for a while, or to its end?
bool Inflates(ByteView bytes) {
  using Event = InflateDecoder<uint8_t>::Event;
  const std::vector<DeflatePiece> pieces = {{bytes, 0, false}};
  PieceBits in(pieces, false);
  InflateDecoder<uint8_t> decoder(in, {});
  for (size_t output = 0; output < kEnoughOutput;) {
    const size_t before = decoder.run().size();
    switch (decoder.Advance(1024)) {
      case Event::error: return false;
      case Event::more:
      case Event::block: break;
      default: return true;  // to its end, or to the end of what there is
    }
    output += decoder.run().size() - before;
    if (decoder.bit() / 8 > kMostGzipHeader) return true;
  }
  return true;
}

bool BeginsMember(ByteView bytes) {
  const auto header = ReadGzipHeader(bytes.first(std::min(bytes.size(), kMostGzipHeader)));
  return header && Inflates(bytes.subspan(header->size));
}

bool IsPadding(ByteView bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](uint8_t byte) { return byte == 0; });
}

// Bytes that may be read in vain to find where members end, for each byte of the file.
constexpr uint64_t kMostTried = 8;

class FileSurveyor {
 public:
  FileSurveyor(ByteView bytes, uint64_t offset, const ByteSet& allowed, const GzipLimits& limits)
      : bytes_(bytes), offset_(offset), allowed_(allowed), limits_(limits), room_(limits.inflate.max_output) {}

  GzipFile Run() {
    size_t at = 0;
    if (!bytes_.empty() && !BeginsMember(bytes_)) at = Remains();
    while (at < bytes_.size() && file_.members.size() < limits_.max_members) at = Member(at);
    if (at < bytes_.size()) file_.foreign.push_back({offset_ + at, bytes_.size() - at});
    return std::move(file_);
  }

 private:
  GzipMember Try(size_t at, size_t end, bool head_lost) {
    GzipMember member;
    member.stream.wrap = DeflateWrap::gzip;
    member.stream.head_lost = member.head_lost = head_lost;
    // Behind the last member zeros may follow, and behind one that is damaged anything.
    member.stream.ends_here = true;
    AppendPieces(bytes_.subspan(at, end - at), offset_ + at, member.stream.pieces);
    InflateLimits limits = limits_.inflate;
    limits.max_output = room_;
    member.survey = Survey(member.stream, allowed_, limits);
    member.offset = offset_ + at;
    member.end_offset = member.survey.reached_end ? member.survey.end_offset : offset_ + end;
    if (!head_lost) member.header = ReadGzipHeader(bytes_.subspan(at, std::min(end - at, kMostGzipHeader)));
    return member;
  }

  // Bytes before the first member.
  size_t Remains() {
    const size_t end = FindGzipMember(bytes_, 1);
    Between(0, end);
    return end;
  }

  // Bytes that no sound member begins with: a member that was hit early, what is left of one whose head is lost, or
  // nothing of the kind.
  void Between(size_t begin, size_t end) {
    const ByteView bytes = bytes_.subspan(begin, end - begin);
    if (IsPadding(bytes)) return;
    const bool has_header = ReadGzipHeader(bytes.first(std::min(bytes.size(), kMostGzipHeader))).has_value();
    GzipMember member = Try(begin, end, !has_header);
    if (member.survey.output_size == 0) {
      file_.foreign.push_back({offset_ + begin, end - begin});
    } else {
      Keep(std::move(member));
    }
  }

  size_t Member(size_t at) {
    size_t next = FindGzipMember(bytes_, at + 1);
    GzipMember member = Try(at, next, false);
    // What looked like the next member may stand inside this one (files that were compressed and packed again): then this
    // one is whole only with what follows. How much, is tried in steps that double, so that many of them cost no more.
    for (size_t further = next; further < bytes_.size();) {
      if (!CutShort(further == next ? member : longer_) || tried_ > kMostTried * bytes_.size()) break;
      further = FindGzipMember(bytes_, std::max(further + 1, at + 2 * (further - at)));
      tried_ += further - at;
      longer_ = Try(at, further, false);
      if (longer_.survey.check != StreamCheck::agrees) continue;
      member = std::move(longer_);
      const size_t end = member.end_offset - offset_;
      DropBehind(member);
      next = end < further ? FindGzipMember(bytes_, end) : further;
      break;
    }
    const size_t end = member.end_offset - offset_;
    Keep(std::move(member));
    if (end >= next) return next;
    Between(end, next);
    return next;
  }

  // Of the pieces that were tried with a member, those behind its end are none of its own.
  static void DropBehind(GzipMember& member) {
    auto& pieces = member.stream.pieces;
    while (pieces.size() > 1 && pieces.back().offset >= member.end_offset) pieces.pop_back();
    DeflatePiece& last = pieces.back();
    last.bytes = last.bytes.first(static_cast<size_t>(std::min<uint64_t>(last.bytes.size(), member.end_offset - last.offset)));
  }

  // Zeros in what was stored as it is look like a hole, until the checksum behind the end is there to say otherwise.
  static bool CutShort(const GzipMember& member) {
    if (member.survey.check != StreamCheck::not_reached || member.survey.segments.empty()) return false;
    const auto& segments = member.survey.segments;
    return segments.back().end == SegmentEnd::input_end || segments.back().end == SegmentEnd::damage;
  }

  void Keep(GzipMember member) {
    room_ -= std::min(room_, member.survey.output_size);
    file_.members.push_back(std::move(member));
  }

  ByteView bytes_;
  uint64_t offset_;
  const ByteSet& allowed_;
  const GzipLimits& limits_;
  uint64_t room_;
  GzipMember longer_;    // as far as it was tried last
  uint64_t tried_ = 0;   // bytes that were
  GzipFile file_;
};

}  // namespace

std::optional<GzipHeader> ReadGzipHeader(ByteView bytes) {
  if (bytes.size() < kLeastGzipHeader || std::memcmp(bytes.data(), kMagic, sizeof kMagic) != 0) return std::nullopt;
  ByteReader in(bytes);
  GzipHeader header;
  in.Raw(sizeof kMagic);
  const uint8_t flags = in.U8();
  if ((flags & kReserved) != 0) return std::nullopt;
  header.mtime = in.Le32();
  in.U8();  // how hard the writer tried
  header.system = in.U8();
  if ((flags & kExtra) != 0) header.extra = in.Raw(in.Le16());
  if (in.failed()) return std::nullopt;
  if ((flags & kName) != 0 && !ReadText(in, bytes, header.name)) return std::nullopt;
  if ((flags & kComment) != 0 && !ReadText(in, bytes, header.comment)) return std::nullopt;
  if ((flags & kHeaderCrc) != 0) {
    const auto crc = static_cast<uint16_t>(Crc32(bytes.first(in.offset())));
    if (in.Le16() != crc) return std::nullopt;
  }
  if (in.failed()) return std::nullopt;
  header.size = in.offset();
  return header;
}

size_t FindGzipMember(ByteView bytes, size_t from) {
  while (from + kLeastGzipHeader <= bytes.size()) {
    const void* found = memmem(bytes.data() + from, bytes.size() - from, kMagic, sizeof kMagic);
    if (found == nullptr) break;
    const auto at = static_cast<size_t>(static_cast<const uint8_t*>(found) - bytes.data());
    if (BeginsMember(bytes.subspan(at))) return at;
    from = at + 1;
  }
  return bytes.size();
}

GzipFile SurveyGzip(ByteView bytes, uint64_t offset, const ByteSet& allowed, const GzipLimits& limits) {
  return FileSurveyor(bytes, offset, allowed, limits).Run();
}

}  // namespace pulih
