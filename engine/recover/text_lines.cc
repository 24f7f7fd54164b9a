#include "engine/recover/text_lines.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "engine/recover/let_go.h"

namespace pulih {

namespace {

// Joins lines that runs cut, and adds up where they came from.
class LineCutter {
 public:
  LineCutter(uint32_t file, LineTaker& taker) : file_(file), taker_(taker) {}

  // `ranges(first, count, out)` says where bytes of the run lie.
  template <typename Ranges>
  Status Run(std::string_view bytes, std::span<const uint32_t> markers, const Ranges& ranges) {
    size_t at = 0, solved = 0;
    while (at < bytes.size()) {
      const size_t end = FindEnd(bytes, markers, at);
      const bool whole = end != std::string_view::npos;
      const size_t stop = whole ? end : bytes.size();
      const size_t taken = whole ? stop + 1 - at : stop - at;  // the line end is of the line
      ranges(static_cast<uint32_t>(at), static_cast<uint32_t>(taken), line_.bytes);
      if (!markers.empty()) AddUnknown(markers, at, stop);
      for (; solved < solved_.size() && solved_[solved].first < at + taken; ++solved) {
        line_.solved_by |= solved_[solved].second->sources;
        line_.solved_surely = line_.solved_surely && solved_[solved].second->sure;
      }
      if (whole && held_.empty()) {
        PULIH_TRY(Tell(bytes.substr(at, stop - at)));
      } else {
        held_ += bytes.substr(at, stop - at);
        if (whole) {
          PULIH_TRY(Tell(held_));
        } else if (held_.size() > kMaxTextLine) {
          PULIH_TRY(Break());
        }
      }
      at = stop + 1;
    }
    return OkStatus();
  }

  // What follows does not touch what came.
  Status Break() {
    line_.torn_end = true;
    if (!held_.empty() || !line_.bytes.empty()) PULIH_TRY(Tell(held_));
    Clear();
    line_.torn_begin = true;
    return OkStatus();
  }
  Status End(bool torn) {
    line_.torn_end = torn;
    line_.ends_text = true;
    Status status;
    if (!held_.empty()) status = Tell(held_);
    Clear();
    return status;
  }
  void Begin(bool torn) { line_.torn_begin = torn; }
  void set_trust(SegmentTrust trust) { line_.trust = trust; }

  // A run of which some bytes have markers: what is solved of them is put in first.
  template <typename Ranges>
  Status MarkedRun(std::string_view bytes, std::span<const uint32_t> markers, std::optional<uint32_t> base, const MarkerSolution* solution, const Ranges& ranges) {
    bytes_.assign(bytes);
    markers_.assign(markers.begin(), markers.end());
    solved_.clear();
    nameless_ = !base;
    for (size_t i = 0; base && i < markers_.size(); ++i) {
      if (markers_[i] == 0) continue;
      markers_[i] += *base;
      const SolvedByte* found = solution == nullptr ? nullptr : solution->Find(markers_[i]);
      if (found == nullptr) continue;
      bytes_[i] = static_cast<char>(found->byte);
      markers_[i] = 0;
      solved_.emplace_back(i, found);
    }
    Status status = Run(bytes_, markers_, ranges);
    solved_.clear();
    return status;
  }

 private:
  static size_t FindEnd(std::string_view bytes, std::span<const uint32_t>, size_t at) {
    // An unknown byte is 0 and never a line end here.
    return bytes.find('\n', at);
  }
  void AddUnknown(std::span<const uint32_t> markers, size_t at, size_t stop) {
    for (size_t i = at; i < stop; ++i) {
      if (markers[i] == 0) continue;
      line_.unknown.push_back({static_cast<uint32_t>(held_.size() + i - at), nameless_ ? 0 : markers[i]});
    }
  }
  Status Tell(std::string_view text) {
    line_.text = text;
    for (ByteRange& range : line_.bytes) range.file = file_;
    Status status = taker_.Line(line_);
    Clear();
    return status;
  }
  void Clear() {
    // Field by field: there is a line for each row, and its lists keep their memory.
    held_.clear();
    line_.text = {};
    line_.unknown.clear();
    line_.torn_begin = line_.torn_end = line_.ends_text = false;
    line_.bytes.clear();
    line_.solved_by = 0;
    line_.solved_surely = true;
  }

