// Reads the shape of a database from DDL text: what pg_dump writes, and what people write by hand. What it does not
// understand (functions, views, grants, anything newer) is passed over: a schema may be incomplete, never wrong for that.
//
//   DdlReader reader;  reader.Take(statement)*;  Schema schema = std::move(reader).Finish();
//
// Understood: CREATE SCHEMA (for what it holds), TABLE, TYPE AS ENUM, AS RANGE and composite, DOMAIN, UNIQUE INDEX;
// ALTER TABLE ADD CONSTRAINT (primary key, unique, foreign key), ADD and DROP COLUMN, SET NOT NULL, RENAME; SET
// search_path, standard_conforming_strings and client_encoding; INSERT … VALUES with plain values.
//
// Pure; one thread per object. Text is hostile: time in proportion to it, numbers of tables, columns and rows bounded.
// Source: the SQL commands of PostgreSQL's documentation; src/bin/pg_dump/pg_dump.c.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "formats/postgres/schema.h"
#include "formats/postgres/sql_token.h"

namespace pulih {

struct DdlLimits {
  size_t max_tables = 100000;
  size_t max_columns = 1600;          // MaxHeapAttributeNumber, of one table
  size_t max_all_columns = 1u << 20;
  size_t max_rows = 10000;            // of INSERT, all tables together; 0: none are kept
  size_t max_row_bytes = 8u << 20;
};

// A name as SQL gives it: "schema.table" or "table".
struct SqlName {
  std::string schema, name;  // schema: empty when it was not said
};
// Takes a name with up to two dots (a catalog before the schema is dropped); false when there is none.
bool TakeSqlName(SqlTokens& tokens, SqlName& name);

// One statement of INSERT INTO table [(columns)] VALUES (…), (…), row by row.
struct InsertHead {
  SqlName table;
  std::vector<std::string> columns;  // empty: all
};
struct InsertedValue {
  std::optional<std::string> text;  // nullopt: NULL, or not known
  bool plain = true;                // false: no literal but DEFAULT or an expression; its value is not known
};
using InsertedValues = std::vector<InsertedValue>;
class InsertReader {
 public:
  InsertReader(std::string_view statement, bool standard_strings);
  bool ok() const { return ok_; }
  const InsertHead& head() const { return head_; }
  // The next row; false at the end. `complete`: its closing parenthesis is there.
  bool NextRow(InsertedValues& values, bool& complete);

 private:
  InsertedValue TakeValue();

  SqlTokens tokens_;
  InsertHead head_;
  bool ok_ = false;
};

class DdlReader {
 public:
  explicit DdlReader(const DdlLimits& limits = {}) : limits_(limits) {}

  // One statement, with or without its semicolon.
  void Take(std::string_view statement);
  // "public" until the script says otherwise.
  const std::string& default_schema() const { return default_schema_; }
  bool standard_strings() const { return standard_strings_; }
  const std::string& encoding() const { return schema_.encoding; }
  const Schema& schema() const { return schema_; }
  Schema Finish() &&;

 private:
  struct TypeForm {
    TypeIndex type = 0;
    int32_t modifier = -1;
    bool serial = false;
  };
  void Create(SqlTokens& tokens);
  void CreateTable(SqlTokens& tokens);
  void CreateType(SqlTokens& tokens);
  void CreateDomain(SqlTokens& tokens);
  void CreateIndex(SqlTokens& tokens);
  void AlterTable(SqlTokens& tokens);
  void AlterAction(SqlTokens& tokens, SchemaTable& table);
  void Set(SqlTokens& tokens);
  void SelectSetConfig(SqlTokens& tokens);
  void Insert(std::string_view statement);

  bool TableItem(SqlTokens& tokens, SchemaTable& table);
  bool TableConstraint(SqlTokens& tokens, SchemaTable& table);
  void Column(SqlTokens& tokens, SchemaTable& table);
  void ColumnConstraints(SqlTokens& tokens, SchemaTable& table, uint32_t column);
  void References(SqlTokens& tokens, SchemaTable& table, std::vector<uint32_t> columns);
  void AddKey(SchemaTable& table, std::string name, bool primary, const std::vector<std::string>& columns);
  bool TakeType(SqlTokens& tokens, TypeForm& form);

  std::string SchemaOf(const SqlName& name) const { return name.schema.empty() ? default_schema_ : name.schema; }
  SchemaTable* Table(const SqlName& name);
  TypeIndex AddType(PgType type, int16_t length, char align);
  TypeIndex BuiltinIndex(uint32_t oid);
  TypeIndex NamedType(const SqlName& name);
  TypeIndex ArrayOf(TypeIndex element);

  struct Form { int16_t length; char align; };
  DdlLimits limits_;
  Schema schema_;
  std::vector<Form> forms_;                        // of each type
  std::map<std::string, size_t> tables_;           // "schema" 0 "name"
  std::map<std::string, TypeIndex> types_;
  std::set<TypeIndex> not_null_domains_;
  std::map<std::string, SchemaKey> unique_indexes_;  // by name: ADD PRIMARY KEY USING INDEX
  std::string default_schema_ = "public";
  bool standard_strings_ = true;
  size_t row_bytes_ = 0, columns_ = 0;
};

// A whole script; data of COPY blocks in it is passed over.
Schema ReadDdl(std::string_view script, const DdlLimits& limits = {});

// Adds what `more` knows and `to` does not: tables, keys of tables without any, types, words of enumerations.
void AddSchema(Schema& to, const Schema& more);

}  // namespace pulih
