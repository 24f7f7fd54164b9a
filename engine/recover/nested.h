// The extractor of dumps and data directories that are packed in something else: a dump inside gzip, zlib, lz4 or zstd, a
// tar archive of dumps, of a data directory, of WAL, and so on to a depth of kMostNesting.
//
//   compressed    what is in it, by its beginning: a script is read as it streams (extract_dump.h); anything that is read
//                 from many places is unpacked into memory first, at most kMostUnpacked bytes of it
//   tar           its members are gathered as files of a folder are (gather_units.h). An archive that is itself a dump, by
//                 pg_dump -Ft or of a directory dump, goes to the extractor of dumps as it stands
//
// What the inner extractor tells is told with the bytes of the file that was added, and a path that begins with what it
// was packed in: "cadangan.tar » base/16384 » page 9". A checksum around a row proves it; what was decoded behind damage
// of the packing is worth D, unless a checksum inside proves it again.
#pragma once

#include <memory>

#include "engine/recover/evidence.h"
#include "engine/recover/extract.h"

namespace pulih {

inline constexpr unsigned kMostNesting = 4;
inline constexpr uint64_t kMostUnpacked = 768u << 20;

bool MayBeNested(FileKind kind);
std::unique_ptr<Extractor> MakeNestedExtractor(FileKind kind);

}  // namespace pulih
