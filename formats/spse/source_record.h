// What a source that is no database tells of one thing: a tender on a list, one bidder on a saved page, one line of a
// spreadsheet, one release. The texts stand as they were found, under the names that the source itself uses; nothing is
// interpreted here. engine/tender/mapping.h says what they mean.
//
// `source` names the form that the thing was found in, not who published it; the mapping is chosen by it:
//
//   spse3.list spse3.view spse3.steps spse3.bidders      pages of SPSE 3.x (Tapestry)
//   spse3.winner                                         a list of winners of SPSE 3
//   spse4.list spse4.view spse4.steps spse4.bidders spse4.winner   pages of SPSE 4 and 4.5
//   spse4.nonspk spse4.swakelola                         of notices beside tenders: their numbers are others
//   spse4.dt                                             answers of /dt/lelang (DataTables), fields "0" to "13", "1.label"
//   spse4.dt.nonspk                                      the same of notices: nine columns that mean other things
//   lkpp.announcement lkpp.result lkpp.values lkpp.bidders lkpp.steps   LKPP ISB, JSON and CSV
//   ocds.release                                         one release; fields named by JSON pointer with `[]`
//   ocds.tenderer ocds.award ocds.contract ocds.bid ocds.milestone ocds.party ocds.other   parts of one (ocds_source.h)
//   table                                                any other table with a head: fields named by its head
//   mail.notice                                          a notice of SPSE by mail
//
// Values, UTF-8. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pulih::spse {

struct SourceField {
  std::string name;            // "pkt_nama", "Nilai HPS Paket", "kd_tender", "/tender/title"
  std::string raw;             // entities and escapes decoded, markup out, blanks as they were
  uint64_t offset = 0, length = 0;  // where it stood in the bytes given to the parser
  bool operator==(const SourceField&) const = default;
};

struct SourceRecord {
  std::string source;
  std::vector<SourceField> fields;
  // The thing that this one is a part of, as its page says it: the kode lelang of a list of bidders. Empty when it
  // stands on its own or the page does not say.
  std::string tender;
  uint64_t offset = 0, length = 0;
  std::string path;            // "row 17", "item 3 » bidder 2"
  // The bytes end inside it: fields that could be cut are left out, not shortened.
  bool cut = false;

  const std::string* Find(std::string_view name) const {
    for (const SourceField& field : fields)
      if (field.name == name) return &field.raw;
    return nullptr;
  }
};

// What a whole source says of itself.
struct SourceHead {
  std::string publisher;       // who put it out: "lpse.jakarta.go.id", "LKPP", of OCDS its publisher's name; empty: not told
  std::string captured;        // ISO 8601 in UTC where the bytes tell it (HTTP Date, WARC-Date, publishedDate), else empty
  std::string url;             // that it was saved from
};

}  // namespace pulih::spse
