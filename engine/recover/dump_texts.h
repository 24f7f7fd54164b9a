// The texts that a dump consists of, whatever its form: scripts of SQL, and rows of COPY, one text for each table's data.
//
//   custom dump     a text for each data block (formats/postgres/dump_blocks.h)
//   tar             a text for each NNNN.dat behind its header
//   directory       a text for each NNNN.dat, NNNN.dat.gz, .lz4 or .zst
//   plain           one script, as it stands or in gzip, lz4 or zstd
//
// And what its table of contents says: the DDL, and which text is which table's. Nothing is decided here of what a text
// without a name holds (name_groups.h).
//
// Borrows the dump. ForEach may be called again and tells the same; surveys of compressed streams are kept between
// calls. One thread.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "engine/recover/extract.h"
#include "engine/recover/large_objects.h"
#include "engine/recover/ordered_dump.h"
#include "engine/recover/text_lines.h"
#include "formats/postgres/dump_archive.h"
#include "formats/postgres/dump_blocks.h"
#include "formats/postgres/sql_script.h"

namespace pulih {

enum class DumpForm : uint8_t { custom, tar, directory, script };

struct DumpText {
  TextSource source;
  SourceState state;
  bool is_script = false;        // else rows of COPY
  bool has_target = false;
  CopyTarget target;             // of the rows
  bool aside_target = false;     // the table of contents does not say it: it is what stood before the damage
  std::string path;              // "table data 3410"
  int64_t order = 0;             // dump id or number of the file; 0: none
  ByteStretch stretch;           // of the file, with heads and ends
  std::vector<ByteStretch> damage;  // in it: heads that are broken, holes
};

// Whether a file is a custom dump, or a piece of one without its beginning.
bool IsCustomDump(ByteView bytes);

class DumpTexts {
 public:
  explicit DumpTexts(const OrderedDump& dump);

  DumpForm form() const { return form_; }
  const ArchiveToc& toc() const { return toc_; }
  // What the contents tell of tables and types; a script's own DDL is read as it comes.
  void ReadContents(DdlReader& reader) const;
  const std::string& encoding() const { return encoding_; }

  Status ForEach(const std::function<Status(const DumpText&)>& each);
  // The large objects that lie outside of texts, in the order of the file; of a custom dump once ForEach has been called.
  Status EachObject(const std::function<Status(const DumpObject&)>& each);
  bool has_objects() const;
  // What later readings know of markers; borrowed, may be null.
  void set_solution(const MarkerSolution* solution) { solution_ = solution; }
  // The stretches of the files that are no text: heads, contents, damage between blocks.
  Status TellRanges(ExtractSink& sink) const;

 private:
  void OpenArchive(uint32_t file, ByteView contents, uint64_t offset, bool custom);
  Status EachBlock(const std::function<Status(const DumpText&)>& each);
  Status EachMember(const std::function<Status(const DumpText&)>& each);
  Status Give(DumpText& text, const std::function<Status(const DumpText&)>& each);
  void Survey(TextSource& source, ByteView bytes, uint64_t offset);
  void OpenPieces(const DumpBlock& block, TextSource& source);
  void FindObjects(const DumpBlock& block);
  std::vector<TextSource::Stream> GzipStreams(uint32_t file, ByteView bytes, uint64_t offset);
  std::vector<TextSource::Stream> FrameStreams(uint32_t file, ByteView bytes, uint64_t offset);
  uint64_t PlaceOf(uint64_t offset) const;
  void NameByEntry(const ArchiveEntry* entry, DumpText& text) const;

  struct Place {                 // of a text in a file
    uint32_t file = 0;
    uint64_t begin = 0, end = 0;
    const ArchiveEntry* entry = nullptr;
    std::string name;
    int64_t order = 0;
    bool cut = false;            // its end is not there
  };

  const OrderedDump& dump_;
  const std::vector<UnitFile>& files_;
  DumpForm form_ = DumpForm::script;
  uint32_t toc_file_ = 0;
  uint64_t toc_offset_ = 0;
  ArchiveToc toc_;
  std::string encoding_ = "UTF8";
  std::vector<Place> places_;                                  // tar, directory, script
  std::map<std::pair<uint32_t, uint64_t>, std::vector<TextSource::Stream>> surveys_;  // by file and offset
  std::map<std::pair<uint32_t, uint64_t>, InflateSurvey> block_surveys_;
  std::vector<RangeNote> notes_;
  const MarkerSolution* solution_ = nullptr;
  uint64_t markers_ = 0;         // names that the texts before took
  std::set<uint64_t> object_blocks_;  // that objects_ has
  std::vector<std::pair<uint32_t, ObjectPlace>> objects_;  // by file; without chunks: all of the file or member
};

}  // namespace pulih
