// The rows of a dump, told text by text: groups of COPY lines that are of one table, and rows of INSERT. The same dump
// gives the same groups in the same order however often it is read, so what a first reading learns of group 7 serves the
// second.
//
// Nothing is judged here. Read next: name_groups.h (which table a group is of), row_claims.h (what a row is worth).
#pragma once

#include <string>
#include <vector>

#include "engine/recover/dump_texts.h"
#include "formats/postgres/ddl.h"

namespace pulih {

struct RowGroup {
  size_t number = 0;
  bool has_target = false;  // the dump says the table
  bool sure = true;         // false: it said so before damage that may have swallowed the border to another table
  CopyTarget target;
  std::string path;
  int64_t order = 0;
  SourceState state;        // of the text it is in
  bool plain = false;       // the text stands in the file as it is: bytes of a line are bytes of no other
};

struct InsertedRow {
  const CopyTarget* target = nullptr;
  const InsertedValues* values = nullptr;
  bool complete = true;     // its closing parenthesis is there
  SegmentTrust trust = SegmentTrust::exact;
  SourceState state;
  const std::vector<ByteRange>* bytes = nullptr;
};

class RowTaker {
 public:
  virtual ~RowTaker() = default;
  virtual Status Group(const RowGroup& group) = 0;
  // Whether the rows of the group told last matter; where its text holds nothing else it is passed over then.
  virtual bool WantsRows() const { return true; }
  virtual Status Row(const TextLine& line) = 0;  // of the group told last
  virtual Status Inserted(const InsertedRow&) { return OkStatus(); }
  virtual Status Ddl(std::string_view) { return OkStatus(); }
  // A statement that makes a large object, and what may have swallowed some (large_objects.h).
  virtual Status Object(std::string_view, SegmentTrust, const SourceState&, const std::vector<ByteRange>&) { return OkStatus(); }
  virtual void Torn() {}
  // A script that stops before its end: "it ends inside the rows of public.paket".
  virtual Status EndsEarly(const std::string&) { return OkStatus(); }
  // A line of a plain script that is neither a row nor of a statement: behind damage, or with bytes that are not known.
  virtual Status Lost(const TextLine&) { return OkStatus(); }
};

// `known`: for statements with unknown bytes, which are recognised by what they would be; may be empty.
Status TellRows(DumpTexts& texts, const Schema& known, RowTaker& taker);

}  // namespace pulih
