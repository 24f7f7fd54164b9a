// Makes pages, heap tuples and rows of system catalogs as PostgreSQL lays them out, of any release, for tests.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/bytes.h"
#include "formats/postgres/catalog.h"
#include "formats/postgres/catalog_layout.h"

namespace pulih {

class PageMaker {
 public:
  explicit PageMaker(size_t special = 0);
  // False when it is full. `state` as in a line pointer.
  bool Add(ByteView tuple, unsigned state = 1);
  // `flags` and the like of a special space are the caller's.
  Bytes& bytes() { return page_; }

 private:
  Bytes page_;
};

// Tuples of a table end to end on as many pages as it takes.
Bytes MakeRelation(const std::vector<Bytes>& tuples);

struct TupleMeta {
  uint32_t xmin = 3, xmax = 0;
  uint16_t infomask = 0x0100 | 0x0800;  // inserted by who committed, not deleted
  uint32_t block = 0;
  uint16_t item = 1;
};

// A row of a catalog: values by field, numbers in decimal, arrays of int2 as "1 2 3"; a field that is not named is 0, an
// empty text, or null where it may be. "oid" goes where the release has it.
Bytes CatalogTuple(const CatalogLayout& layout, const std::map<std::string, std::string>& values, const TupleMeta& meta = {});

// The directory of a small database of that release: schemas public and arsip, tables paket (rewritten, with TOAST, a
// dropped column, an enumeration) and arsip.berkas, keys, a foreign key, indexes; older and deleted row versions.
struct SpecimenDatabase {
  std::vector<std::pair<std::string, Bytes>> files;
  std::vector<CatalogFile> Views() const;
};
SpecimenDatabase MakeDatabase(PgMajor major);

}  // namespace pulih
