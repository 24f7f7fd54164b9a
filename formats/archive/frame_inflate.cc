#include "formats/archive/frame_inflate.h"

#include <algorithm>
#include <optional>

#include "engine/base/endian.h"
#include "formats/archive/piece_bits.h"

namespace pulih {
namespace {

constexpr uint32_t kLz4Magic = 0x184D2204, kZstdMagic = 0xFD2FB528, kSkipMagic = 0x184D2A50;
constexpr size_t kFrameHead = 5;  // the magic number and the descriptor, whose bit 2 says "with a checksum" in both
constexpr size_t kSkipHead = 8;
constexpr size_t kSlice = 16u << 10;
constexpr uint64_t kRatioMatters = 1u << 20;

uint32_t MagicAt(ByteView bytes, uint64_t at) { return bytes.size() - at < 4 ? 0 : LoadLe<uint32_t>(bytes.data() + at); }
bool IsFrameMagic(uint32_t magic) { return magic == kLz4Magic || magic == kZstdMagic; }
bool IsSkipMagic(uint32_t magic) { return (magic & 0xFFFFFFF0) == kSkipMagic; }

// Decodes one frame and hands on its output, run by run.
class FrameReader {
 public:
  FrameReader(const DeflateStream& stream, bool read_damage)
      : in_(stream.pieces, read_damage),
        decoder_(NewFrameDecoder(stream.wrap == DeflateWrap::lz4 ? FrameCodec::lz4 : FrameCodec::zstd)),
        out_(kInflateRun) {
    in_.Seek(0);
  }

  enum class End : uint8_t { ended, mismatch, error, damage, input };

  // `take` gets the bytes and their steps; false: enough.
  template <typename Take>
  End Read(const Take& take) {
    if (!decoder_) return End::error;
    while (true) {
      const bool at_end = slice_.empty() && !NextSlice();
      const FrameStep step = decoder_->Step(slice_, out_);
      if (step.taken > 0) Consume(step.taken);
      if (step.written > 0) {
        if (!take(ByteView(out_).first(step.written), steps_)) return End::input;
        told_ = true;
      }
      switch (step.event) {
        case FrameEvent::ended: return End::ended;
        case FrameEvent::mismatch: return End::mismatch;
        case FrameEvent::error: return End::error;
        case FrameEvent::more: break;
      }
      if (step.taken == 0 && step.written == 0 && at_end) return in_.at_damage() ? End::damage : End::input;
      if (step.taken == 0 && step.written == 0 && ++idle_ > 2) return End::error;
      if (step.taken > 0 || step.written > 0) idle_ = 0;
    }
  }
  uint64_t taken() const { return taken_; }
  PieceBits& in() { return in_; }

 private:
  bool NextSlice() {
    slice_ = in_.TakeBytes(kSlice);
    return !slice_.empty();
  }
  // Output that needs no further input is of the steps that the output before it was of.
  void Consume(size_t count) {
    if (told_) steps_.clear();
    told_ = false;
    for (uint64_t from = taken_, to = taken_ + count; from < to;) {
      const size_t piece = in_.PieceOf(from);
      const uint64_t end = std::min(to, in_.StartOf(piece + 1)), offset = in_.FileOffset(from);
      if (!steps_.empty() && steps_.back().to == offset) steps_.back().to += end - from;
      else steps_.push_back({0, offset, offset + (end - from)});
      from = end;
    }
    taken_ += count;
    slice_ = slice_.subspan(count);
  }

