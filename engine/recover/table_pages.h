// The rows of one table out of the pages of its heap, graded:
//
//   A   the page's checksum is right, and those of the pages with its TOAST chunks
//   C   an index names this key at this place, and the tuple crosses no boundary at which a tear could have put two
//       tuples together unseen (heap_reader.h)
//   D   any other tuple of the table's structure
//
// Where pages of the relation carry checksums and a page's is wrong, something on it is damaged and nobody knows what:
// all of it is D. Of a key that an index knows at several places the newest version is live, the others are older.
//
// What the index of the table's key names and no tuple agrees with is told as keys without a row.
//
// Emits claims in the order of the pages, but for contested keys, which come last. One thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/recover/extract.h"
#include "engine/recover/heap_reader.h"
#include "engine/recover/index_witness.h"
#include "engine/recover/toast_relation.h"
#include "formats/postgres/xact.h"

namespace pulih {

struct TableEvidence {
  std::string table;                    // "public.paket"; empty when it could not be told
  std::vector<std::string> candidates;  // then
  std::vector<RelationSegment> heap;
  std::vector<std::string> names;  // of the segments' files
  std::vector<IndexWitness> witnesses;
  const ToastRelation* toast = nullptr;
  const XactLog* xacts = nullptr;
};

struct PageCounts {
  uint64_t rows = 0, pages = 0, damaged_pages = 0,
           without_tuple = 0;  // entries of the first index that no tuple matched
};

class TablePages {
 public:
  TablePages(const RowDecoder& decoder, TableEvidence evidence, ExtractSink& sink);

  Status Run(PageCounts& counts);

 private:
  static constexpr uint32_t kWindow = 65536;  // blocks whose index entries are in memory at a time

  struct Graded {
    Grade grade = Grade::d;
    bool contested = false;
    uint64_t key = 0;
  };
  struct Held {
    RowClaim claim;
    uint64_t key = 0;
  };

  void Survey();
  Status ReadSegment(const RelationSegment& segment, size_t place, uint32_t begin, uint32_t end, PageCounts& counts);
  Status ReadPage(const RelationSegment& segment, size_t place, size_t at, size_t size, PageCounts& counts);
  Status TakeTuple(const HeapPage& page, const FoundTuple& tuple, const RelationSegment& segment, size_t at);
  void BeginPath(const std::string& file, size_t at);
  void FinishPath(size_t at, const FoundTuple& tuple);
  Graded GradeOf(const HeapPage& page, const FoundTuple& tuple, const DecodedTuple& row);
  void DropBehindTear(const HeapPage& page, const FoundTuple& tuple, DecodedTuple& row) const;
  bool MayBeStale(const HeapPage& page);
  Standing StandingOf(const FoundTuple& tuple) const;
  Status NotePage(const RelationSegment& segment, size_t at, size_t size, ByteView bytes, const HeapPage& page);
  Status FlushNote();
  Status FlushHeld();
  void JudgeEntries(const HeapPage& page, ByteView bytes);
  Status TellUnseen();

  const RowDecoder& decoder_;
  TableEvidence evidence_;
  ExtractSink& sink_;
  std::unique_ptr<HeapReader> reader_;
  bool has_checksums_ = false;
  bool page_may_be_stale_ = false;  // of the page at hand
  RangeNote note_;                  // of the pages that are alike until now
  bool has_note_ = false;
  std::vector<Held> held_;
  uint64_t rows_ = 0;
  HeapPage page_;              // the page, the row and the claim at hand keep their memory
  DecodedTuple row_;
  RowClaim claim_;
  size_t path_head_ = 0;       // of claim_.path: what is the same for all tuples of the page
};

}  // namespace pulih
