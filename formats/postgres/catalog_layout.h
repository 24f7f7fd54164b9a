// How the rows of the system catalogs lie, by release. Private to the catalog reader (catalog.h).
//
// Only pg_attribute needs these lists to be right: it describes every catalog, and itself. So a layout that the
// database's own pg_attribute tells goes before the one listed here, which serves when those rows are lost.
//
// Constant tables. Source: src/include/catalog/pg_*.h of 8.4 to 18.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "formats/postgres/control.h"

namespace pulih {

namespace catalog_oid {
inline constexpr uint32_t kType = 1247, kAttribute = 1249, kClass = 1259, kDatabase = 1262, kConstraint = 2606,
    kIndex = 2610, kNamespace = 2615, kEnum = 3501, kRange = 3541;
}

struct CatalogField {
  std::string name;
  int16_t length = 4;  // attlen
  char align = 'i';
  bool nullable = false;
  size_t offset = 0;  // from the first column on; of the fixed part only
};

struct CatalogLayout {
  std::vector<CatalogField> fields;
  bool has_oid = false;    // in the tuple's header, until 11
  bool is_partial = false;  // rows go on behind `fields`
  size_t fixed_fields = 0;  // those before the first of variable length, or that may be null
  size_t fixed_size = 0;

  static constexpr size_t npos = static_cast<size_t>(-1);
  size_t Find(std::string_view name) const;
  void Place();  // computes the fixed part from `fields`
};

size_t CatalogAlignment(char align);

// Of the catalogs in catalog_oid; empty for others, and for one that the release does not have.
CatalogLayout BuiltinLayout(uint32_t catalog, PgMajor major);

}  // namespace pulih
