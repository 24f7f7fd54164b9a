// Survey: the first of the two steps of marker_inflate.h, which decodes a stream to learn what it is worth.
#include <algorithm>
#include <memory>
#include <optional>

#include "formats/archive/block_search.h"
#include "formats/archive/frame_inflate.h"
#include "formats/archive/gzip.h"
#include "formats/archive/inflate_decoder.h"
#include "formats/archive/marker_inflate.h"
#include "formats/archive/stream_checks.h"

namespace pulih {
namespace {

constexpr size_t kStep = 1024;
constexpr uint64_t kRatioMatters = 1u << 20;
// A search may read so much in vain for each byte of the stream, and a little more for short ones.
constexpr uint64_t kWorkForEachByte = 8, kWorkAnyway = 16u << 20;

constexpr unsigned TrailerSize(DeflateWrap wrap) {
  return wrap == DeflateWrap::zlib ? 4 : wrap == DeflateWrap::gzip ? 8 : 0;
}

bool IsZlibHeader(uint8_t method, uint8_t flags) {
  constexpr uint8_t kPresetDictionary = 0x20;
  return (method & 15) == 8 && (method >> 4) <= 7 && (method * 256 + flags) % 31 == 0 &&
         (flags & kPresetDictionary) == 0;
}

class Surveyor {
 public:
  Surveyor(const DeflateStream& stream, const ByteSet& allowed, const InflateLimits& limits, bool read_damage)
      : stream_(stream),
        allowed_(allowed),
        limits_(limits),
        trailer_(TrailerSize(stream.wrap)),
        in_(stream.pieces, read_damage),
        decoder_(in_, {}) {}

  // The whole stream in one segment, or nothing.
  bool Whole() {
    AddSegment(DecodeSegment(Head(), 0));
    if (last().end != SegmentEnd::stream_end) return false;
    Trailer();
    if (survey_.check != StreamCheck::agrees) return false;
    last().trust = SegmentTrust::proven;
    return true;
  }

  void Run() {
    std::optional<uint64_t> begin;
    bool at_beginning = false;
    if (!stream_.head_lost && !BeginsWithDamage()) {
      begin = Head();
      at_beginning = true;
    } else {
      begin = Resume(0);
    }
    while (begin) {
      InflateSegment segment = DecodeSegment(*begin, at_beginning ? 0 : ++resyncs_);
      if (!at_beginning) segment.trust = SegmentTrust::behind;
      at_beginning = false;
      AddSegment(segment);
      begin = Judge();
    }
  }

  InflateSurvey Take() { return std::move(survey_); }

 private:
  InflateSegment& last() { return survey_.segments.back(); }
  const InflateSegment& last() const { return survey_.segments.back(); }

  bool BeginsWithDamage() const { return stream_.pieces.empty() || stream_.pieces.front().damaged; }

  // Where the first block begins. Where the header is not sound it is taken to have its shortest size: its bytes may be
  // all that was hit, and the checksum will tell.
  uint64_t Head() { return std::min(HeaderBits(), in_.total_bytes() * 8); }

  uint64_t HeaderBits() {
    if (stream_.wrap == DeflateWrap::raw) {
      survey_.head_sound = true;
      return 0;
    }
    if (stream_.wrap == DeflateWrap::zlib) {
      in_.Seek(0);
      if (in_.Need(16)) {
        const uint32_t header = in_.Take(16);
        survey_.head_sound = IsZlibHeader(header & 0xff, static_cast<uint8_t>(header >> 8));
      }
      return 16;
    }
    Bytes head;
    for (const DeflatePiece& piece : stream_.pieces) {
      if (piece.damaged || head.size() >= kMostGzipHeader) break;
      Append(head, piece.bytes.first(std::min(piece.bytes.size(), kMostGzipHeader - head.size())));
    }
    const auto header = ReadGzipHeader(head);
    survey_.head_sound = header.has_value();
    return (header ? header->size : kLeastGzipHeader) * 8;
  }

