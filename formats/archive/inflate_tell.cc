// TellStream: the second of the two steps of marker_inflate.h, which decodes the segments of a survey for a sink.
#include <algorithm>
#include <memory>

#include "formats/archive/frame_inflate.h"
#include "formats/archive/inflate_decoder.h"
#include "formats/archive/marker_inflate.h"

namespace pulih {
namespace {

constexpr size_t kStep = 1024;

// Tells the segments of a stream, as they were surveyed.
class Teller {
 public:
  Teller(const DeflateStream& stream, bool read_damage, InflateSink& sink)
      : in_(stream.pieces, read_damage), sink_(sink) {}

  Status Segment(const InflateSegment& segment) {
    PULIH_TRY(sink_.BeginSegment(segment));
    if (segment.resync == 0) {
      if (!plain_) plain_ = std::make_unique<InflateDecoder<uint8_t>>(in_, HeaderRules{});
      return Tell(segment, *plain_);
    }
    if (!symbolic_) symbolic_ = std::make_unique<InflateDecoder<uint16_t>>(in_, HeaderRules{});
    return Tell(segment, *symbolic_);
  }

 private:
  template <typename Symbol>
  Status Tell(const InflateSegment& segment, InflateDecoder<Symbol>& decoder) {
    using Event = typename InflateDecoder<Symbol>::Event;
    decoder.Start(segment.begin_bit, segment.resync == 0);
    uint64_t told = 0, step_bit = segment.begin_bit;
    steps_.clear();
    Event event = Event::more;
    while (told < segment.output_size && (event == Event::more || event == Event::block)) {
      const auto before = static_cast<uint32_t>(decoder.run().size());
      event = decoder.Advance(kStep);
      // The head of a block belongs to what follows it.
      if (decoder.run().size() > before) {
        AddSteps(before, step_bit, decoder.bit());
        step_bit = decoder.bit();
      }
      const bool enough = told + decoder.run().size() >= segment.output_size;
      if (!decoder.run_full() && !enough && (event == Event::more || event == Event::block)) continue;
      const size_t size = std::min<uint64_t>(decoder.run().size(), segment.output_size - told);
      if (size > 0) PULIH_TRY(TellRun(segment, told, decoder.run().first(size)));
      told += size;
      decoder.NextRun();
      steps_.clear();
    }
    return OkStatus();
  }

  void AddSteps(uint32_t at, uint64_t from_bit, uint64_t to_bit) {
    uint64_t from = from_bit / 8;
    const uint64_t to = (to_bit + 7) / 8;
    while (from < to) {
      const size_t piece = in_.PieceOf(from);
      const uint64_t end = std::min(to, in_.StartOf(piece + 1));
      const uint64_t offset = in_.FileOffset(from);
      steps_.push_back({at, offset, offset + (end - from)});
      from = end;
    }
  }

  Status TellRun(const InflateSegment& segment, uint64_t at, std::span<const uint8_t> run) {
    return sink_.Run({&segment, at, run, {}, steps_});
  }

  Status TellRun(const InflateSegment& segment, uint64_t at, std::span<const uint16_t> run) {
    bytes_.resize(run.size());
    markers_.resize(run.size());
    const uint32_t base = (segment.resync - 1) * kInflateWindow;
    uint32_t any = 0;
    for (size_t i = 0; i < run.size(); ++i) {
      const uint32_t symbol = run[i];
      const uint32_t unknown = symbol > 255 ? ~0u : 0;
      bytes_[i] = static_cast<uint8_t>(symbol & ~unknown);
      markers_[i] = (base + symbol - 255) & unknown;
      any |= unknown;
    }
    InflatedRun told{&segment, at, bytes_, {}, steps_};
    if (any != 0) told.markers = markers_;
    return sink_.Run(told);
  }

  PieceBits in_;
  InflateSink& sink_;
  std::unique_ptr<InflateDecoder<uint8_t>> plain_;
  std::unique_ptr<InflateDecoder<uint16_t>> symbolic_;
  std::vector<InflateStep> steps_;
  Bytes bytes_;
  std::vector<uint32_t> markers_;
};

}  // namespace

Status TellStream(const DeflateStream& stream, const InflateSurvey& survey, InflateSink& sink) {
  if (IsFramed(stream.wrap)) return TellFrame(stream, survey, sink);
  Teller teller(stream, survey.holes_were_data, sink);
  for (const InflateSegment& segment : survey.segments) PULIH_TRY(teller.Segment(segment));
  return OkStatus();
}

void AppendCompressed(const InflatedRun& run, uint32_t first, uint32_t count, std::vector<CompressedRange>& ranges) {
  if (count == 0) return;
  const auto behind = [](uint64_t at, const InflateStep& step) { return at < step.at; };
  const auto end = std::upper_bound(run.steps.begin(), run.steps.end(), uint64_t{first} + count - 1, behind);
  auto step = std::upper_bound(run.steps.begin(), run.steps.end(), first, behind);
  if (step == run.steps.begin()) return;
  const uint32_t at = (step - 1)->at;
  while (step != run.steps.begin() && (step - 1)->at == at) --step;
  for (; step != end; ++step) {
    if (!ranges.empty()) {
      CompressedRange& before = ranges.back();
      if (before.offset <= step->from && step->from <= before.offset + before.length) {
        before.length = std::max(before.length, step->to - before.offset);
        continue;
      }
    }
    ranges.push_back({step->from, step->to - step->from});
  }
}

}  // namespace pulih
