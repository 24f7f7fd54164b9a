// The catalogs of one database, found among its files and read; the next step (catalog.cc) makes a Schema of them.
// Private to the catalog reader (catalog.h).
//
// Found by the database's map, by pg_class, by their fixed numbers, and at last by their contents. Rows borrow from the
// files and from the layouts that stand here: a CatalogTables is neither copied nor moved.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "formats/postgres/catalog.h"
#include "formats/postgres/catalog_layout.h"
#include "formats/postgres/catalog_rows.h"

namespace pulih {

class CatalogTables {
 public:
  CatalogTables(const std::vector<CatalogFile>& files, const CatalogOptions& options);
  CatalogTables(const CatalogTables&) = delete;
  CatalogTables& operator=(const CatalogTables&) = delete;

  // Current rows of a catalog (catalog_oid), by key. Empty when it is lost.
  const std::vector<const CatalogRow*>& Rows(uint32_t catalog) const;
  // Of pg_attribute, those of one relation by attnum, positive ones.
  const std::map<int, const CatalogRow*>& Attributes(uint32_t relation) const;

  PgMajor major() const { return major_; }
  bool HasFile(uint32_t filenode) const { return files_.count(filenode) != 0; }
  // Where a mapped catalog stands: by the map, else its own OID.
  uint32_t MappedFilenode(uint32_t oid) const;
  bool complete() const { return complete_; }
  std::vector<std::string>& remarks() { return remarks_; }

 private:
  struct Loaded {
    CatalogLayout layout;
    CatalogPages pages;
    std::vector<const CatalogRow*> current;
  };

  void SortFiles(const std::vector<CatalogFile>& files);
  void LoadAttributes();
  void Load(uint32_t catalog, const char* name, bool needed);
  CatalogLayout LayoutFor(uint32_t catalog) const;
  // The files that may hold a catalog, the likeliest first, then every other by contents.
  bool Locate(uint32_t catalog, const CatalogLayout& layout, uint32_t& filenode) const;
  size_t Score(uint32_t catalog, const CatalogLayout& layout, uint32_t filenode) const;
  void Read(uint32_t catalog, uint32_t filenode, const char* name);
  uint32_t FilenodeByClass(uint32_t oid) const;

  const CatalogOptions& options_;
  PgMajor major_ = 0;
  bool is_guessed_ = false;  // the release was told by the fit of pg_attribute, or not at all
  bool complete_ = true;
  std::map<uint32_t, std::vector<ByteView>> files_;  // by filenode, segments in order
  std::map<uint32_t, uint32_t> mapped_;
  std::map<uint32_t, Loaded> loaded_;
  std::map<uint32_t, std::map<int, const CatalogRow*>> attributes_;
  std::vector<std::string> remarks_;
};

}  // namespace pulih
