#include "formats/postgres/catalog_rows.h"

#include <algorithm>
#include <array>

#include "engine/base/endian.h"
#include "formats/postgres/heap_page.h"

namespace pulih {
namespace {

constexpr size_t kNameSize = 64;
constexpr uint32_t kInt2Oid = 21;
constexpr int kMaxIndexColumns = 32 * 8;  // INDEX_MAX_KEYS of any build we have heard of, and conkey of wide checks

bool IsZero(ByteView bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](uint8_t b) { return b == 0; });
}

bool IsOneOf(char c, std::string_view set) { return set.find(c) != std::string_view::npos; }

}  // namespace

bool CatalogRow::IsNull(size_t field) const {
  if (field >= header_.column_count()) return true;
  return header_.has_null() && (tuple_[kTupleHeaderSize + field / 8] >> (field % 8) & 1) == 0;
}

bool CatalogRow::Fits(bool exact) const {
  const CatalogLayout& layout = *layout_;
  const size_t columns = header_.column_count();
  if (columns < layout.fixed_fields || (columns > layout.fields.size() && !layout.is_partial)) return false;
  if ((header_.infomask2 & tuple_bits::kReserved) != 0 || header_.has_oid() != layout.has_oid) return false;
  if (header_.hoff != ComputedHoff(columns, header_.has_null(), layout.has_oid)) return false;
  if (header_.hoff + layout.fixed_size > tuple_.size()) return false;
  if (header_.xmin == 0 || header_.ctid.item == 0) return false;
  size_t at = 0;
  for (size_t i = 0; i < layout.fixed_fields; ++i) {
    const CatalogField& field = layout.fields[i];
    if (IsNull(i) || !IsZero(tuple_.subspan(header_.hoff + at, field.offset - at))) return false;
    at = field.offset + static_cast<size_t>(field.length);
  }
  // A tail that we know in part only cannot be walked to its end.
  size_t begin = 0, end = 0;
  if (columns != layout.fields.size() || layout.is_partial) return true;
  return WalkTail(columns, begin, end) && (!exact || end == tuple_.size());
}

bool CatalogRow::WalkTail(size_t until, size_t& begin, size_t& end) const {
  const CatalogLayout& layout = *layout_;
  begin = end = header_.hoff + layout.fixed_size;
  for (size_t i = layout.fixed_fields; i < layout.fields.size() && i <= until; ++i) {
    const CatalogField& field = layout.fields[i];
    begin = end;
    if (i >= header_.column_count()) return i == until;
    if (IsNull(i)) continue;
    const bool is_short = field.length == -1 && begin < tuple_.size() && tuple_[begin] != 0;
    if (!is_short) begin = AlignUp(begin, CatalogAlignment(field.align));
    if (begin >= tuple_.size()) return false;
    TupleField value;
    const size_t size = field.length > 0 ? static_cast<size_t>(field.length) : ReadVarlena(tuple_.subspan(begin), value);
    if (size == 0 || size > tuple_.size() - begin) return false;
    end = begin + size;
  }
  return true;
}

ByteView CatalogRow::Fixed(std::string_view field, size_t size) const {
  const size_t at = layout_->Find(field);
  if (at >= layout_->fixed_fields || layout_->fields[at].length != static_cast<int>(size)) return {};
  return tuple_.subspan(header_.hoff + layout_->fields[at].offset, size);
}

uint32_t CatalogRow::Word(std::string_view field) const {
  const ByteView bytes = Fixed(field, 4);
  return bytes.empty() ? 0 : LoadLe<uint32_t>(bytes.data());
}

int CatalogRow::Short(std::string_view field) const {
  const ByteView bytes = Fixed(field, 2);
  return bytes.empty() ? static_cast<int>(Word(field)) : LoadLe<int16_t>(bytes.data());
}

char CatalogRow::Byte(std::string_view field) const {
  const ByteView bytes = Fixed(field, 1);
  return bytes.empty() ? '\0' : static_cast<char>(bytes[0]);
}