  PieceBits in_;
  std::unique_ptr<FrameDecoder> decoder_;
  Bytes out_;
  ByteView slice_;
  uint64_t taken_ = 0;
  std::vector<InflateStep> steps_;
  bool told_ = false;
  unsigned idle_ = 0;
};

bool HasChecksum(const DeflateStream& stream) {
  size_t at = 0;
  for (const DeflatePiece& piece : stream.pieces) {
    if (at + piece.bytes.size() >= kFrameHead) return (piece.bytes[kFrameHead - 1 - at] & 4) != 0;
    at += piece.bytes.size();
  }
  return false;
}

InflateSurvey SurveyOnce(const DeflateStream& stream, const InflateLimits& limits, bool read_damage) {
  InflateSurvey survey;
  InflateSegment segment;
  FrameReader reader(stream, read_damage);
  bool over_limit = false;
  const auto end = reader.Read([&](ByteView bytes, const std::vector<InflateStep>&) {
    segment.output_size += bytes.size();
    over_limit = segment.output_size > limits.max_output ||
                 (segment.output_size >= kRatioMatters && segment.output_size / (reader.taken() + 1) > limits.max_ratio);
    segment.output_size = std::min(segment.output_size, limits.max_output);
    return !over_limit;
  });
  using End = FrameReader::End;
  const bool has_checksum = HasChecksum(stream);
  segment.end_bit = reader.taken() * 8;
  segment.begin_offset = reader.in().FileOffset(0);
  segment.end_offset = std::max(segment.begin_offset, reader.in().FileEnd(reader.taken()));
  segment.end = over_limit             ? SegmentEnd::limit
                : end == End::damage   ? SegmentEnd::damage
                : end == End::input    ? SegmentEnd::input_end
                : end == End::ended    ? SegmentEnd::stream_end
                                       : SegmentEnd::error;  // behind a checksum that disagrees the place is not known
  survey.head_sound = reader.taken() >= kFrameHead;
  survey.reached_end = segment.end == SegmentEnd::stream_end;
  survey.check = end == End::mismatch   ? StreamCheck::disagrees
                 : !has_checksum        ? StreamCheck::none
                 : survey.reached_end   ? StreamCheck::agrees
                                        : StreamCheck::not_reached;
  if (survey.reached_end) survey.end_bit = segment.end_bit, survey.end_offset = segment.end_offset;
  // What must end here and wants more, or has bytes too many, is not what was written.
  const bool misplaced = stream.ends_here && survey.reached_end && reader.taken() < reader.in().total_bytes();
  const bool wants_more = stream.ends_here && segment.end == SegmentEnd::input_end;
  if (survey.check == StreamCheck::agrees) segment.trust = SegmentTrust::proven;
  else if (segment.end == SegmentEnd::error || misplaced || wants_more) segment.trust = SegmentTrust::suspect;
  segment.sound_size = segment.trust == SegmentTrust::suspect ? 0 : segment.output_size;
  survey.errors = segment.end == SegmentEnd::error ? 1 : 0;
  survey.output_size = segment.output_size;
  if (segment.output_size > 0 || survey.reached_end) survey.segments.push_back(segment);
  return survey;
}

// Where the next frame begins, or one to be skipped; bytes.size() when there is none.
uint64_t FindFrame(ByteView bytes, uint64_t from) {
  for (uint64_t at = from; at + kFrameHead <= bytes.size(); ++at)
    if (IsFrameMagic(MagicAt(bytes, at)) || IsSkipMagic(MagicAt(bytes, at))) return at;
  return bytes.size();
}

std::vector<DeflatePiece> PiecesFrom(const std::vector<DeflatePiece>& pieces, uint64_t offset) {
  auto first = std::upper_bound(pieces.begin(), pieces.end(), offset, [](uint64_t at, const DeflatePiece& piece) { return at < piece.offset; });
  std::vector<DeflatePiece> rest(first == pieces.begin() ? first : first - 1, pieces.end());
  const uint64_t before = offset - rest.front().offset;
  rest.front().bytes = rest.front().bytes.subspan(static_cast<size_t>(before));
  rest.front().offset = offset;
  return rest;
}

}  // namespace

bool ReadFrameWrap(ByteView bytes, DeflateWrap& wrap) {
  uint64_t at = 0;
  while (bytes.size() - at >= kSkipHead && IsSkipMagic(MagicAt(bytes, at))) {
    const uint64_t size = kSkipHead + LoadLe<uint32_t>(bytes.data() + at + 4);
    if (size > bytes.size() - at) return false;
    at += size;
  }
  const uint32_t magic = MagicAt(bytes, at);
  if (!IsFrameMagic(magic)) return false;
  wrap = magic == kLz4Magic ? DeflateWrap::lz4 : DeflateWrap::zstd;
  return true;
}

InflateSurvey SurveyFrame(const DeflateStream& stream, const InflateLimits& limits) {
  if (stream.head_lost || stream.pieces.empty() || stream.pieces.front().damaged) return {};
  bool any = false, lengths_known = true;
  for (const DeflatePiece& piece : stream.pieces) {
    any = any || piece.damaged;
    lengths_known = lengths_known && !(piece.damaged && piece.bytes.empty());
  }
  // What looks like a hole may be honest data: the checksum says so.
  if (any && lengths_known && HasChecksum(stream)) {
    InflateSurvey survey = SurveyOnce(stream, limits, true);
    survey.holes_were_data = true;
    if (survey.check == StreamCheck::agrees) return survey;
  }
  return SurveyOnce(stream, limits, false);
}

Status TellFrame(const DeflateStream& stream, const InflateSurvey& survey, InflateSink& sink) {
  if (survey.segments.empty()) return OkStatus();
  const InflateSegment& segment = survey.segments.front();
  PULIH_TRY(sink.BeginSegment(segment));
  uint64_t told = 0;
  Status status;
  FrameReader reader(stream, survey.holes_were_data);
  reader.Read([&](ByteView bytes, const std::vector<InflateStep>& steps) {
    const ByteView wanted = bytes.first(static_cast<size_t>(std::min<uint64_t>(bytes.size(), segment.output_size - told)));
    if (!wanted.empty()) status = sink.Run({&segment, told, wanted, {}, steps});
    told += wanted.size();
    return status.ok() && told < segment.output_size;
  });
  return status;
}

FrameFile SurveyFrameFile(ByteView bytes, uint64_t offset, const InflateLimits& limits) {
  FrameFile file;
  InflateLimits left = limits;
  std::vector<DeflatePiece> pieces;
  AppendPieces(bytes, offset, pieces);
  for (uint64_t at = 0; at < bytes.size();) {
    const uint64_t begin = FindFrame(bytes, at);
    if (begin > at) file.foreign.push_back({offset + at, begin - at});
    if (begin == bytes.size() || file.members.size() >= limits.max_segments) {
      if (begin < bytes.size()) file.foreign.push_back({offset + begin, bytes.size() - begin});
      break;
    }
    if (IsSkipMagic(MagicAt(bytes, begin))) {
      const uint64_t size = bytes.size() - begin < kSkipHead ? kSkipHead : kSkipHead + LoadLe<uint32_t>(bytes.data() + begin + 4);
      file.skipped.push_back({offset + begin, std::min<uint64_t>(size, bytes.size() - begin)});
      at = begin + file.skipped.back().length;
      continue;
    }
    FrameMember member;
    member.offset = offset + begin;
    ReadFrameWrap(bytes.subspan(begin), member.stream.wrap);
    member.stream.ends_here = false;
    member.stream.pieces = PiecesFrom(pieces, offset + begin);
    member.survey = SurveyFrame(member.stream, left);
    left.max_output -= std::min(left.max_output, member.survey.output_size);
    if (member.survey.segments.empty()) {  // a magic number by chance, or nothing behind it
      file.foreign.push_back({member.offset, kFrameHead});
      at = begin + kFrameHead;
      continue;
    }
    // Of a frame that broke the bytes up to the next are its own: lost with it.
    const uint64_t read = member.survey.segments.front().end_offset - offset;
    at = member.survey.reached_end ? std::max(read, begin + kFrameHead) : FindFrame(bytes, std::max(read, begin + kFrameHead));
    member.end_offset = offset + at;
    while (member.stream.pieces.size() > 1 && member.stream.pieces.back().offset >= member.end_offset) member.stream.pieces.pop_back();
    DeflatePiece& tail = member.stream.pieces.back();
    tail.bytes = tail.bytes.first(static_cast<size_t>(std::min<uint64_t>(tail.bytes.size(), member.end_offset - tail.offset)));
    file.members.push_back(std::move(member));
  }
  return file;
}

}  // namespace pulih
