#include "engine/records/filter_condition.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "engine/records/filter.h"
#include "formats/postgres/value_text.h"
#include "formats/text/encoding.h"

namespace pulih {
namespace {

bool SameWithoutCase(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return lower(x) == lower(y); });
}

std::string ColumnNames(const TableDescriptor& table) {
  std::string names;
  for (const ColumnDescriptor& column : table.columns) names += (names.empty() ? "" : ", ") + QuoteName(column.name);
  return names;
}

Result<size_t> FindColumn(const FilterWord& word, std::string_view text, const TableDescriptor& table) {
  std::vector<size_t> similar;
  for (size_t i = 0; i < table.columns.size(); ++i) {
    if (table.columns[i].name == word.text) return i;
    if (!word.quoted && SameWithoutCase(table.columns[i].name, word.text)) similar.push_back(i);
  }
  if (similar.size() == 1) return similar.front();
  const std::string why =
      similar.empty() ? "the table has no column " : "several columns differ from this only in case: ";
  return Status(Code::invalid, FilterError(text, word.place, why + QuoteName(word.text)).message(),
                "its columns are " + ColumnNames(table));
}

const PgType& BelowDomains(const TypeList& types, TypeIndex type) {
  while (types[type].kind == PgTypeKind::domain) type = types[type].element;
  return types[type];
}

// Types whose images are the text itself.
bool IsText(const PgType& type) {
  if (type.kind == PgTypeKind::enumeration) return true;
  for (const uint32_t oid : {pg_oid::kText, pg_oid::kVarchar, pg_oid::kBpchar, pg_oid::kName, pg_oid::kJson,
                             pg_oid::kXml, pg_oid::kUnknown}) {
    if (type.oid == oid) return true;
  }
  return false;
}

// Types of which equal values, and only those, have equal keys (key_image.h). Not so floats (-0 and 0) and character(n).
bool HasFaithfulKeys(const PgType& type) {
  for (const uint32_t oid :
       {pg_oid::kBool, pg_oid::kInt2, pg_oid::kInt4, pg_oid::kInt8, pg_oid::kNumeric, pg_oid::kText, pg_oid::kVarchar,
        pg_oid::kName, pg_oid::kUuid, pg_oid::kDate, pg_oid::kTimestamp, pg_oid::kTimestamptz, pg_oid::kOid}) {
    if (type.oid == oid) return true;
  }
  return false;
}

// Whether the type has an order that CompareImages knows.
bool HasOrder(const PgType& type) {
  if (type.kind == PgTypeKind::enumeration) return false;  // by declaration, which is not kept
  return type.oid != pg_oid::kJson && type.oid != pg_oid::kXml && type.oid != pg_oid::kJsonb;
}

ByteView WithoutBlanksAtEnd(ByteView text) {
  while (!text.empty() && text.back() == ' ') text = text.first(text.size() - 1);
  return text;
}

bool Fulfils(CompareOp op, int order) {
  switch (op) {
    case CompareOp::equal: return order == 0;
    case CompareOp::unequal: return order != 0;
    case CompareOp::less: return order < 0;
    case CompareOp::less_equal: return order <= 0;
    case CompareOp::greater: return order > 0;
    case CompareOp::greater_equal: return order >= 0;
  }
  return false;
}

}  // namespace

Result<FilterCondition> FilterCondition::Bind(const FilterTree& tree, std::string_view text,
                                              const TableDescriptor& table) {
  FilterCondition condition;
  condition.kind_ = tree.kind;
  condition.op_ = tree.op;
  condition.negated_ = tree.negated;
  PULIH_TRY_ASSIGN(condition.column_, FindColumn(tree.column, text, table));
  const PgType& type = BelowDomains(table.types, table.columns[condition.column_].type);
  if (IsText(type)) {
    condition.way_ = Way::text;
    condition.converted_ = table.encoding != "UTF8" && CanConvert(table.encoding);
    condition.padded_ = type.oid == pg_oid::kBpchar;
  }
  condition.limit_ = kMaxSearchedValue;
  for (const FilterWord& word : tree.values) condition.words_.push_back(word.text);
  if (tree.kind == FilterTree::Kind::pattern) {
    if (type.oid == pg_oid::kBytea) {
      return FilterError(text, tree.column.place,
                         "a regular expression is for text, and " + QuoteName(tree.column.text) + " holds bytes");
    }
    auto regex = Regex::Compile(tree.values.front().text, tree.ignore_case);
    if (!regex.ok()) return FilterError(text, tree.values.front().place, regex.status().message());
    condition.regex_ = std::move(regex).value();
  } else if (tree.kind != FilterTree::Kind::null_test) {
    PULIH_TRY(condition.BindValues(tree, text, table));
  }
  condition.pins_ = tree.kind == FilterTree::Kind::comparison && tree.op == CompareOp::equal && HasFaithfulKeys(type) &&
                    !condition.converted_;
  return condition;
}