std::string CatalogRow::Name(std::string_view field) const {
  const ByteView bytes = Fixed(field, kNameSize);
  return std::string(bytes.begin(), std::find(bytes.begin(), bytes.end(), uint8_t{0}));
}

bool CatalogRow::IsName(std::string_view field) const {
  const ByteView bytes = Fixed(field, kNameSize);
  const auto end = std::find(bytes.begin(), bytes.end(), uint8_t{0});
  if (end == bytes.begin() || end == bytes.end()) return false;
  return std::all_of(bytes.begin(), end, [](uint8_t b) { return b >= 0x20 && b != 0x7f; }) &&
         std::all_of(end, bytes.end(), [](uint8_t b) { return b == 0; });
}

bool CatalogRow::IsNull(std::string_view field) const {
  const size_t at = layout_->Find(field);
  return at == CatalogLayout::npos || IsNull(at);
}

std::optional<std::vector<int>> CatalogRow::Shorts(std::string_view field) const {
  const size_t at = layout_->Find(field);
  size_t begin = 0, end = 0;
  if (at == CatalogLayout::npos || IsNull(at) || at < layout_->fixed_fields || !WalkTail(at, begin, end)) return std::nullopt;
  TupleField value;
  if (ReadVarlena(tuple_.subspan(begin), value) == 0 || value.kind != TupleField::Kind::plain) return std::nullopt;
  // One dimension, no nulls: ndim, flags, element type, length, lower bound, elements.
  constexpr size_t kHead = 20;
  const ByteView bytes = value.bytes;
  if (bytes.size() < kHead) return std::nullopt;
  const auto word = [&](size_t i) { return LoadLe<uint32_t>(bytes.data() + i * 4); };
  if (word(0) != 1 || word(1) != 0 || word(2) != kInt2Oid || word(3) > kMaxIndexColumns) return std::nullopt;
  if (bytes.size() < kHead + word(3) * 2) return std::nullopt;
  std::vector<int> out;
  for (size_t i = 0; i < word(3); ++i) out.push_back(LoadLe<int16_t>(bytes.data() + kHead + i * 2));
  return out;
}

uint32_t CatalogRow::oid() const {
  return layout_->has_oid ? LoadLe<uint32_t>(tuple_.data() + header_.hoff - 4) : Word("oid");
}

bool IsPlausible(uint32_t catalog, const CatalogRow& row) {
  const auto is_flag = [&](const char* field) { return row.Byte(field) == 0 || row.Byte(field) == 1; };
  switch (catalog) {
    case catalog_oid::kClass:
      return row.oid() != 0 && row.IsName("relname") && row.Word("relnamespace") != 0 && row.Word("relowner") != 0 &&
             IsOneOf(row.Byte("relkind"), "rihSsvtcmfpIuoMb") && row.Short("relnatts") >= 0 &&
             row.Short("relnatts") <= 1664 && is_flag("relhasindex") && is_flag("relisshared");
    case catalog_oid::kAttribute: {
      const int length = row.Short("attlen"), number = row.Short("attnum");
      return row.Word("attrelid") != 0 && row.IsName("attname") && length >= -2 && number != 0 && number > -16 &&
             number <= 1664 && IsOneOf(row.Byte("attalign"), "csid") && IsOneOf(row.Byte("attstorage"), "pexm") &&
             is_flag("attbyval") && is_flag("attnotnull") && is_flag("atthasdef") && is_flag("attisdropped") &&
             is_flag("attislocal") && (!row.Knows("attcacheoff") || row.Word("attcacheoff") == 0xffffffff);
    }
    case catalog_oid::kType:
      return row.oid() != 0 && row.IsName("typname") && row.Word("typnamespace") != 0 && row.Short("typlen") >= -2 &&
             IsOneOf(row.Byte("typtype"), "bcdepmr") && IsOneOf(row.Byte("typalign"), "csid") &&
             IsOneOf(row.Byte("typstorage"), "pexm") && is_flag("typbyval") && is_flag("typisdefined");
    case catalog_oid::kNamespace: return row.oid() != 0 && row.IsName("nspname") && row.Word("nspowner") != 0;
    case catalog_oid::kIndex:
      return row.Word("indexrelid") != 0 && row.Word("indrelid") != 0 && row.Short("indnatts") > 0 &&
             is_flag("indisunique") && is_flag("indisprimary") && is_flag("indisvalid") && row.Shorts("indkey").has_value();
    case catalog_oid::kConstraint:
      return row.oid() != 0 && row.IsName("conname") && row.Word("connamespace") != 0 &&
             IsOneOf(row.Byte("contype"), "cfnputx") && is_flag("condeferrable") && is_flag("condeferred") &&
             is_flag("conislocal");
    case catalog_oid::kEnum: return row.oid() != 0 && row.Word("enumtypid") != 0;  // the label may be empty
    case catalog_oid::kRange: return row.Word("rngtypid") != 0 && row.Word("rngsubtype") != 0 && row.Word("rngsubopc") != 0;
    case catalog_oid::kDatabase: return row.oid() != 0 && row.IsName("datname") && row.Word("encoding") < 64;
    default: return false;
  }
}

