// Lines of text as evidence has them: plain or inflated, with bytes that are unknown, torn where damage lies between.
//
//   TextSource   where a text lies: stretches of a file, or deflate streams in it
//   TellLines    hands its lines to a LineTaker, in order, each with the bytes of evidence that made it
//
// A line is torn at the side where damage touches it: behind a hole the first line may begin inside a row. It is *not*
// decoded: escapes and fields are the taker's business (formats/postgres/copy_text.h).
//
// One thread; memory is bounded by the longest line (kMaxTextLine; what is longer is torn). Of mapped plain text at most
// some hundred MiB are held at a time.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "engine/base/status.h"
#include "engine/recover/claim.h"
#include "engine/recover/marker_solution.h"
#include "formats/archive/marker_inflate.h"

namespace pulih {

inline constexpr size_t kMaxTextLine = size_t{256} << 20;

struct TextLine {
  std::string_view text;             // without its line end; an unknown byte is 0
  std::vector<UnknownByte> unknown;  // places in `text`, ascending
  bool torn_begin = false, torn_end = false;
  bool ends_text = false;            // the text ends behind it, without a line end
  SegmentTrust trust = SegmentTrust::exact;
  // Bits of the evidence whose rows solved bytes of it, the line end too (TextSource::solution); 0: no byte was solved.
  uint64_t solved_by = 0;
  bool solved_surely = true;  // all of them (SolvedByte::sure)
  std::vector<ByteRange> bytes;
};

class LineTaker {
 public:
  virtual ~LineTaker() = default;
  virtual Status Line(const TextLine& line) = 0;  // views last for the call
};

// Bytes that follow each other in the text, as they lie in a file.
struct TextPart {
  ByteView bytes;       // plain; or nothing, and then `stream`
  uint64_t offset = 0;  // of bytes[0] in the file
  bool missing = false; // what stood here is lost
};

struct TextSource {
  uint32_t file = 0;
  // Either plain parts…
  std::vector<TextPart> plain;
  SegmentTrust plain_trust = SegmentTrust::exact;  // of plain text before any damage
  // …or streams, one behind the other. A stream whose survey is missing is surveyed by SurveySource.
  struct Stream {
    DeflateStream stream;
    InflateSurvey survey;
    bool torn_begin = false;  // what belongs before it is lost
  };
  std::vector<Stream> streams;
  bool mapped = false;        // plain parts may be let go when they were read (let_go.h)
  bool torn_begin = false;    // the beginning of the text is lost
  bool torn_end = false;      // its end is
  // Markers of one unit are told apart: those of this source follow this one. Beyond UINT32_MAX they have no names.
  uint64_t markers_before = 0;
  const MarkerSolution* solution = nullptr;  // what became known of them since; may be null
};
// How many names the markers of a stream take; and what is added to them to tell them apart from the `before` names that
// were taken already: nullopt when they are too many.
uint64_t MarkersOf(const TextSource::Stream& stream);
std::optional<uint32_t> MarkerBase(uint64_t before, const TextSource::Stream& stream);

// Whether any damage is known in it, and whether all of it is proven by a checksum.
struct SourceState {
  bool damaged = false, proven = false;
  bool unexplained = false;  // an error, or a checksum that disagrees, and no damage is known that explains it
};
SourceState StateOf(const TextSource& source);

// Cuts plain bytes into parts: runs of zeros, or of one other value that no text repeats so, are missing.
void AppendTextParts(ByteView bytes, uint64_t offset, std::vector<TextPart>& parts, bool mapped = false);

Status TellLines(const TextSource& source, LineTaker& taker);

}  // namespace pulih
