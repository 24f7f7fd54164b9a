// The extractor of dumps: custom, tar, directory (with and without toc.dat), plain SQL, and SQL inside gzip, lz4 or
// zstd; with their large objects (large_objects.h). One unit is one dump; which form it has its bytes say.
//
// The recipe: contents and DDL → names of groups of rows (name_groups.h) → rows with grades (row_claims.h). Decoding is
// that of formats/postgres and formats/archive. Stateless between units.
#pragma once

#include <memory>

#include "engine/recover/extract.h"

namespace pulih {

std::unique_ptr<Extractor> MakeDumpExtractor();

}  // namespace pulih
