// Lines of a text that nothing was made of, told as stretches of evidence: neighbours as one. Only of plain text; in a
// compressed one the bytes of a line are its neighbours', too.
//
// Borrows the sink. One thread.
#pragma once

#include <utility>

#include "engine/recover/extract.h"
#include "engine/recover/text_lines.h"

namespace pulih {

class LostLines {
 public:
  explicit LostLines(ExtractSink& sink) : sink_(sink) {}

  // `table_known`: the line is not as its table wants it; else there is no table that it could be of, and it may be sound.
  Status Add(const TextLine& line, bool table_known) {
    const RangeFate fate = table_known ? RangeFate::damaged : RangeFate::skipped;
    for (const ByteRange& range : line.bytes) {
      ByteRange& last = note_.range;
      if (last.length != 0 && note_.fate == fate && last.file == range.file && last.offset + last.length == range.offset) {
        last.length += range.length;
        continue;
      }
      PULIH_TRY(Tell());
      note_ = {range, fate, table_known ? "lines that nothing could be made of" : "lines that fit no table that is known"};
    }
    return OkStatus();
  }
  Status Tell() {
    if (note_.range.length == 0) return OkStatus();
    return sink_.Range(std::exchange(note_, RangeNote()));
  }

 private:
  ExtractSink& sink_;
  RangeNote note_;  // not yet told
};

}  // namespace pulih
