// An OCDS release as records: one for the release, and one for each element of its arrays of objects, with the tender
// that it is of. Fields are named by JSON pointer, "[]" for a place in an array: "/tender/value/amount",
// "/awards[]/suppliers[]/name". OCDS 1.0 (tenderers inside the tender) and 1.1 (parties with roles).
//
//   ocds.release    all that stands once
//   ocds.tenderer   an element of /tender/tenderers, or of /parties whose roles are tenderer or supplier
//   ocds.award  ocds.contract  ocds.bid  ocds.milestone (of the tender)  ocds.party  ocds.other
//
// A contract also has the fields of the award that its awardID names. Each of the parts repeats /ocid and /date.
// Pure.
#pragma once

#include <string_view>
#include <vector>

#include "formats/spse/source_record.h"
#include "formats/text/json_scan.h"

namespace pulih::spse {

// `text` was read as JSON and is a release. Offsets are in `text`.
std::vector<SourceRecord> OcdsRecords(std::string_view text);

// The releases inside of a record, else its compiled one, else nothing; of a release itself.
std::vector<std::string_view> OcdsReleases(std::string_view text, const Json& value);

}  // namespace pulih::spse
