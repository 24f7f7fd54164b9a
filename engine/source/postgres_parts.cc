#include "engine/source/postgres_parts.h"

#include <optional>
#include <utility>

#include "engine/base/endian.h"
#include "engine/source/pg_row.h"
#include "engine/source/postgres_session.h"
#include "formats/postgres/copy_binary.h"
#include "formats/repo/row.h"

namespace pulih {
namespace {

constexpr uint64_t kPiece = 1u << 20;
static_assert(kPiece > kMaxInlineRow);  // as LongColumns wants it
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

// The data of one object, a piece at a time.
class LargeObjectReader {
 public:
  LargeObjectReader(PgClient& client, uint32_t oid, RowVisitor& visitor)
      : client_(client), oid_(oid), visitor_(visitor) {}

  // Reads the next piece; empty behind the end.
  Status Next() {
    piece_.clear();
    if (at_end_) return OkStatus();
    if (visitor_.ShouldStop()) return Failed(Status(Code::interrupted, "reading large objects: asked to stop"));
    if (at_ > kMaxLargeObject) return Failed(Status(Code::too_large, "it is larger than 1 GiB"));
    Result<PgRows> read =
        client_.Query("SELECT pg_catalog.lo_get($1::pg_catalog.oid, $2::pg_catalog.int8, $3::pg_catalog.int4)",
                      {std::to_string(oid_), std::to_string(at_), std::to_string(kPiece)});
    if (!read.ok()) return Failed(std::move(read).error());
    if (read->rows.empty()) return Failed(Status(Code::corrupt, "the server does not send it"));
    if (Status taken = AppendHex(PgRow(read->rows[0]).Text(0), piece_); !taken.ok()) return Failed(std::move(taken));
    if (piece_.size() > kPiece) return Failed(Status(Code::corrupt, "the server sends more than was asked for"));
    at_ += piece_.size();
    at_end_ = piece_.size() < kPiece;
    return OkStatus();
  }
  Status ReadAll(size_t place, const LongColumns::Take& take) {
    while (!piece_.empty()) {
      PULIH_TRY(take(place, piece_));
      PULIH_TRY(Next());
    }
    return OkStatus();
  }

  ByteView piece() const { return piece_; }
  bool at_end() const { return at_end_; }
  // Of reading, as against one of whoever takes the pieces.
  const Status& failure() const { return failure_; }

 private:
  Status Failed(Status why) {
    failure_ = why;
    return why;
  }

  PgClient& client_;
  const uint32_t oid_;
  RowVisitor& visitor_;
  Bytes piece_;
  uint64_t at_ = 0;
  bool at_end_ = false;
  Status failure_;
};

// A failure that ends the visit, as against one of a single object.
bool IsFatal(const Status& status) { return status.code() == Code::io || status.code() == Code::interrupted; }

// A role without the right to read large objects may lack it for all of a million.
constexpr uint64_t kProblemsToldSingly = 10;

Status VisitLargeObject(uint32_t oid, const PgRow& about, LargeObjectReader& data, RowVisitor& visitor) {
  uint8_t number[sizeof oid];
  StoreBe(number, oid);
  std::string texts[3];
  RowImages images = {ByteView(number)};
  for (size_t i = 0; i < 3; ++i) {
    texts[i] = about.Text(i + 1);
    images.push_back(about.IsNull(i + 1) ? std::optional<ByteView>() : AsBytes(texts[i]));
  }
  PULIH_TRY(data.Next());
  const size_t place = images.size();
  images.push_back(data.at_end() ? std::optional<ByteView>(data.piece()) : std::nullopt);
  if (data.at_end()) return visitor.Row(images);
  LongColumns columns;
  columns.places = {place};
  columns.read = [&](const LongColumns::Take& take) { return data.ReadAll(place, take); };
  return visitor.LongRow(images, columns);
}

Status VisitOrTell(PgClient& client, const PgRow& about, RowVisitor& visitor, uint64_t& problems) {
  const uint32_t oid = about.Oid(0);
  LargeObjectReader data(client, oid, visitor);
  Status visited = VisitLargeObject(oid, about, data, visitor);
  if (visited.ok() || data.failure().ok() || IsFatal(data.failure())) return visited;
  PULIH_TRY(ReturnToSavepoint(client));
  return ++problems > kProblemsToldSingly ? OkStatus()
                                          : visitor.Problem("large object " + std::to_string(oid), data.failure());
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
      PULIH_TRY(VisitOrTell(client, PgRow(cells), visitor, problems));
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
    const std::string what = "sequence " + QualifiedName(sequence.schema, sequence.name);
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