  uint32_t file_;
  LineTaker& taker_;
  TextLine line_;
  std::string held_;
  // Of the run that is being cut, when it has markers.
  std::string bytes_;
  std::vector<uint32_t> markers_;
  std::vector<std::pair<size_t, const SolvedByte*>> solved_;  // by place
  bool nameless_ = false;
};

void AddRange(std::vector<ByteRange>& ranges, uint64_t offset, uint64_t length) {
  if (!ranges.empty() && offset >= ranges.back().offset && offset <= ranges.back().offset + ranges.back().length) {
    const uint64_t end = std::max(ranges.back().offset + ranges.back().length, offset + length);
    ranges.back().length = end - ranges.back().offset;
    return;
  }
  ranges.push_back({0, offset, length});
}

class StreamLines : public InflateSink {
 public:
  StreamLines(LineCutter& cutter, std::optional<uint32_t> base, const MarkerSolution* solution) : cutter_(cutter), base_(base), solution_(solution) {}
  Status BeginSegment(const InflateSegment& segment) override {
    if (!first_ || segment.resync != 0) PULIH_TRY(cutter_.Break());
    first_ = false;
    cutter_.set_trust(segment.trust);
    end_ = segment.end;
    return OkStatus();
  }
  Status Run(const InflatedRun& run) override {
    const auto ranges = [&](uint32_t first, uint32_t count, std::vector<ByteRange>& out) {
      ranges_.clear();
      AppendCompressed(run, first, count, ranges_);
      for (const CompressedRange& range : ranges_) AddRange(out, range.offset, range.length);
    };
    if (run.markers.empty()) return cutter_.Run(AsText(run.bytes), {}, ranges);
    return cutter_.MarkedRun(AsText(run.bytes), run.markers, base_, solution_, ranges);
  }
  bool torn() const { return end_ != SegmentEnd::stream_end; }

 private:
  LineCutter& cutter_;
  const std::optional<uint32_t> base_;
  const MarkerSolution* const solution_;
  std::vector<CompressedRange> ranges_;
  bool first_ = true;
  SegmentEnd end_ = SegmentEnd::input_end;
};

Status TellStreams(const TextSource& source, LineCutter& cutter) {
  bool torn = source.torn_begin;
  uint64_t markers = source.markers_before;
  for (const TextSource::Stream& each : source.streams) {
    if (torn || each.torn_begin) PULIH_TRY(cutter.Break());
    StreamLines lines(cutter, MarkerBase(markers, each), source.solution);
    markers += MarkersOf(each);
    PULIH_TRY(TellStream(each.stream, each.survey, lines));
    torn = lines.torn();
  }
  return cutter.End(torn || source.torn_end);
}

Status TellPlain(const TextSource& source, LineCutter& cutter) {
  bool damaged = source.torn_begin;
  cutter.set_trust(damaged ? SegmentTrust::behind : source.plain_trust);
  for (const TextPart& part : source.plain) {
    if (part.missing) {
      PULIH_TRY(cutter.Break());
      damaged = true;
      cutter.set_trust(SegmentTrust::behind);
      continue;
    }
    // Places in a run are 32 bits.
    const size_t piece_size = source.mapped ? kLetGoBytes : size_t{1} << 30;
    for (size_t at = 0; at < part.bytes.size(); at += piece_size) {
      const ByteView piece = part.bytes.subspan(at, std::min(piece_size, part.bytes.size() - at));
      PULIH_TRY(cutter.Run(AsText(piece), {}, [&](uint32_t first, uint32_t count, std::vector<ByteRange>& out) {
        AddRange(out, part.offset + at + first, count);
      }));
      if (source.mapped) LetGo(piece);
    }
  }
  const bool torn = (!source.plain.empty() && source.plain.back().missing) || source.torn_end;
  return cutter.End(torn);
}

}  // namespace

namespace {

// Where a byte stands next; asked with places that only grow.
class NextOf {
 public:
  NextOf(const uint8_t* data, uint8_t byte, bool mapped) : data_(data), mapped_(mapped), byte_(byte) {}
  size_t From(size_t at, size_t end) {
    if (known_ && found_ >= at) return found_;
    known_ = true;
    for (; at < end; at += std::min(kLetGoBytes, end - at)) {
      const size_t length = std::min(kLetGoBytes, end - at);
      if (const void* next = std::memchr(data_ + at, byte_, length)) return found_ = static_cast<size_t>(static_cast<const uint8_t*>(next) - data_);
      if (mapped_) LetGo({data_ + at, length});
    }
    return found_ = end;
  }

