// What is known to have been there and is lost: rows that something else speaks of. Nothing is concluded from a hole in a
// sequence of numbers alone (three in ten numbers of an LPSE were never a public tender); gaps in numbers are counted by
// month in year_survey.h and called what they are.
//
//   named by a row        a row that is there refers to it by a foreign key
//   named by a source     a page, a list or an export tells of a tender, a bidder or a contract whose row is not there
//   named by an index     the index of a table's key has an entry, and no evidence has a row with that key. Where a part of
//                         the row's page is left, the row may have been deleted, and that is said
//
// Who might still hold it: publishers that tell of other records of the same tender, else those that tell of such things at
// all, by how many they tell of; none is invented.
//
// Reads the case only, one thread. Memory: 16 bytes for each row that a foreign key points at, and what is missing, of which
// at most kMaxMissing are listed (all are counted).
#pragma once

#include <string>
#include <vector>

#include "engine/progress.h"
#include "engine/recover/case.h"
#include "engine/recover/claim_sources.h"
#include "engine/recover/claim_store.h"

namespace pulih {

inline constexpr size_t kMaxMissing = 1u << 20;

struct MissingRecord {
  std::string table;               // "public.rekanan"
  std::string key;                 // as `explain` takes it; empty when only the tender and `what` are known
  std::string tender;              // kode lelang, where known
  std::string what;                // "vendor 981702087", "step PENETAPAN PEMENANG"
  std::string why;                 // "named by public.peserta 64981127 (rkn_id)"
  bool by_index = false;           // an index says that the row was there
  bool may_be_deleted = false;     // and nothing else does, nor that it was still there
  uint64_t mentions = 0;           // rows and claims that speak of it
  std::vector<std::string> holders;  // publishers, the likeliest first
};

// What an index says of a key that no row has, as words for people. `claims`: not empty.
struct IndexedKey {
  std::string why;                 // "named by index paket_pkey » page 3 » leads to page 9 item 4 of evidence 5 (data)"
  bool may_be_deleted = false;
};
IndexedKey ReadIndexedKey(const std::vector<StoredClaim>& claims, const ClaimSources& sources);

struct Gaps {
  std::vector<MissingRecord> missing;  // by table, then key
  uint64_t count = 0;
};

Result<Gaps> FindGaps(Case& of, ProgressListener& progress);

}  // namespace pulih
