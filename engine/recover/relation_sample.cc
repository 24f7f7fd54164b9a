#include "engine/recover/relation_sample.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <string_view>

#include "formats/postgres/toast.h"

namespace pulih {
namespace {

constexpr size_t kMostPages = 256, kMostTuples = 4000;
constexpr size_t kSector = 512, kBlock = 4096;  // units in which disks lose and systems mix up
constexpr size_t kLeastOwn = 8;                 // one in so many line pointers leads to a tuple
constexpr int32_t kModifierHead = 4;  // VARHDRSZ, which modifiers of lengths include

// The number of a main fork and its segment: "16384", "16384.2".
bool ParseName(std::string_view name, uint32_t& filenode, size_t& segment) {
  if (const size_t slash = name.rfind('/'); slash != std::string_view::npos) name.remove_prefix(slash + 1);
  const char* const end = name.data() + name.size();
  const auto number = std::from_chars(name.data(), end, filenode);
  segment = 0;
  if (number.ec != std::errc() || filenode == 0) return false;
  if (number.ptr == end) return true;
  if (*number.ptr != '.') return false;
  const auto rest = std::from_chars(number.ptr + 1, end, segment);
  return rest.ec == std::errc() && rest.ptr == end && segment > 0;
}

size_t Characters(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<uint8_t>(c) & 0xc0) != 0x80; }));
}

// Digits as numeric(precision, scale) keeps them: exactly so many behind the point.
bool FitsNumeric(std::string_view text, int32_t modifier) {
  if (text == "NaN") return true;
  const auto precision = static_cast<size_t>(((modifier - kModifierHead) >> 16) & 0xffff);
  const auto scale = static_cast<size_t>((modifier - kModifierHead) & 0x7ff);
  if ((scale & 0x400) != 0) return true;  // a negative scale (15): too rare to be told apart here
  if (!text.empty() && text[0] == '-') text.remove_prefix(1);
  const size_t point = text.find('.');
  const size_t behind = point == std::string_view::npos ? 0 : text.size() - point - 1;
  const size_t before = point == std::string_view::npos ? text.size() : point;
  return behind == scale && (before + scale <= precision || text[0] == '0');
}

// The page at a place; where sectors were lost, put in between or shuffled, one that begins inside of it instead.
ByteView NearPage(const std::vector<ByteView>& segments, const std::vector<size_t>& pages_in, size_t block) {
  size_t segment = 0;
  while (block >= pages_in[segment]) block -= pages_in[segment++];
  const ByteView rest = segments[segment].subspan(block * kPageSize);
  const ByteView page = rest.first(kPageSize);
  if (IdentifyPage(page) != PageKind::unsound) return page;
  for (size_t shift = kSector; shift < kPageSize && shift + kPageSize <= rest.size(); shift += kSector) {
    const ByteView other = rest.subspan(shift, kPageSize);
    if (IsSoundHeader(ReadPageHeader(other), kPageSize)) return other;
  }
  return page;
}

// Whether the header is where its values begin, which holds for a tuple of any table and hardly for other bytes.
bool HasTupleHeader(ByteView bytes) {
  const TupleHeader header = ReadTupleHeader(bytes);
  const size_t columns = header.column_count();
  const size_t nulls = (header.infomask & tuple_bits::kHasNull) != 0 ? (columns + 7) / 8 : 0;
  const size_t oid = (header.infomask & tuple_bits::kHasOid) != 0 ? sizeof(uint32_t) : 0;
  return columns != 0 && header.hoff == AlignUp(kTupleHeaderSize + nulls + oid, kMaxAlign) && header.hoff <= bytes.size();
}

bool EndsIn(ByteView half, ByteView tuple) { return tuple.data() + tuple.size() <= half.data() + half.size(); }

}  // namespace

RelationSample::RelationSample(std::vector<ByteView> segments) : segments_(std::move(segments)) {
  for (const ByteView segment : segments_) pages_in_.push_back(segment.size() / kPageSize);
  std::array<size_t, 16> kinds{};
  const size_t count = page_count();
  for (size_t i = 0; i < std::min(count, kMostPages); ++i) {
    const ByteView page = NearPage(segments_, pages_in_, count <= kMostPages ? i : i * count / kMostPages);
    const PageKind kind = IdentifyPage(page);
    if (kind != PageKind::zero) ++kinds[static_cast<size_t>(kind)];
    // A page whose header is lost may still have its line pointers.
    if (kind == PageKind::heap || kind == PageKind::unsound) TakeTuples(page);
  }
  const auto most = std::max_element(kinds.begin(), kinds.end());
  if (*most > 0) kind_ = static_cast<PageKind>(most - kinds.begin());
}

size_t RelationSample::page_count() const {
  size_t count = 0;
  for (const size_t pages : pages_in_) count += pages;
  return count;
}

std::optional<ByteView> RelationSample::Page(uint32_t block) const {
  size_t left = block;
  for (size_t i = 0; i < segments_.size(); ++i) {
    if (left < pages_in_[i]) return segments_[i].subspan(left * kPageSize, kPageSize);
    left -= pages_in_[i];
  }
  return std::nullopt;
}

