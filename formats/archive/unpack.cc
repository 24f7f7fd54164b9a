#include "formats/archive/unpack.h"

#include <algorithm>

namespace pulih {
namespace {

// The bytes of the first segment.
class Taker : public InflateSink {
 public:
  explicit Taker(uint64_t most) : most_(most) {}
  Status BeginSegment(const InflateSegment&) override { return segments_++ == 0 ? OkStatus() : Status(Code::interrupted, "one segment is enough"); }
  Status Run(const InflatedRun& run) override {
    const size_t room = static_cast<size_t>(std::min<uint64_t>(most_ - bytes.size(), run.bytes.size()));
    Append(bytes, run.bytes.first(room));
    return OkStatus();
  }
  Bytes bytes;

 private:
  const uint64_t most_;
  int segments_ = 0;
};

}  // namespace

Unpacked Unpack(const DeflateStream& stream, const InflateSurvey& survey, uint64_t most) {
  Unpacked unpacked;
  if (survey.segments.empty() || survey.segments[0].resync != 0 || stream.head_lost) return unpacked;
  const InflateSegment& first = survey.segments[0];
  const bool whole = survey.segments.size() == 1 && survey.reached_end;
  if (first.trust == SegmentTrust::proven) {
    unpacked.how = UnpackedHow::proven;
  } else if (first.trust == SegmentTrust::exact && whole && survey.check == StreamCheck::none) {
    unpacked.how = UnpackedHow::whole;
  } else {
    if (survey.check == StreamCheck::disagrees || first.end == SegmentEnd::error) return unpacked;
    unpacked.how = UnpackedHow::part;
  }
  const uint64_t size = unpacked.how == UnpackedHow::part ? first.sound_size : first.output_size;
  if (unpacked.how == UnpackedHow::part && size == 0) {
    unpacked.how = UnpackedHow::damaged;
    return unpacked;
  }
  if (size > most || first.end == SegmentEnd::limit) {
    unpacked.how = UnpackedHow::too_large;
    return unpacked;
  }
  Taker taker(size);
  (void)TellStream(stream, survey, taker);  // fails when the taker has enough
  unpacked.bytes = std::move(taker.bytes);
  if (survey.reached_end) unpacked.end_offset = survey.end_offset;
  return unpacked;
}

Unpacked Unpack(ByteView bytes, DeflateWrap wrap, uint64_t most) {
  DeflateStream stream;
  stream.wrap = wrap;
  stream.ends_here = false;
  AppendPieces(bytes, 0, stream.pieces);
  InflateLimits limits;
  limits.max_output = most == UINT64_MAX ? most : most + 1;
  limits.max_segments = 4;
  limits.search_work = 0;
  return Unpack(stream, Survey(stream, AnyByte(), limits), most);
}

}  // namespace pulih