namespace {

class PageSweep {
 public:
  PageSweep(uint32_t catalog, const CatalogLayout& layout, CatalogPages& out) : catalog_(catalog), layout_(layout), out_(out) {}

  void Take(ByteView page) {
    ++out_.pages;
    if (IsZero(page)) return;
    if (!IsSoundHeader(ReadPageHeader(page), page.size())) {
      ++out_.damaged_pages;
      Search(page);
      return;
    }
    bool damaged = false;
    const size_t items = ItemCount(page);
    for (size_t n = 1; n <= items; ++n) {
      const ItemId item = ReadItemId(page, n);
      if (item.state != ItemState::normal) continue;
      if (!IsSoundHeapItem(item, page.size()) || item.length < kTupleHeaderSize) {
        damaged = true;
      } else if (!Try(page.subspan(item.offset, item.length), true)) {
        damaged = true;
        ++out_.strangers;
      }
    }
    if (damaged) ++out_.damaged_pages;
  }

 private:
  bool Try(ByteView tuple, bool exact) {
    CatalogRow row(layout_, tuple);
    if (!row.Fits(exact) || !IsPlausible(catalog_, row)) return false;
    out_.rows.push_back(row);
    return true;
  }

  void Search(ByteView page) {
    for (size_t at = 0; at + kTupleHeaderSize < page.size(); at += kMaxAlign) Try(page.subspan(at), false);
  }

  uint32_t catalog_;
  const CatalogLayout& layout_;
  CatalogPages& out_;
};

}  // namespace

CatalogPages ReadCatalogPages(uint32_t catalog, const CatalogLayout& layout, const std::vector<ByteView>& parts,
                              size_t max_pages) {
  CatalogPages out;
  if (layout.fixed_fields == 0) return out;
  PageSweep sweep(catalog, layout, out);
  for (const ByteView part : parts) {
    for (size_t at = 0; at + kPageSize <= part.size() && out.pages < max_pages; at += kPageSize)
      sweep.Take(part.subspan(at, kPageSize));
  }
  return out;
}

bool IsNewer(const CatalogRow& old, Visibility old_visibility, const CatalogRow& other, Visibility other_visibility) {
  const auto is_live = [](Visibility v) { return v == Visibility::live; };
  if (is_live(old_visibility) != is_live(other_visibility)) return is_live(other_visibility);
  if (old.header().is_frozen() != other.header().is_frozen()) return old.header().is_frozen();
  // Transactions are compared as PostgreSQL compares them: on a ring.
  return static_cast<int32_t>(other.header().xmin - old.header().xmin) > 0;
}

}  // namespace pulih