Status FilterCondition::BindValues(const FilterTree& tree, std::string_view text, const TableDescriptor& table) {
  const ColumnDescriptor& column = table.columns[column_];
  size_t longest = 0;
  for (const FilterWord& word : tree.values) {
    auto image = ValueImage(table.types, column.type, word.text);
    if (!image.ok() && image.status().code() != Code::unsupported) {
      return FilterError(text, word.place,
                         QuoteName(column.name) + " is of type " + column.type_text + ": " + image.status().message());
    }
    if (!image.ok()) way_ = Way::rendered;
    values_.push_back(way_ == Way::image ? std::move(image).value() : ToBytes(word.text));
    longest = std::max(longest, word.text.size());
  }
  // One byte more than the longest word tells them apart, where bytes are compared as they are.
  if (way_ == Way::text && !converted_ && !padded_) limit_ = longest + 1;
  const bool is_equality = tree.op == CompareOp::equal || tree.op == CompareOp::unequal;
  const bool needs_order =
      tree.kind == FilterTree::Kind::within || (tree.kind == FilterTree::Kind::comparison && !is_equality);
  if (needs_order && (way_ == Way::rendered || !HasOrder(BelowDomains(table.types, column.type)))) {
    return FilterError(text, tree.column.place,
                       QuoteName(column.name) + " is of type " + column.type_text +
                           ", whose order this program does not know; = and != it can compare");
  }
  return OkStatus();
}

// The image's first limit_ bytes, in `storage` where they were moved out.
Result<ByteView> FilterCondition::Fetch(const TableReader& table, const StoredRow& row, Bytes& storage) const {
  if (const ByteView* image = std::get_if<ByteView>(&row.columns[column_])) return *image;
  const uint64_t length = std::get<MovedColumn>(row.columns[column_]).length;
  if ((way_ != Way::text || kind_ == FilterTree::Kind::pattern) && length > limit_) {
    return Status(Code::too_large, "filter: column " + QuoteName(table.descriptor().columns[column_].name) +
                                       ": a value of " + std::to_string(length) + " bytes: at most " +
                                       std::to_string(limit_) + " are compared");
  }
  bool enough = false;
  const Status read = table.ImageInPieces(row, column_, [&](ByteView piece) -> Status {
    Append(storage, piece.first(std::min(piece.size(), limit_ - storage.size())));
    enough = storage.size() == limit_;
    return enough ? Status(Code::interrupted, "filter: enough was read") : OkStatus();
  });
  if (!read.ok() && !enough) return read;
  return ByteView(storage);
}

Result<int> FilterCondition::CompareWith(size_t value, const TableDescriptor& table, ByteView held) const {
  if (way_ == Way::image) return CompareImages(table.types, table.columns[column_].type, held, values_[value]);
  if (padded_) return Compare(WithoutBlanksAtEnd(held), WithoutBlanksAtEnd(values_[value]));
  return Compare(held, values_[value]);
}

// `held` is an image, or text in UTF-8.
Result<bool> FilterCondition::Holds(const TableDescriptor& table, ByteView held) const {
  if (kind_ == FilterTree::Kind::pattern) return regex_->FoundIn(AsText(held));
  for (size_t i = 0; i < values_.size(); ++i) {
    PULIH_TRY_ASSIGN(const int order, CompareWith(i, table, held));
    if (kind_ == FilterTree::Kind::comparison) return Fulfils(op_, order);
    if (kind_ == FilterTree::Kind::one_of && order == 0) return true;
    if (kind_ == FilterTree::Kind::within && (i == 0 ? order < 0 : order > 0)) return false;
  }
  return kind_ == FilterTree::Kind::within;
}

Result<Truth> FilterCondition::Test(const TableReader& table, const StoredRow& row) const {
  if (column_ >= row.columns.size()) return Status(Code::corrupt, "filter: a row has fewer columns than its table");
  const bool is_null = std::holds_alternative<std::monostate>(row.columns[column_]);
  if (kind_ == FilterTree::Kind::null_test) return is_null != negated_ ? Truth::yes : Truth::no;
  if (is_null) return Truth::unknown;
  Bytes storage;
  PULIH_TRY_ASSIGN(ByteView held, Fetch(table, row, storage));
  const TableDescriptor& descriptor = table.descriptor();
  std::string text;
  if (way_ == Way::rendered || (way_ == Way::image && regex_)) {
    PULIH_TRY_ASSIGN(const std::string rendered, ValueText(descriptor.types, descriptor.columns[column_].type, held));
    text = ToUtf8(AsBytes(rendered), descriptor.encoding);
    held = AsBytes(text);
  } else if (converted_) {
    text = ToUtf8(held, descriptor.encoding);
    held = AsBytes(text);
  }
  PULIH_TRY_ASSIGN(const bool holds, Holds(descriptor, held));
  return holds != negated_ ? Truth::yes : Truth::no;
}

}  // namespace pulih
