// Where a row of a case comes from, to the byte: every claim of it, the best first, with its evidence, and which claim each
// field was taken from. It shows what choosing (choose.h) decides and decides nothing itself. One thread.
#pragma once

#include <string>
#include <vector>

#include "engine/recover/case.h"
#include "engine/recover/choose.h"
#include "engine/recover/evidence.h"
#include "formats/repo/table.h"

namespace pulih {

struct ExplainedClaim {
  StoredClaim stored;
  Evidence evidence;                   // of a ruling (decide.h): number 0, class 7, the person's name
  std::vector<EvidenceFile> files;     // of its unit: what ByteRange::file counts
  std::vector<EvidenceOrigin> origins;
};

struct Explanation {
  std::string table;                   // "public.paket"
  std::string key;                     // as it was asked for
  std::string words;                   // the same as the row's own values have it
  std::vector<std::string> columns;
  std::vector<ExplainedClaim> claims;  // the best first; those of grade F, which never count, last
  std::vector<ChosenRow::FieldChoice> fields;  // `claim` is a place in `claims`; empty when no claim may be shown
  bool deleted = false;
  // No row has this key; indexes say that one had, and no copy of it was found. Then `claims` is empty. These are keys and
  // no rows.
  std::vector<ExplainedClaim> indexed;
  bool may_be_deleted = false;         // then: nothing says that the row was still there
  uint64_t seen = 0;                   // claims that there are: of very many only those that matter are in `claims` (choose.h)
};

// What KeyOfWords (engine/records/row_key_text.h) needs of a table.
TableDescriptor DescriptorOf(const Schema& schema, const SchemaTable& table);

// `table`: "paket" or "ekontrak.paket"; `key`: as `records get` takes it (engine/records/row_key_text.h). not_found when the
// case has no such table, and neither a row nor an index has the key.
Result<Explanation> ExplainRow(Case& of, const std::string& table, const std::string& key);

}  // namespace pulih
