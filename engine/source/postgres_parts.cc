#include "engine/source/postgres_parts.h"

#include <optional>
#include <utility>

#include "engine/base/endian.h"
#include "engine/source/pg_row.h"
#include "engine/source/postgres_session.h"
#include "formats/postgres/copy_binary.h"

namespace pulih {
namespace {

constexpr uint64_t kPiece = 1u << 20;
constexpr size_t kObjectsAtATime = 1000;
// What is left of the longest row for the object's data.
constexpr uint64_t kMaxLargeObject = kMaxCopyRow - (1u << 20);

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

// "\x…", as bytea_output hex has it.
Status AppendHex(std::string_view text, Bytes& out) {
  if (text.substr(0, 2) != "\\x" || text.size() % 2 != 0)
    return Status(Code::corrupt, "the server sends bytes that are not in hexadecimal");
  for (size_t i = 2; i < text.size(); i += 2) {
    const int high = HexDigit(text[i]), low = HexDigit(text[i + 1]);
    if (high < 0 || low < 0) return Status(Code::corrupt, "the server sends bytes that are not in hexadecimal");
    out.push_back(static_cast<uint8_t>(high << 4 | low));
  }
  return OkStatus();
}

Status ReadLargeObject(PgClient& client, uint32_t oid, RowVisitor& visitor, Bytes& data) {
  data.clear();
  for (;;) {
    if (visitor.ShouldStop()) return Status(Code::interrupted, "reading large objects: asked to stop");
    if (data.size() > kMaxLargeObject) return Status(Code::too_large, "it is larger than 1 GiB");
    PULIH_TRY_ASSIGN(
        const PgRows piece,
        client.Query("SELECT pg_catalog.lo_get($1::pg_catalog.oid, $2::pg_catalog.int8, $3::pg_catalog.int4)",
                     {std::to_string(oid), std::to_string(data.size()), std::to_string(kPiece)}));
    const size_t before = data.size();
    if (piece.rows.empty()) return Status(Code::corrupt, "the server does not send it");
    PULIH_TRY(AppendHex(PgRow(piece.rows[0]).Text(0), data));
    if (data.size() - before > kPiece) return Status(Code::corrupt, "the server sends more than was asked for");
    if (data.size() - before < kPiece) return OkStatus();
  }
}

// A failure that ends the visit, as against one of a single object.
bool IsFatal(const Status& status) { return status.code() == Code::io || status.code() == Code::interrupted; }

// A role without the right to read large objects may lack it for all of a million.
constexpr uint64_t kProblemsToldSingly = 10;

Status VisitLargeObject(PgClient& client, const PgRow& about, RowVisitor& visitor, Bytes& data, uint64_t& problems) {
  const uint32_t oid = about.Oid(0);
  if (Status read = ReadLargeObject(client, oid, visitor, data); !read.ok()) {
    if (IsFatal(read)) return read;
    PULIH_TRY(ReturnToSavepoint(client));
    return ++problems > kProblemsToldSingly ? OkStatus() : visitor.Problem("large object " + std::to_string(oid), read);
  }
  uint8_t number[sizeof oid];
  StoreBe(number, oid);
  std::string texts[3];
  RowImages images = {ByteView(number)};
  for (size_t i = 0; i < 3; ++i) {
    texts[i] = about.Text(i + 1);
    images.push_back(about.IsNull(i + 1) ? std::optional<ByteView>() : AsBytes(texts[i]));
  }
  images.push_back(ByteView(data));
  return visitor.Row(images);
}

}  // namespace

TableDescriptor LargeObjectTable(const std::string& database, const std::string& encoding) {
  TableDescriptor table;
  table.database = database;
  table.schema = "pg_catalog";
  table.name = "pg_largeobject";
  table.encoding = encoding;
  table.types = {{PgTypeKind::base, "pg_catalog", "oid", pg_oid::kOid, 0, {}},
                 {PgTypeKind::base, "pg_catalog", "text", pg_oid::kText, 0, {}},
                 {PgTypeKind::base, "pg_catalog", "bytea", pg_oid::kBytea, 0, {}}};
  const auto column = [](const char* name, TypeIndex type, const char* text, bool not_null) {
    ColumnDescriptor made;
    made.name = name;
    made.type = type;
    made.type_text = text;
    made.not_null = not_null;
    return made;
  };
  table.columns = {column("loid", 0, "oid", true), column("owner", 1, "text", true), column("acl", 1, "text", false),
                   column("comment", 1, "text", false), column("data", 2, "bytea", true)};
  table.key = {0};
  return table;
}

Status VisitLargeObjects(PgClient& client, const TableDescriptor& table, RowVisitor& visitor) {
  Bytes data;
  uint64_t problems = 0;
  bool begun = false;
  // An oid can be 0 in no row, so the first page begins at the beginning.
  for (std::string last = "0";;) {
    PULIH_TRY_ASSIGN(
        const PgRows page,
        client.Query("SELECT m.oid, pg_catalog.pg_get_userbyid(m.lomowner), m.lomacl::pg_catalog.text,"
                     " pg_catalog.obj_description(m.oid, 'pg_largeobject') FROM pg_catalog.pg_largeobject_metadata m"
                     " WHERE m.oid > $1::pg_catalog.oid ORDER BY m.oid LIMIT " +
                         std::to_string(kObjectsAtATime),
                     {last}));
    if (!page.rows.empty() && !begun) PULIH_TRY(visitor.BeginTable(table));
    begun = begun || !page.rows.empty();
    for (const std::vector<PgText>& cells : page.rows) {
      PULIH_TRY(VisitLargeObject(client, PgRow(cells), visitor, data, problems));
      last = PgRow(cells).Text(0);
    }
    if (page.rows.size() < kObjectsAtATime) break;
  }
  if (problems > kProblemsToldSingly) {
    const std::string more = std::to_string(problems - kProblemsToldSingly);
    PULIH_TRY(visitor.Problem("large objects", Status(Code::denied, more + " more could not be read",
                                                      "GRANT SELECT ON LARGE OBJECT, or set lo_compat_privileges")));
  }
  return begun ? visitor.EndTable() : OkStatus();
}

Result<std::vector<SequenceValue>> ReadSequences(PgClient& client, const std::vector<CatalogSequence>& sequences,
                                                 RowVisitor& visitor) {
  std::vector<SequenceValue> values;
  for (const CatalogSequence& sequence : sequences) {
    if (visitor.ShouldStop()) return Status(Code::interrupted, "reading sequences: asked to stop");
    const std::string what = "sequence " + QuoteName(sequence.schema) + "." + QuoteName(sequence.name);
    if (!sequence.may_read) {
      PULIH_TRY(visitor.Problem(what, Status(Code::denied, "the role may not read it", "GRANT SELECT ON SEQUENCE")));
      continue;
    }
    Result<PgRows> result =
        client.Query("SELECT last_value, is_called FROM " + SqlName(sequence.schema) + "." + SqlName(sequence.name));
    if (!result.ok()) {
      if (IsFatal(result.status())) return std::move(result).error();
      PULIH_TRY(ReturnToSavepoint(client));
      PULIH_TRY(visitor.Problem(what, result.status()));
      continue;
    }
    if (result->rows.empty()) continue;
    const PgRow in(result->rows[0]);
    values.push_back({sequence.schema, sequence.name, in.Int64(0), in.Flag(1)});
  }
  PULIH_TRY(ReturnToSavepoint(client));  // gives back the locks
  return values;
}

}  // namespace pulih