  void AddSegment(const InflateSegment& segment) {
    survey_.segments.push_back(segment);
    survey_.output_size += segment.output_size;
  }

  InflateSegment DecodeSegment(uint64_t begin, uint32_t resync) {
    using Event = InflateDecoder<uint8_t>::Event;
    InflateSegment segment;
    segment.resync = resync;
    segment.begin_bit = begin;
    decoder_.Start(begin, resync == 0);
    adler_ = kAdler32Start;
    crc_ = kCrc32Start;
    Event event = Event::more;
    uint64_t before_block = 0;
    while ((event == Event::more || event == Event::block) && !OverLimit(segment)) {
      const bool header = !decoder_.in_block();
      event = decoder_.Advance(kStep);
      // A header that is sound says that the block before was read to its true end; one of fixed codes says nothing.
      if (header && event == Event::more && decoder_.header().kind != DeflateBlock::fixed)
        before_block = segment.output_size + decoder_.run().size();
      if (decoder_.run_full()) TakeRun(segment);
    }
    TakeRun(segment);
    switch (event) {
      case Event::more:
      case Event::block: segment.end = SegmentEnd::limit; break;
      case Event::stream_end: segment.end = SegmentEnd::stream_end; break;
      case Event::damage: segment.end = SegmentEnd::damage; break;
      case Event::input_end: segment.end = SegmentEnd::input_end; break;
      case Event::error: segment.end = SegmentEnd::error; break;
    }
    // The last step may have passed the limit.
    const uint64_t room = limits_.max_output - std::min(limits_.max_output, survey_.output_size);
    if (segment.output_size > room) {
      segment.output_size = room;
      segment.end = SegmentEnd::limit;
    }
    before_block_ = std::min(before_block, segment.output_size);
    segment.sound_size = segment.output_size;
    segment.end_bit = decoder_.bit();
    segment.begin_offset = in_.FileOffset(begin / 8);
    segment.end_offset = std::max(segment.begin_offset, in_.FileEnd((segment.end_bit + 7) / 8));
    return segment;
  }

  bool OverLimit(const InflateSegment& segment) const {
    const uint64_t output = segment.output_size + decoder_.run().size();
    if (survey_.output_size + output > limits_.max_output) return true;
    const uint64_t input = (decoder_.bit() - segment.begin_bit) / 8 + 1;
    return output >= kRatioMatters && output / input > limits_.max_ratio;
  }

  void TakeRun(InflateSegment& segment) {
    const auto run = decoder_.run();
    segment.output_size += run.size();
    if (segment.resync == 0) {
      if (stream_.wrap == DeflateWrap::zlib) adler_ = Adler32(run, adler_);
      if (stream_.wrap == DeflateWrap::gzip) crc_ = Crc32(run, crc_);
    }
    decoder_.NextRun();
  }

  // The stream's last block ended where the last segment does: what does its checksum say?
  void Trailer() {
    const uint64_t byte = (last().end_bit + 7) / 8;
    survey_.reached_end = true;
    survey_.end_bit = (byte + trailer_) * 8;
    survey_.end_offset = in_.FileEnd(std::min(byte + trailer_, in_.total_bytes()));
    if (trailer_ == 0) {
      survey_.check = StreamCheck::none;
      return;
    }
    if (in_.Following(byte) < trailer_ || last().resync != 0) {
      survey_.check = StreamCheck::not_reached;
      return;
    }
    in_.Seek(byte * 8);
    bool agrees;
    if (stream_.wrap == DeflateWrap::zlib) {
      uint32_t stored = 0;
      for (int i = 0; i < 4 && in_.Need(8); ++i) stored = stored << 8 | in_.Take(8);
      agrees = stored == adler_;
    } else {
      const bool crc_agrees = in_.Need(32) && in_.Take(32) == crc_;
      agrees = in_.Need(32) && in_.Take(32) == static_cast<uint32_t>(last().output_size) && crc_agrees;
    }
    survey_.check = agrees ? StreamCheck::agrees : StreamCheck::disagrees;
  }

