#include "engine/records/long_text.h"

#include "engine/base/hex.h"
#include "formats/text/encoding.h"

namespace pulih {
namespace {

constexpr uint64_t kHeldTogether = 8u << 20;

enum class TextForm : uint8_t { whole, bytes, text, text_behind_version };

TextForm FormOf(const TableDescriptor& table, size_t column) {
  TypeIndex type = table.columns[column].type;
  while (table.types[type].kind == PgTypeKind::domain) type = table.types[type].element;
  if (table.types[type].kind != PgTypeKind::base) return TextForm::whole;
  switch (table.types[type].oid) {
    case pg_oid::kBytea: return TextForm::bytes;
    case pg_oid::kText:
    case pg_oid::kVarchar:
    case pg_oid::kBpchar:
    case pg_oid::kXml:
    case pg_oid::kJson: return TextForm::text;
    case pg_oid::kJsonb: return TextForm::text_behind_version;
    default: return TextForm::whole;
  }
}

// How much of `text` ends between characters, as far as can be told without knowing its encoding: no encoding that a
// server may use has ASCII inside of a character, and no character of UTF-8 goes on with a byte that begins one.
size_t WholeCharacters(std::string_view text, bool is_utf8) {
  for (size_t at = text.size(); at > 0; --at) {
    const auto byte = static_cast<uint8_t>(text[at - 1]);
    if (byte < 0x80) return at;
    if (is_utf8 && byte >= 0xC0) return at - 1;
  }
  return 0;
}

// Hands text on in UTF-8.
class TextPieces {
 public:
  TextPieces(const std::string& encoding, const std::function<Status(std::string_view)>& each)
      : encoding_(encoding), is_utf8_(!CanConvert(encoding)), each_(each) {}

  Status Feed(ByteView piece) {
    held_ += AsText(piece);
    const size_t whole = WholeCharacters(held_, is_utf8_);
    if (whole == 0) return OkStatus();
    PULIH_TRY(each_(ToUtf8(AsBytes(std::string_view(held_).substr(0, whole)), encoding_)));
    held_.erase(0, whole);
    return OkStatus();
  }
  Status Finish() { return held_.empty() ? OkStatus() : each_(ToUtf8(AsBytes(held_), encoding_)); }

 private:
  const std::string& encoding_;
  const bool is_utf8_;
  const std::function<Status(std::string_view)>& each_;
  std::string held_;
};

}  // namespace

bool IsLongRow(const StoredRow& row) {
  uint64_t moved = 0;
  for (const RowColumn& column : row.columns) {
    if (std::holds_alternative<MovedColumn>(column)) moved += LengthOf(column);
  }
  return moved > kHeldTogether;
}

bool ComesInPieces(const TableDescriptor& table, const StoredRow& row, size_t column) {
  return std::holds_alternative<MovedColumn>(row.columns[column]) && FormOf(table, column) != TextForm::whole &&
         IsLongRow(row);
}

Status ColumnTextInPieces(const TableReader& table, const StoredRow& row, size_t column,
                          const std::function<Status(std::string_view)>& each) {
  const TableDescriptor& descriptor = table.descriptor();
  const TextForm form = FormOf(descriptor, column);
  if (form == TextForm::whole || !std::holds_alternative<MovedColumn>(row.columns[column])) {
    PULIH_TRY_ASSIGN(const std::optional<std::string> text, ColumnText(table, row, column));
    return text ? each(*text) : OkStatus();
  }
  if (form == TextForm::bytes) {
    PULIH_TRY(each("\\x"));
    return table.ImageInPieces(row, column, [&](ByteView piece) { return each(ToHex(piece)); });
  }
  TextPieces text(descriptor.encoding, each);
  bool is_behind_version = form == TextForm::text;
  PULIH_TRY(table.ImageInPieces(row, column, [&](ByteView piece) -> Status {
    if (!is_behind_version) {
      constexpr uint8_t kJsonbVersion = 1;
      if (piece.front() != kJsonbVersion)
        return Status(Code::corrupt, "image of a value: column " + QuoteName(descriptor.columns[column].name) +
                                         ": its version is unknown");
      piece = piece.subspan(1);
      is_behind_version = true;
    }
    return text.Feed(piece);
  }));
  return text.Finish();
}

Result<std::optional<std::string>> ColumnTextStart(const TableReader& table, const StoredRow& row, size_t column,
                                                   size_t size) {
  if (std::holds_alternative<std::monostate>(row.columns[column])) return std::optional<std::string>();
  std::string start;
  bool is_enough = false;
  Status read = ColumnTextInPieces(table, row, column, [&](std::string_view piece) {
    start += piece;
    is_enough = start.size() >= size;
    return is_enough ? Status(Code::interrupted, "enough of it") : OkStatus();
  });
  if (!is_enough && !read.ok()) return read;
  return std::optional<std::string>(std::move(start));
}

Status CheckReadable(const TableReader& table, const StoredRow& row, const std::vector<size_t>& columns) {
  for (const size_t column : columns) {
    if (!std::holds_alternative<MovedColumn>(row.columns[column])) continue;
    PULIH_TRY(table.ImageInPieces(row, column, [](ByteView) { return OkStatus(); }));
  }
  return OkStatus();
}

}  // namespace pulih
