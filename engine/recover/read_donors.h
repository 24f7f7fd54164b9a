// Reads the donors (donor_rows.h) for one piece of evidence, the patient, from the claims of a case.
//
//   a donor      a whole row, live in its evidence, grade A to C, that extraction (not solving) gave, of a table with a
//                key, in another piece of evidence than the patient
//   a witness    a donor whose key the patient does not hold whole elsewhere: then it can still stand in what is damaged
//   a history    how the donor's copy differs from the patient's in the rows that both hold whole. Between copies of two
//                days a status moves, or a time of change; an old value must not pass for the new one, so donor_index.h
//                asks of each place whether such a change would have shown
//
// The rest of the rows, the patient's own whole ones too, are company: a place that they nearly fit proves nothing
// (donor_index.h).
//
// Read walks each table of the case once, in the order of its keys. Memory: `budget` bytes of rows and about half as much
// beside them; where there are more, those are kept whose key has a small hash, so the same claims give the same donors.
#pragma once

#include "engine/recover/claim_sources.h"
#include "engine/recover/claim_store.h"
#include "engine/recover/donor_rows.h"

namespace pulih {

inline constexpr uint64_t kDonorBudget = 16u << 20;
inline constexpr size_t kMostChanges = 1024;  // of a table between two copies

// More pieces of evidence than bits: those whose id comes later are not asked.
inline constexpr size_t kMostSources = 64;

Result<DonorRows> ReadDonors(ClaimStore& store, const Schema& schema, const ClaimSources& sources, uint32_t patient,
                             uint64_t budget = kDonorBudget);

}  // namespace pulih
