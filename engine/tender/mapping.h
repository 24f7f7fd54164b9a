// What the fields of a source mean in the procurement domain. The mapping is data: lines that name a source, a thing of the
// domain, a field of the source, the field of the domain that it is, and how its text is read. One source more is lines
// more (mapping_table.cc).
//
// A line of bidders makes a claim about a vendor and one about a bid; what a claim's key is, tender_claim.h says. A text that
// nothing can be made of stays in the claim as raw text without a value. Fields that no line names are left out.
//
// Pure. Read-only after it was made; any number of threads.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/tender/tender_claim.h"
#include "formats/spse/source_record.h"

namespace pulih::tender {

// How a text is read.
enum class Reading : uint8_t {
  text,            // blanks collapsed
  capitals,        // the source writes all in capitals, or without punctuation: letters are lost
  vendor_name,     // folded, too: forms of companies come and go
  code,            // digits and letters as they are, blanks off
  key,             // of the thing itself: its kode lelang
  money_full, money_rounded, money_machine, money_millions,
  moment,
  period_start, period_end,  // of "18 Desember 2013 - 27 Desember 2013"
  npwp,
  flag,            // 1, true, a star, "Pemenang": 1; 0, false, a dash: 0; an empty one says nothing
  year,            // the last four digits of "Pekerjaan Konstruksi - TA 2014"
  before_dash,     // "Pekerjaan Konstruksi" of it
};

struct MappingLine {
  std::string_view source;
  Entity entity;
  std::string_view field;  // of the source; for tables also other spellings, folded: "KODE LELANG"
  Field means;             // of Reading::key: ignored
  Reading reading;
};

std::span<const MappingLine> BuiltInMapping();

// Claims of what a record tells; empty when no line is about its source.
std::vector<TenderClaim> ClaimsOf(std::span<const MappingLine> mapping, const spse::SourceRecord& record, const spse::SourceHead& head);

}  // namespace pulih::tender
