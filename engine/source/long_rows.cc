#include "engine/source/long_rows.h"

#include <algorithm>

#include "engine/source/pg_row.h"
#include "formats/postgres/portable_image.h"
#include "formats/repo/row.h"

namespace pulih {
namespace {

// A value that takes less than this on the server is not long, though its image cannot be told from outside: compressed
// it may be a hundred times as long, a few MiB.
constexpr uint64_t kLookInside = 256u << 10;

// The function that makes the image; null for types that are never long, or of which we do not know it.
const char* SendFunction(const PgType& type) {
  if (type.kind == PgTypeKind::array) return "array_send";
  if (type.kind != PgTypeKind::base) return nullptr;
  switch (type.oid) {
    case pg_oid::kBytea: return "byteasend";
    case pg_oid::kText: return "textsend";
    case pg_oid::kVarchar: return "varcharsend";
    case pg_oid::kBpchar: return "bpcharsend";
    case pg_oid::kJson: return "json_send";
    case pg_oid::kJsonb: return "jsonb_send";
    case pg_oid::kXml: return "xml_send";
    case pg_oid::kTsvector: return "tsvectorsend";
    default: return nullptr;
  }
}

// Whether the image is the value's own bytes, so that its length can be had without reading it.
bool IsImageOfItself(const PgType& type) {
  const uint32_t oid = type.kind == PgTypeKind::base ? type.oid : 0;
  return oid == pg_oid::kBytea || oid == pg_oid::kText || oid == pg_oid::kVarchar || oid == pg_oid::kBpchar;
}

}  // namespace

LongRows::LongRows(const CatalogTable& table, const LongRowLimits& limits) : table_(table), limits_(limits) {
  const TableDescriptor& about = table.table;
  for (size_t i = 0; i < about.columns.size(); ++i) {
    const bool is_key = std::find(about.key.begin(), about.key.end(), i) != about.key.end();
    TypeIndex type = about.columns[i].type;
    if (is_key || (HasTypeNumbers(about.types, type) && !HasNumberInHeadOnly(about.types, type))) continue;
    while (about.types[type].kind == PgTypeKind::domain) type = about.types[type].element;
    const char* send = SendFunction(about.types[type]);
    if (send == nullptr) continue;
    const std::string column = "t." + SqlName(about.columns[i].name);
    const std::string stored = "pg_catalog.pg_column_size(" + column + ")",
                      own = "pg_catalog.octet_length(" + column + ")";
    const std::string image = std::string("pg_catalog.") + send + "(" + column + ")";
    Candidate& candidate = candidates_.emplace_back(Candidate{i, own, image});
    if (!IsImageOfItself(about.types[type]))
      candidate.length = "CASE WHEN " + stored + " > " + std::to_string(kLookInside) +
                         " THEN pg_catalog.octet_length(" + image + ") END";
    // What is stored as it is can be read from anywhere in it; of what is compressed each piece would have all before it
    // decompressed again.
    if (about.types[type].oid == pg_oid::kBytea)
      candidate.image =
          "CASE WHEN " + stored + " >= " + own + " THEN " + column + "::pg_catalog.bytea ELSE " + image + " END";
  }
}

std::string LongRows::name() const { return SqlName(table_.table.schema) + "." + SqlName(table_.table.name); }

std::string LongRows::Sum() const {
  std::string sum;
  for (const Candidate& candidate : candidates_)
    sum += (sum.empty() ? "" : " + ") + ("coalesce((" + candidate.length + ")::pg_catalog.int8, 0)");
  return sum;
}

Result<std::vector<LongRow>> LongRows::Find(PgClient& client) const {
  std::vector<LongRow> rows;
  // Rows of an extension's configuration are not worth another condition.
  if (candidates_.empty() || table_.outside == 0 || !table_.condition.empty()) return rows;
  PULIH_TRY_ASSIGN(const PgRows size,
                   client.Query("SELECT pg_catalog.pg_relation_size($1::pg_catalog.oid::pg_catalog.regclass)",
                                {std::to_string(table_.outside)}));
  if (size.rows.empty() || static_cast<uint64_t>(PgRow(size.rows[0]).Int64(0)) < limits_.outside_bytes) return rows;

  std::string lengths;
  for (const Candidate& candidate : candidates_) lengths += ", " + candidate.length;
  PULIH_TRY_ASSIGN(const PgRows found, client.Query("SELECT t.ctid" + lengths + " FROM ONLY " + name() + " t WHERE " +
                                                    Sum() + " > " + std::to_string(limits_.row_bytes)));
  for (const std::vector<PgText>& cells : found.rows) {
    const PgRow in(cells);
    LongRow& row = rows.emplace_back(LongRow{in.Text(0), {}});
    for (size_t i = 0; i < candidates_.size(); ++i) {
      const int64_t length = in.Int64(i + 1);
      if (length > static_cast<int64_t>(kMaxInlineRow))
        row.values.push_back({candidates_[i].place, static_cast<uint64_t>(length)});
    }
  }
  return rows;
}

std::string LongRows::CopyOthers() const {
  std::string columns;
  for (const ColumnDescriptor& column : table_.table.columns)
    columns += (columns.empty() ? "t." : ", t.") + SqlName(column.name);
  return "COPY (SELECT " + columns + " FROM ONLY " + name() + " t WHERE " + Sum() +
         " <= " + std::to_string(limits_.row_bytes) + ") TO STDOUT (FORMAT binary)";
}

std::string LongRows::CopyRow(const LongRow& row) const {
  std::string columns;
  for (size_t i = 0; i < table_.table.columns.size(); ++i) {
    const bool in_pieces =
        std::any_of(row.values.begin(), row.values.end(), [&](const LongValue& value) { return value.place == i; });
    columns += (columns.empty() ? "" : ", ") +
               (in_pieces ? "NULL::pg_catalog.bytea" : "t." + SqlName(table_.table.columns[i].name));
  }
  return "COPY (SELECT " + columns + " FROM ONLY " + name() + " t WHERE t.ctid = " + SqlLiteral(row.ctid) +
         "::pg_catalog.tid) TO STDOUT (FORMAT binary)";
}

// OFFSET 0 keeps the planner from making the image anew for each piece, and LATERAL from going through the pieces first.
std::string LongRows::CopyPieces(const LongRow& row, const LongValue& value) const {
  const auto candidate =
      std::find_if(candidates_.begin(), candidates_.end(), [&](const Candidate& c) { return c.place == value.place; });
  const std::string piece = std::to_string(limits_.piece_bytes);
  return "COPY (SELECT g.at, pg_catalog.substring(s.image, g.at, " + piece + ") FROM (SELECT " + candidate->image +
         " AS image FROM ONLY " + name() + " t WHERE t.ctid = " + SqlLiteral(row.ctid) +
         "::pg_catalog.tid OFFSET 0) s," + " LATERAL pg_catalog.generate_series(1, pg_catalog.octet_length(s.image), " +
         piece + ") g(at)) TO STDOUT (FORMAT binary)";
}

}  // namespace pulih
