// Rows of one system catalog out of its pages: which tuples are such rows, what their columns say, and which version of
// a row counts. Private to the catalog reader (catalog.h).
//
// A tuple counts when its header, every column of its fixed part and the meaning of the columns we know are what they
// must be; each is judged by itself. On a page without a sound header every multiple of 8 is tried.
//
// Views borrow from the pages.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/bytes.h"
#include "formats/postgres/catalog_layout.h"
#include "formats/postgres/heap_tuple.h"
#include "formats/postgres/xact.h"

namespace pulih {

// One tuple of a catalog. Columns are looked up when asked for; one that is not there, or null, is 0 or empty.
class CatalogRow {
 public:
  CatalogRow(const CatalogLayout& layout, ByteView tuple) : layout_(&layout), tuple_(tuple), header_(ReadTupleHeader(tuple)) {}

  // Whether header and columns lie as the layout says; `exact`: the tuple ends with its last column.
  bool Fits(bool exact) const;

  bool Knows(std::string_view field) const { return layout_->Find(field) != CatalogLayout::npos; }
  bool IsComplete() const { return header_.column_count() == layout_->fields.size(); }
  uint32_t Word(std::string_view field) const;
  int Short(std::string_view field) const;    // an int2, or an int4 (some columns became smaller)
  char Byte(std::string_view field) const;
  bool Flag(std::string_view field) const { return Byte(field) == 1; }
  std::string Name(std::string_view field) const;
  bool IsName(std::string_view field) const;  // text without control characters, then zeros
  bool IsNull(std::string_view field) const;
  // Of an int2vector or an int2[]; nothing when it is null or no such array.
  std::optional<std::vector<int>> Shorts(std::string_view field) const;
  uint32_t oid() const;

  const TupleHeader& header() const { return header_; }
  ByteView tuple() const { return tuple_; }

 private:
  bool IsNull(size_t field) const;
  ByteView Fixed(std::string_view field, size_t size) const;
  // Walks the columns behind the fixed part, up to `until`; where that one begins and ends. False when one does not fit.
  bool WalkTail(size_t until, size_t& begin, size_t& end) const;

  const CatalogLayout* layout_;
  ByteView tuple_;
  TupleHeader header_;
};

// What is seen of a catalog's pages.
struct CatalogPages {
  std::vector<CatalogRow> rows;
  uint32_t pages = 0, damaged_pages = 0;  // unsound headers, items that are no row
  uint32_t strangers = 0;                 // tuples that are none of this catalog
};

// Whether the columns of a row can be what they say: names are names, kinds are kinds. By the catalog's OID.
bool IsPlausible(uint32_t catalog, const CatalogRow& row);

// All row versions in the file's parts, at most `max_pages` pages of them.
CatalogPages ReadCatalogPages(uint32_t catalog, const CatalogLayout& layout, const std::vector<ByteView>& parts,
                              size_t max_pages);

// Of two versions, whether the second counts rather than the first.
bool IsNewer(const CatalogRow& old, Visibility old_visibility, const CatalogRow& other, Visibility other_visibility);

// Of several versions of one row (`key` says which belong together) the one that counts; those that are gone for sure
// are left out. The order of keys.
template <typename Key>
std::vector<const CatalogRow*> Current(const std::vector<CatalogRow>& rows, const XactLog* log, Key key) {
  using KeyValue = decltype(key(rows.front()));
  std::map<KeyValue, std::pair<const CatalogRow*, Visibility>> best;
  for (const CatalogRow& row : rows) {
    const Visibility visibility = VisibilityOf(row.header(), log);
    if (visibility == Visibility::never || visibility == Visibility::deleted) continue;
    const auto [at, is_new] = best.try_emplace(key(row), &row, visibility);
    if (!is_new && IsNewer(*at->second.first, at->second.second, row, visibility)) at->second = {&row, visibility};
  }
  std::vector<const CatalogRow*> out;
  for (const auto& [k, row] : best) out.push_back(row.first);
  return out;
}

}  // namespace pulih