std::vector<ByteView> RelationSample::Pages(size_t most) const {
  const size_t count = page_count();
  std::vector<ByteView> out;
  for (size_t i = 0; i < std::min(count, most); ++i)
    out.push_back(*Page(static_cast<uint32_t>(count <= most ? i : i * count / most)));
  return out;
}

void RelationSample::TakeTuples(ByteView page) {
  const size_t items = ItemCount(page);
  of_page_.clear();
  size_t tuples = 0;
  for (size_t n = 1; n <= items; ++n) {
    const ItemId item = ReadItemId(page, n);
    if (item.state != ItemState::normal || !IsSoundHeapItem(item, page.size()) || item.length < kTupleHeaderSize) continue;
    const ByteView tuple = page.subspan(item.offset, item.length);
    of_page_.push_back(tuple);
    tuples += HasTupleHeader(tuple) ? 1 : 0;
  }
  // Line pointers that lead to no tuples and to tuples: two halves of different pages. The head's own half counts; in the
  // other one a line pointer may hit the beginning of another tuple.
  const bool is_mixed = tuples < of_page_.size() && tuples * kLeastOwn >= of_page_.size();
  for (const ByteView tuple : of_page_) {
    if (tuples_.size() == kMostTuples) return;
    if (!is_mixed || (HasTupleHeader(tuple) && EndsIn(page.first(kBlock), tuple))) tuples_.push_back(tuple);
  }
}

std::optional<ByteView> RelationSample::TupleAt(const Tid& tid) const {
  const std::optional<ByteView> page = Page(tid.block);
  if (!page) return std::nullopt;
  const size_t items = ItemCount(*page);
  size_t number = tid.item;
  for (int step = 0; step < 2; ++step) {
    if (number == 0 || number > items) return std::nullopt;
    const ItemId item = ReadItemId(*page, number);
    if (item.state == ItemState::normal && IsSoundHeapItem(item, page->size()) && item.length >= kTupleHeaderSize)
      return page->subspan(item.offset, item.length);
    if (item.state != ItemState::redirect) return std::nullopt;
    number = item.offset;
  }
  return std::nullopt;
}

std::map<uint32_t, RelationSample> SampleRelations(const std::vector<CatalogFile>& files) {
  std::map<uint32_t, std::map<size_t, ByteView>> segments;
  for (const CatalogFile& file : files) {
    uint32_t filenode = 0;
    size_t segment = 0;
    if (ParseName(file.name, filenode, segment)) segments[filenode][segment] = file.bytes;
  }
  std::map<uint32_t, RelationSample> out;
  for (const auto& [filenode, parts] : segments) {
    std::vector<ByteView> views;
    for (const auto& [number, bytes] : parts) views.push_back(bytes);
    out.emplace(filenode, RelationSample(std::move(views)));
  }
  return out;
}

TableFit::TableFit(const Schema& schema, const SchemaTable& table)
    : table_(table), context_(ContextOf(schema)), shape_(ShapeOf(table)) {}

bool TableFit::Fits(ByteView tuple) {
  size_t used = 0;
  if (WalkTuple(shape_, tuple, true, fields_, used) != TupleFault::none) return false;
  for (size_t i = 0; i < fields_.size(); ++i)
    if (!FitsColumn(table_.columns[i], fields_[i])) return false;
  return true;
}

std::optional<std::vector<std::optional<std::string>>> TableFit::Texts(ByteView tuple) {
  if (!Fits(tuple)) return std::nullopt;
  std::vector<std::optional<std::string>> out;
  for (size_t i = 0; i < fields_.size(); ++i) {
    if (table_.columns[i].dropped) continue;
    std::optional<std::string>& text = out.emplace_back();
    if (fields_[i].kind == TupleField::Kind::null || fields_[i].kind == TupleField::Kind::absent) continue;
    const std::optional<Detoasted> value = Detoast(fields_[i], nullptr);
    if (!value || value->cut) return std::nullopt;
    if (!AppendDiskText(context_, table_.columns[i].type, value->bytes, text.emplace()).ok()) return std::nullopt;
  }
  return out;
}

bool TableFit::FitsColumn(const SchemaColumn& column, const TupleField& field) {
  if (column.dropped || field.kind == TupleField::Kind::null || field.kind == TupleField::Kind::absent) return true;
  if (field.kind == TupleField::Kind::external) return ReadToastPointer(field.bytes).has_value();
  const std::optional<Detoasted> value = Detoast(field, nullptr);
  if (!value || value->cut) return false;
  text_.clear();
  const Status status = AppendDiskText(context_, column.type, value->bytes, text_);
  if (status.code() == Code::unsupported) return true;
  if (!status.ok()) return false;
  if (column.modifier < kModifierHead) return true;
  switch (context_.types[column.type].oid) {
    case pg_oid::kVarchar: return Characters(text_) <= static_cast<size_t>(column.modifier - kModifierHead);
    case pg_oid::kBpchar: return Characters(text_) == static_cast<size_t>(column.modifier - kModifierHead);
    case pg_oid::kNumeric: return FitsNumeric(text_, column.modifier);
    default: return true;
  }
}

}  // namespace pulih
