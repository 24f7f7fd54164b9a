// Reads one page of a table's heap: tuples by line pointers where those validate, then by carving over what they left.
// Nothing is believed for standing where it stands: a tuple says its own place (ctid), and what a page's halves disagree
// on shows itself.
//
// A page that carries its checksum is as it was written. Of any other page the tear is the danger: one part of it, up
// to a boundary of sectors (512 bytes) or blocks (4096), may be older than the other. A tuple inside one part is a tuple
// that once was, whole. One that crosses the boundary may be the head of one and the tail of another, and neither lengths
// nor an index on its key tell: so it says what it crosses, and whether its surroundings speak against a tear there.
//
// A remnant is what compaction left behind between the line pointers and the tuples: older versions, or copies.
//
// Tuples borrow from the page. One thread.
#pragma once

#include <span>
#include <vector>

#include "engine/recover/row_decoder.h"
#include "formats/postgres/heap_page.h"
#include "formats/postgres/tuple_carve.h"

namespace pulih {

inline constexpr size_t kSectorSize = 512, kBlockSize = 4096;

// A relation in pieces: its pages, and what stands between them where sectors were lost or put in between, so that pages
// begin elsewhere than at multiples of their size. A piece that is no page is shorter than one.
struct RelationPiece {
  size_t size = 0;
  bool is_page = false;
};
RelationPiece NextPiece(ByteView relation, size_t at);

struct FoundTuple {
  size_t offset = 0, length = 0;  // in the page
  TupleHeader header;
  size_t fields = 0;  // place of its first one, see HeapPage::FieldsOf
  bool fits = false;  // RowDecoder::Fits has said so
  Tid tid;   // its place, as line pointer or ctid say; item 0: not known
  Tid root;  // what an index calls it: the beginning of its chain on the page; item 0: not known
  bool has_line_pointer = false;
  bool is_remnant = false;
  bool crosses_block = false, crosses_sector = false;
  bool is_settled = false;       // see SettleTuples
  bool superseded_here = false;  // a newer version stands on this page
};

// Is filled again and again: its lists keep their memory from page to page.
struct HeapPage {
  bool sound = false;              // its header is one
  bool proven = false;             // its checksum is right
  uint32_t block = 0;              // its own, or what its tuples say
  bool displaced = false;          // that is not where it stands
  bool shows_tear = false;         // line pointers and tuples are of different times
  std::vector<FoundTuple> tuples;  // ascending offsets
  size_t lost_items = 0;           // line pointers to what is no tuple of the table
  std::vector<bool> used_items;    // by number - 1: line pointers that are not unused
  std::vector<TupleField> fields;  // of all tuples
  size_t columns = 0;              // fields of each

  std::span<const TupleField> FieldsOf(const FoundTuple& tuple) const { return {fields.data() + tuple.fields, columns}; }
};

class HeapReader {
 public:
  // `fewest_columns`: of the shortest tuples to expect (older than an ADD COLUMN).
  HeapReader(const RowDecoder& decoder, size_t fewest_columns);
  HeapReader(const HeapReader&) = delete;  // its carver refers to it
  HeapReader& operator=(const HeapReader&) = delete;

  // `block` is where the page stands in its relation. The page may have any size, also less than a whole one.
  void Read(ByteView page, uint32_t block, HeapPage& out) const;

 private:
  bool Walk(ByteView bytes, bool exact, HeapPage& out, FoundTuple& tuple) const;
  void TakeItems(ByteView page, HeapPage& out) const;
  void TakeCarved(ByteView page, HeapPage& out) const;
  void FindRoots(ByteView page, HeapPage& out) const;
  void SettleTuples(ByteView page, HeapPage& out) const;

  const RowDecoder& decoder_;
  TupleCarver carver_;
};

}  // namespace pulih