  // What the last segment is worth, and where to go on, if anywhere.
  std::optional<uint64_t> Judge() {
    InflateSegment& segment = last();
    if (survey_.segments.size() >= limits_.max_segments) return std::nullopt;
    switch (segment.end) {
      case SegmentEnd::limit: return std::nullopt;
      case SegmentEnd::input_end:
        if (stream_.ends_here) Suspect(segment, before_block_);
        return std::nullopt;
      case SegmentEnd::damage: return Resume(segment.end_bit);
      case SegmentEnd::error:
        Suspect(segment, 0);
        ++survey_.errors;
        return Resume(segment.end_bit + 1);
      case SegmentEnd::stream_end: return JudgeEnd(segment);
    }
    return std::nullopt;
  }

  static void Suspect(InflateSegment& segment, uint64_t sound_size) {
    segment.trust = SegmentTrust::suspect;
    segment.sound_size = sound_size;
  }

  std::optional<uint64_t> JudgeEnd(InflateSegment& segment) {
    Trailer();
    if (survey_.check == StreamCheck::agrees) {
      segment.trust = SegmentTrust::proven;
      return std::nullopt;
    }
    if (survey_.check == StreamCheck::none && !stream_.ends_here) return std::nullopt;
    const bool more = survey_.end_bit < in_.total_bytes() * 8;
    const bool misplaced = stream_.ends_here && more && !TailIsDamaged();
    if (survey_.check == StreamCheck::disagrees || misplaced) Suspect(segment, 0);
    const bool cut = survey_.end_bit > in_.total_bytes() * 8;
    if (stream_.ends_here && cut) Suspect(segment, before_block_);
    if (!more || segment.trust != SegmentTrust::suspect) return std::nullopt;
    // Damage made a last block where there was none, or something else follows the stream.
    const auto next = Resume(segment.end_bit);
    if (!next) return std::nullopt;
    segment.end = SegmentEnd::error;
    ++survey_.errors;
    survey_.reached_end = false;
    survey_.end_bit = survey_.end_offset = 0;
    survey_.check = StreamCheck::not_reached;
    return next;
  }

  bool TailIsDamaged() const {
    const uint64_t end = (last().end_bit + 7) / 8;
    return end + in_.Following(end) < in_.total_bytes();
  }

  std::optional<uint64_t> Resume(uint64_t bit) {
    if (!search_) {
      const uint64_t work = std::min(limits_.search_work, kWorkAnyway + kWorkForEachByte * in_.total_bytes());
      search_ = std::make_unique<BlockSearch>(stream_, allowed_, trailer_, work);
    }
    return search_->Find(bit);
  }

  const DeflateStream& stream_;
  const ByteSet& allowed_;
  const InflateLimits& limits_;
  unsigned trailer_;
  PieceBits in_;
  InflateDecoder<uint8_t> decoder_;
  std::unique_ptr<BlockSearch> search_;
  uint32_t resyncs_ = 0;
  uint64_t before_block_ = 0;  // output of the last segment before its last block
  uint32_t adler_ = kAdler32Start, crc_ = kCrc32Start;
  InflateSurvey survey_;
};

// May the damaged pieces be read as data?
bool HolesMayBeData(const DeflateStream& stream) {
  bool any = false;
  for (const DeflatePiece& piece : stream.pieces) {
    if (piece.damaged && piece.bytes.empty()) return false;
    any = any || piece.damaged;
  }
  return any && !stream.head_lost && stream.wrap != DeflateWrap::raw;
}

}  // namespace

InflateSurvey Survey(const DeflateStream& stream, const ByteSet& allowed, const InflateLimits& limits) {
  if (IsFramed(stream.wrap)) return SurveyFrame(stream, limits);
  if (HolesMayBeData(stream)) {
    Surveyor whole(stream, allowed, limits, true);
    if (whole.Whole()) {
      InflateSurvey survey = whole.Take();
      survey.holes_were_data = true;
      return survey;
    }
  }
  Surveyor surveyor(stream, allowed, limits, false);
  surveyor.Run();
  return surveyor.Take();
}

}  // namespace pulih