 private:
  const uint8_t* data_;
  const bool mapped_;
  const uint8_t byte_;
  size_t found_ = 0;
  bool known_ = false;
};

}  // namespace

void AppendTextParts(ByteView bytes, uint64_t offset, std::vector<TextPart>& parts, bool mapped) {
  const auto add = [&](size_t begin, size_t end, bool missing) {
    if (end > begin) parts.push_back({missing ? ByteView() : bytes.subspan(begin, end - begin), offset + begin, missing});
  };
  size_t begin = 0;
  // No text of a database holds a zero byte. Runs of other values long enough to be a lost block are taken too, unless
  // a person could have typed them.
  constexpr size_t kPattern = 512;
  const auto* data = bytes.data();
  for (size_t at = 0; at < bytes.size();) {
    const size_t hole = NextOf(data, 0, mapped).From(at, bytes.size());
    size_t end = hole;
    while (end < bytes.size() && data[end] == 0) ++end;
    // Between two holes: blocks of 0xFF or 0xF6, which no UTF-8 text holds.
    NextOf ff(data, 0xFF, mapped), f6(data, 0xF6, mapped);
    for (size_t i = at; i < hole;) {
      i = std::min(ff.From(i, hole), f6.From(i, hole));
      if (i == hole) break;
      size_t j = i;
      while (j < hole && data[j] == data[i]) ++j;
      if (j - i >= kPattern) {
        add(begin, i, false);
        add(i, j, true);
        begin = j;
      }
      i = j;
    }
    add(begin, hole, false);
    add(hole, end, true);
    begin = at = end;
  }
  add(begin, bytes.size(), false);
}

namespace {

// Whether damage is known that explains what a stream shows. A file that begins with a member's header and is said to
// have lost its head is damaged in a way that nobody knows.
bool Holed(const DeflateStream& stream) {
  const ByteView first = stream.pieces.empty() ? ByteView() : stream.pieces.front().bytes;
  const bool has_head = stream.wrap == DeflateWrap::gzip && first.size() > 2 && first[0] == 0x1f && first[1] == 0x8b && first[2] == 8;
  return (stream.head_lost && !has_head) || std::any_of(stream.pieces.begin(), stream.pieces.end(), [](const DeflatePiece& p) { return p.damaged; });
}

}  // namespace

uint64_t MarkersOf(const TextSource::Stream& stream) {
  uint64_t resyncs = 0;
  for (const InflateSegment& segment : stream.survey.segments) resyncs = std::max<uint64_t>(resyncs, segment.resync);
  return resyncs * kInflateWindow;
}

std::optional<uint32_t> MarkerBase(uint64_t before, const TextSource::Stream& stream) {
  // All of the stream's, or none.
  if (before > UINT32_MAX || MarkersOf(stream) > UINT32_MAX - before) return std::nullopt;
  return static_cast<uint32_t>(before);
}

SourceState StateOf(const TextSource& source) {
  SourceState state;
  state.damaged = source.torn_begin || source.torn_end;
  state.proven = !source.streams.empty() && !state.damaged;
  for (const TextPart& part : source.plain) state.damaged = state.damaged || part.missing;
  for (const TextSource::Stream& each : source.streams) {
    for (const InflateSegment& segment : each.survey.segments) {
      state.proven = state.proven && segment.trust == SegmentTrust::proven;
      state.unexplained = state.unexplained || ((segment.trust == SegmentTrust::suspect || segment.resync != 0) && !Holed(each.stream));
      state.damaged = state.damaged || segment.end != SegmentEnd::stream_end;
    }
    if (each.survey.check == StreamCheck::not_reached || each.survey.check == StreamCheck::disagrees) state.proven = false;
    if (!each.survey.reached_end) state.damaged = true;
  }
  return state;
}

Status TellLines(const TextSource& source, LineTaker& taker) {
  LineCutter cutter(source.file, taker);
  cutter.Begin(source.torn_begin);
  return source.streams.empty() ? TellPlain(source, cutter) : TellStreams(source, cutter);
}

}  // namespace pulih
