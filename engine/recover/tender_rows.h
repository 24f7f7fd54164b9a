// Rows of the database as claims about the procurement domain: of the row that an export shows (choose.h), what its columns
// say of a tender, a step, a vendor, a bid or a contract. So rows and pages can be held against each other.
//
// The tables are those of SPSE 3 and 4 (paket, lelang_seleksi, jadwal, peserta, rekanan, kontrak, satuan_kerja); tables that
// the case does not have give nothing. Codes become the words that pages show through the case's own tables of words. A
// row of paket speaks of every tender of the package. The publisher of a row is the LPSE that its number names.
//
// Derived: dropped and made anew by each call. One thread. Memory: some hundred bytes for each package and vendor.
#pragma once

#include "engine/progress.h"
#include "engine/recover/claim_sources.h"
#include "engine/recover/claim_store.h"

namespace pulih {

// How many claims were made.
Result<uint64_t> MakeRowTenders(OrderedKv& kv, const ClaimSources& sources, ProgressListener& progress);

}  // namespace pulih
