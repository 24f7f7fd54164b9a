// Extraction: one unit of evidence in, claims out. A unit is what belongs together: a dump, a directory dump, a data
// directory, a folder of WAL segments. Extractors run in a sandboxed child (sandbox.h): they see the bytes of their
// unit and nothing else of the machine, and may die; what they had told until then counts.
//
// An extractor is deterministic: same unit, same schema, same calls in the same order. One thread.
// Read next: extract_dump.cc, extract_pages.cc, extract_wal.cc, run.h.
#pragma once

#include <string>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/status.h"
#include "engine/recover/claim.h"
#include "engine/tender/tender_claim.h"
#include "engine/recover/donor_rows.h"
#include "formats/postgres/schema.h"

namespace pulih {

struct UnitFile {
  std::string name;  // below the unit, with '/': "base/16384/1259"; of a single file its own name
  ByteView bytes;    // mapped; reading beyond what the disk gives ends the child
  bool mapped = false;  // it is, and may be let go (let_go.h)
};

class ExtractSink {
 public:
  virtual ~ExtractSink() = default;
  // A failure of any of these means that nobody listens any more: pass it up.
  virtual Status Row(const RowClaim& claim) = 0;
  // Of sources that are no database. A sink for rows only need not take them.
  virtual Status Tender(const tender::TenderClaim&) { return OkStatus(); }
  virtual Status Range(const RangeNote& note) = 0;
  // In words for the report: "block 12 of the archive is out of place".
  virtual Status Remark(const std::string& text) = 0;
  // A key that an index has and of whose row nothing was found in this unit: a claim with the fields of the table's key and
  // no others. It is no row, and never becomes one. Standing live: the page of the row is lost; unknown: a part of the
  // page is there, so the row may have been deleted. A sink for rows only need not take them.
  virtual Status Key(const RowClaim&) { return OkStatus(); }
};

// What each kind of unit answers. `known` is what was learnt so far; LearnSchema may add to it. A failure says that the
// unit cannot be read at all as what it seemed to be; damage in it is not a failure.
class Extractor {
 public:
  virtual ~Extractor() = default;
  // Reads the shape of the database where this unit tells it (DDL in a dump, catalog pages). May find nothing.
  virtual Status LearnSchema(const std::vector<UnitFile>& files, Schema& found) = 0;
  virtual Status Extract(const std::vector<UnitFile>& files, const Schema& known, ExtractSink& sink) = 0;

  // Whether rows of other copies can tell what is lost in such a unit (solve_markers.h). Then Solve tells the rows that
  // Extract did not tell, or in part only, and nothing else.
  virtual bool Solves() const { return false; }
  virtual Status Solve(const std::vector<UnitFile>&, const Schema&, const DonorRows&, ExtractSink&) { return OkStatus(); }
};

}  // namespace pulih
