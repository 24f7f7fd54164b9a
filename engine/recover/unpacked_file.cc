#include "engine/recover/unpacked_file.h"

#include <algorithm>

#include "formats/archive/frame_inflate.h"
#include "formats/archive/gzip.h"

namespace pulih {
namespace {

constexpr size_t kHole = 512;  // longer than any run of one value that readers take for data

}  // namespace

bool IsCompressed(FileKind kind) {
  return kind == FileKind::gzip || kind == FileKind::zlib || kind == FileKind::lz4 || kind == FileKind::zstd;
}

// Lays what streams give behind each other.
class UnpackedFile::Layer : public InflateSink {
 public:
  Layer(UnpackedFile& to, uint64_t most) : to_(to), most_(most) {}

  void LeaveHole() {
    if (to_.bytes_.empty() || to_.bytes_.size() + kHole > most_) return;
    const uint64_t at = to_.bytes_.size();
    to_.bytes_.resize(at + kHole);
    to_.stretches_.push_back({at, SegmentTrust::behind});
  }
  Status BeginSegment(const InflateSegment& segment) override {
    if (segment.resync != 0) LeaveHole();
    to_.stretches_.push_back({to_.bytes_.size(), segment.trust});
    broken_ = segment.end != SegmentEnd::stream_end;
    return OkStatus();
  }
  Status Run(const InflatedRun& run) override {
    const uint64_t at = to_.bytes_.size();
    const ByteView bytes = run.bytes.first(static_cast<size_t>(std::min<uint64_t>(run.bytes.size(), most_ - at)));
    if (bytes.size() < run.bytes.size()) to_.whole_ = false;
    for (const InflateStep& step : run.steps)
      if (step.at < bytes.size()) to_.steps_.push_back({at + step.at, step.from, step.to});
    Append(to_.bytes_, bytes);
    return OkStatus();
  }
  bool broken() const { return broken_; }

 private:
  UnpackedFile& to_;
  const uint64_t most_;
  bool broken_ = false;
};

UnpackedFile::UnpackedFile(FileKind kind, ByteView file, uint64_t most) {
  if (!file.empty()) notes_.push_back({{0, 0, file.size()}, RangeFate::read, "compressed data"});
  std::vector<Source> sources = Open(kind, file, most);
  uint64_t size = 0;
  for (const Source& source : sources) size += source.survey.output_size + kHole * source.survey.segments.size();
  bytes_.reserve(static_cast<size_t>(std::min(most, size)));
  Layer layer(*this, most);
  bool broken = false;
  for (const Source& source : sources) {
    if (broken) layer.LeaveHole();
    // The sink never refuses.
    TellStream(source.stream, source.survey, layer).ok();
    broken = layer.broken();
    for (const InflateSegment& segment : source.survey.segments) whole_ = whole_ && segment.end != SegmentEnd::limit;
    NoteDamage(source);
  }
}

std::vector<UnpackedFile::Source> UnpackedFile::Open(FileKind kind, ByteView file, uint64_t most) {
  std::vector<Source> sources;
  const auto foreign = [this](const std::vector<CompressedRange>& ranges, RangeFate fate, const char* what) {
    for (const CompressedRange& range : ranges) notes_.push_back({{0, range.offset, range.length}, fate, what});
  };
  if (kind == FileKind::zlib) {
    Source& source = sources.emplace_back();
    source.stream.ends_here = false;
    AppendPieces(file, 0, source.stream.pieces);
    InflateLimits limits;
    limits.max_output = most;
    source.survey = Survey(source.stream, AnyByte(), limits);
  } else if (kind == FileKind::gzip) {
    GzipLimits limits;
    limits.inflate.max_output = most;
    GzipFile gzip = SurveyGzip(file, 0, AnyByte(), limits);
    for (GzipMember& member : gzip.members) sources.push_back({std::move(member.stream), std::move(member.survey)});
    foreign(gzip.foreign, RangeFate::damaged, "no member of the gzip file");
  } else {
    InflateLimits limits;
    limits.max_output = most;
    FrameFile frames = SurveyFrameFile(file, 0, limits);
    for (FrameMember& member : frames.members) sources.push_back({std::move(member.stream), std::move(member.survey)});
    foreign(frames.skipped, RangeFate::skipped, "a frame that holds no data");
    foreign(frames.foreign, RangeFate::damaged, "no frame of the compressed file");
  }
  return sources;
}

void UnpackedFile::NoteDamage(const Source& source) {
  if (!source.survey.holes_were_data) {
    for (const DeflatePiece& piece : source.stream.pieces)
      if (piece.damaged && !piece.bytes.empty()) notes_.push_back({{0, piece.offset, piece.bytes.size()}, RangeFate::damaged, "a hole in compressed data"});
  }
  if (source.stream.pieces.empty()) return;
  // Between segments, and behind the last, nothing could be decoded.
  uint64_t told = source.survey.segments.empty() ? source.stream.pieces.front().offset : source.survey.segments.front().end_offset;
  for (const InflateSegment& segment : source.survey.segments) {
    if (segment.begin_offset > told)
      notes_.push_back({{0, told, segment.begin_offset - told}, RangeFate::damaged, "compressed data that cannot be decoded"});
    told = std::max(told, segment.end_offset);
  }
  const bool limited = !source.survey.segments.empty() && source.survey.segments.back().end == SegmentEnd::limit;
  const uint64_t end = source.stream.pieces.back().offset + source.stream.pieces.back().bytes.size();
  if (!source.survey.reached_end && end > told)
    notes_.push_back({{0, told, end - told}, limited ? RangeFate::skipped : RangeFate::damaged,
                      limited ? "compressed data beyond what is unpacked" : "compressed data that cannot be decoded"});
}

void UnpackedFile::AppendOuter(uint64_t offset, uint64_t length, std::vector<ByteRange>& ranges) const {
  const auto behind = [](uint64_t at, const Step& step) { return at < step.at; };
  auto step = std::upper_bound(steps_.begin(), steps_.end(), offset, behind);
  // Several steps with one place are one step whose compressed bytes lie apart.
  if (step != steps_.begin()) --step;
  while (step != steps_.begin() && (step - 1)->at == step->at) --step;
  for (; step != steps_.end() && step->at < offset + length; ++step) {
    if (!ranges.empty() && step->from >= ranges.back().offset && step->from <= ranges.back().offset + ranges.back().length)
      ranges.back().length = std::max(ranges.back().length, step->to - ranges.back().offset);
    else if (step->to > step->from)
      ranges.push_back({0, step->from, step->to - step->from});
  }
}

SegmentTrust UnpackedFile::TrustOf(uint64_t offset, uint64_t length) const {
  SegmentTrust least = SegmentTrust::proven;
  const auto behind = [](uint64_t at, const Stretch& stretch) { return at < stretch.at; };
  auto at = std::upper_bound(stretches_.begin(), stretches_.end(), offset, behind);
  if (at != stretches_.begin()) --at;
  for (; at != stretches_.end() && at->at < offset + std::max<uint64_t>(length, 1); ++at) least = std::max(least, at->trust);
  return least;
}

}  // namespace pulih
