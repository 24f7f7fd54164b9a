#include "formats/postgres/ddl.h"

#include <algorithm>
#include <charconv>

#include "formats/postgres/builtin_types.h"
#include "formats/postgres/text_form.h"

namespace pulih {

namespace {

std::string Key(std::string_view schema, std::string_view name) {
  std::string key(schema);
  key += '\0';
  key += name;
  return key;
}

// Passes over a value expression: to a comma or closing parenthesis at this depth, or to the end; or to a word that
// begins the next constraint of a column, when asked.
void SkipExpression(SqlTokens& tokens, bool stop_at_constraints) {
  unsigned depth = 0;
  bool first = true;
  for (; !tokens.AtEnd(); tokens.Next(), first = false) {
    const SqlToken& token = tokens.Peek();
    if (depth == 0 && (token.IsSymbol(",") || token.IsSymbol(")") || token.IsSymbol(";"))) return;
    if (depth == 0 && stop_at_constraints && !first && token.kind == SqlToken::Kind::word) {
      for (const std::string_view word :
           {"not", "null", "primary", "unique", "references", "check", "constraint", "collate", "generated", "default",
            "deferrable", "initially"}) {
        if (token.text == word) return;
      }
    }
    if (token.IsSymbol("(") || token.IsSymbol("[")) ++depth;
    if (depth > 0 && (token.IsSymbol(")") || token.IsSymbol("]"))) --depth;
  }
}

// Passes over "( … )" when one begins here.
void SkipParentheses(SqlTokens& tokens) {
  if (!tokens.AcceptSymbol("(")) return;
  for (unsigned depth = 1; depth > 0 && !tokens.AtEnd();) {
    const SqlToken token = tokens.Next();
    if (token.IsSymbol("(")) ++depth;
    if (token.IsSymbol(")")) --depth;
  }
}

// "(a, b)". False for anything else, such as expressions.
bool TakeColumnList(SqlTokens& tokens, std::vector<std::string>& columns) {
  if (!tokens.AcceptSymbol("(")) return false;
  do {
    if (!tokens.Peek().IsName()) return false;
    columns.push_back(tokens.Next().text);
  } while (tokens.AcceptSymbol(","));
  return tokens.AcceptSymbol(")");
}

std::optional<uint32_t> Place(const SchemaTable& table, std::string_view column) {
  for (uint32_t i = 0; i < table.columns.size(); ++i) {
    if (!table.columns[i].dropped && table.columns[i].name == column) return i;
  }
  return std::nullopt;
}

// Places of all of them; nothing when one is not there.
std::vector<uint32_t> Places(const SchemaTable& table, const std::vector<std::string>& columns) {
  std::vector<uint32_t> places;
  for (const std::string& column : columns) {
    const auto place = Place(table, column);
    if (!place) return {};
    places.push_back(*place);
  }
  return places;
}

}  // namespace

bool TakeSqlName(SqlTokens& tokens, SqlName& name) {
  name = {};
  if (!tokens.Peek().IsName()) return false;
  name.name = tokens.Next().text;
  for (int dots = 0; dots < 2 && tokens.Peek().IsSymbol(".") && tokens.Peek(1).IsName(); ++dots) {
    tokens.Next();
    name.schema = std::move(name.name);
    name.name = tokens.Next().text;
  }
  return true;
}

void DdlReader::Take(std::string_view statement) {
  SqlTokens tokens(statement);
  tokens.set_standard_strings(standard_strings_);
  if (tokens.Accept("create")) return Create(tokens);
  if (tokens.Peek().Is("alter") && (tokens.Peek(1).Is("table") || tokens.Peek(1).Is("foreign"))) {
    tokens.Next();
    tokens.Accept("foreign");
    tokens.Next();
    return AlterTable(tokens);
  }
  if (tokens.Accept("set")) return Set(tokens);
  if (tokens.Accept("select")) return SelectSetConfig(tokens);
  if (tokens.Peek().Is("insert") && limits_.max_rows > 0) return Insert(statement);
}

void DdlReader::Create(SqlTokens& tokens) {
  tokens.Accept("or");
  tokens.Accept("replace");
  while (tokens.Accept("global") || tokens.Accept("local") || tokens.Accept("unlogged") || tokens.Accept("foreign")) {
  }
  if (tokens.Accept("temp") || tokens.Accept("temporary")) return;  // never in anybody's backup
  if (tokens.Accept("table")) return CreateTable(tokens);
  if (tokens.Accept("type")) return CreateType(tokens);
  if (tokens.Accept("domain")) return CreateDomain(tokens);
  if (tokens.Accept("unique") && tokens.Accept("index")) return CreateIndex(tokens);
}

SchemaTable* DdlReader::Table(const SqlName& name) {
  const auto at = tables_.find(Key(SchemaOf(name), name.name));
  return at == tables_.end() ? nullptr : &schema_.tables[at->second];
}

void DdlReader::CreateTable(SqlTokens& tokens) {
  if (tokens.Accept("if")) {
    tokens.Accept("not");
    tokens.Accept("exists");
  }
  SqlName name;
  if (!TakeSqlName(tokens, name) || Table(name) != nullptr || schema_.tables.size() >= limits_.max_tables) return;
  SchemaTable table;
  table.schema = SchemaOf(name);
  table.name = name.name;
  if (tokens.Accept("partition") && tokens.Accept("of")) {
    SqlName parent;
    if (!TakeSqlName(tokens, parent)) return;
    if (const SchemaTable* of = Table(parent)) {
      table.columns = of->columns;
      table.keys = of->keys;
      table.references = of->references;
    }
  } else if (tokens.AcceptSymbol("(")) {
    while (!tokens.AtEnd() && !tokens.AcceptSymbol(")") && !tokens.Peek().IsSymbol(";")) {
      if (!TableItem(tokens, table)) SkipExpression(tokens, false);
      if (!tokens.AcceptSymbol(",") && !tokens.Peek().IsSymbol(")")) SkipExpression(tokens, false);
    }
  } else {
    return;  // CREATE TABLE … AS, OF type: its columns are not said here
  }
  while (!tokens.AtEnd()) {
    if (tokens.Accept("inherits") && tokens.AcceptSymbol("(")) {
      std::vector<SchemaColumn> inherited;
      SqlName parent;
      do {
        if (!TakeSqlName(tokens, parent)) break;
        const SchemaTable* of = Table(parent);
        if (of != nullptr && inherited.size() + table.columns.size() + of->columns.size() <= limits_.max_columns)
          inherited.insert(inherited.end(), of->columns.begin(), of->columns.end());
      } while (tokens.AcceptSymbol(","));
      const auto shift = static_cast<uint32_t>(inherited.size());
      for (SchemaKey& key : table.keys)
        for (uint32_t& column : key.columns) column += shift;
      for (SchemaReference& reference : table.references)
        for (uint32_t& column : reference.columns) column += shift;
      table.columns.insert(table.columns.begin(), inherited.begin(), inherited.end());
    } else if (tokens.Accept("oids")) {
      table.has_oids = !tokens.AcceptSymbol("=") || !tokens.Peek().Is("false");
    } else if (tokens.Peek().Is("without")) {
      tokens.Next();
      tokens.Accept("oids");
    } else {
      tokens.Next();
    }
  }
  // Partitions and heirs have columns without a word for each.
  columns_ += table.columns.size();
  if (columns_ > limits_.max_all_columns) return;
  tables_[Key(table.schema, table.name)] = schema_.tables.size();
  schema_.tables.push_back(std::move(table));
}

// A column or a constraint; false for what is neither (LIKE other).
bool DdlReader::TableItem(SqlTokens& tokens, SchemaTable& table) {
  if (tokens.Peek().Is("like")) return false;
  if (TableConstraint(tokens, table)) return true;
  if (!tokens.Peek().IsName() || table.columns.size() >= limits_.max_columns) return false;
  Column(tokens, table);
  return true;
}

bool DdlReader::TableConstraint(SqlTokens& tokens, SchemaTable& table) {
  std::string name;
  const SqlToken& first = tokens.Peek();
  if (first.kind != SqlToken::Kind::word) return false;
  size_t at = 0;
  if (first.Is("constraint")) at = 2;
  const SqlToken& kind = tokens.Peek(at);
  // A column may be called "primary" only in quotes, but "check" and the like are not reserved everywhere: what follows
  // tells.
  const SqlToken& then = tokens.Peek(at + 1);
  const bool key = kind.Is("primary") && then.Is("key");
  const bool unique = kind.Is("unique") && (then.IsSymbol("(") || then.Is("using") || then.Is("nulls"));
  const bool foreign = kind.Is("foreign") && then.Is("key");
  const bool other = (kind.Is("check") && then.IsSymbol("(")) || (kind.Is("exclude") && (then.Is("using") || then.IsSymbol("(")));
  const bool not_null = at == 2 && kind.Is("not") && then.Is("null");  // PostgreSQL 18
  if (!key && !unique && !foreign && !other && !not_null) return false;
  if (at == 2) {
    tokens.Next();
    name = tokens.Next().text;
  }
  tokens.Next();
  if (other) {
    SkipExpression(tokens, false);
    return true;
  }
  if (not_null) {
    tokens.Next();
    if (tokens.Peek().IsName()) {
      if (const auto place = Place(table, tokens.Next().text)) table.columns[*place].not_null = true;
    }
    SkipExpression(tokens, false);
    return true;
  }
  if (key || foreign) tokens.Next();
  if (tokens.Accept("nulls")) {
    tokens.Accept("not");
    tokens.Accept("distinct");
  }
  std::vector<std::string> columns;
  if (tokens.Accept("using") && tokens.Accept("index")) {
    const auto index = unique_indexes_.find(Key(table.schema, tokens.Next().text));
    if (index != unique_indexes_.end()) {
      for (const uint32_t column : index->second.columns)
        if (column < table.columns.size()) columns.push_back(table.columns[column].name);
    }
  } else if (!TakeColumnList(tokens, columns)) {
    SkipExpression(tokens, false);
    return true;
  }
  if (foreign) {
    if (tokens.Accept("references")) References(tokens, table, Places(table, columns));
  } else {
    AddKey(table, std::move(name), key, columns);
  }
  SkipExpression(tokens, false);
  return true;
}

void DdlReader::AddKey(SchemaTable& table, std::string name, bool primary, const std::vector<std::string>& columns) {
  SchemaKey key;
  key.name = std::move(name);
  key.primary = primary;
  key.columns = Places(table, columns);
  if (key.columns.empty()) return;
  if (primary) {
    for (const uint32_t column : key.columns) table.columns[column].not_null = true;
    if (table.primary_key() != nullptr) return;
  }
  for (SchemaKey& known : table.keys) {
    if (known.columns != key.columns) continue;
    known.primary = known.primary || primary;
    return;
  }
  table.keys.push_back(std::move(key));
}

// Behind REFERENCES.
void DdlReader::References(SqlTokens& tokens, SchemaTable& table, std::vector<uint32_t> columns) {
  SqlName to;
  if (!TakeSqlName(tokens, to)) return;
  SchemaReference reference;
  reference.columns = std::move(columns);
  reference.schema = SchemaOf(to);
  reference.table = to.name;
  if (tokens.Peek().IsSymbol("(") && !TakeColumnList(tokens, reference.ref_columns)) return;
  if (!reference.columns.empty()) table.references.push_back(std::move(reference));
}

void DdlReader::Column(SqlTokens& tokens, SchemaTable& table) {
  SchemaColumn column;
  column.name = tokens.Next().text;
  TypeForm form;
  if (!TakeType(tokens, form)) {
    // A column without a type that we can read still stands in every row.
    form.type = BuiltinIndex(pg_oid::kText);
  } else {
    column.type_text = TypeText(schema_.types, form.type, form.modifier);
  }
  column.type = form.type;
  column.modifier = form.modifier;
  column.length = forms_[form.type].length;
  column.align = forms_[form.type].align;
  column.not_null = form.serial || not_null_domains_.count(form.type) != 0;
  table.columns.push_back(std::move(column));
  ColumnConstraints(tokens, table, static_cast<uint32_t>(table.columns.size() - 1));
}

void DdlReader::ColumnConstraints(SqlTokens& tokens, SchemaTable& table, uint32_t column) {
  const std::vector<std::string> name = {table.columns[column].name};
  std::string constraint;
  while (!tokens.AtEnd() && !tokens.Peek().IsSymbol(",") && !tokens.Peek().IsSymbol(")") && !tokens.Peek().IsSymbol(";")) {
    if (tokens.Accept("constraint")) {
      constraint = tokens.Next().text;
    } else if (tokens.Accept("not")) {
      if (tokens.Accept("null")) table.columns[column].not_null = true;
    } else if (tokens.Accept("primary")) {
      tokens.Accept("key");
      AddKey(table, constraint, true, name);
    } else if (tokens.Accept("unique")) {
      AddKey(table, constraint, false, name);
    } else if (tokens.Accept("references")) {
      References(tokens, table, {column});
    } else if (tokens.Accept("default")) {
      SkipExpression(tokens, true);
    } else if (tokens.Accept("generated")) {
      if (tokens.Peek(0).Is("by")) tokens.Next();
      tokens.Next();  // always, or default
      tokens.Accept("as");
      if (tokens.Accept("identity")) table.columns[column].not_null = true;
      SkipParentheses(tokens);
    } else if (tokens.Peek().IsSymbol("(")) {
      SkipParentheses(tokens);
    } else {
      tokens.Next();  // check, collate, storage, deferrable, on delete …
    }
  }
}

void DdlReader::CreateIndex(SqlTokens& tokens) {
  tokens.Accept("concurrently");
  if (tokens.Accept("if")) {
    tokens.Accept("not");
    tokens.Accept("exists");
  }
  std::string index;
  if (!tokens.Peek().Is("on")) index = tokens.Next().text;
  SqlName name;
  if (!tokens.Accept("on")) return;
  tokens.Accept("only");
  if (!TakeSqlName(tokens, name)) return;
  if (tokens.Accept("using")) tokens.Next();
  SchemaTable* table = Table(name);
  if (table == nullptr || !tokens.AcceptSymbol("(")) return;
  std::vector<std::string> columns;
  while (tokens.Peek().IsName()) {
    columns.push_back(tokens.Next().text);
    // Its order, operator class and collation do not matter here; an expression does.
    while (!tokens.AtEnd() && tokens.Peek().IsName()) tokens.Next();
    if (!tokens.AcceptSymbol(",")) break;
  }
  if (!tokens.AcceptSymbol(")")) return;
  for (; !tokens.AtEnd(); tokens.Next()) {
    if (tokens.Peek().Is("where")) return;  // it says nothing of the other rows
  }
  SchemaKey key;
  key.name = index;
  key.columns = Places(*table, columns);
  if (key.columns.empty()) return;
  unique_indexes_[Key(table->schema, index)] = key;
  AddKey(*table, index, false, columns);
}

void DdlReader::AlterTable(SqlTokens& tokens) {
  if (tokens.Accept("if")) tokens.Accept("exists");
  tokens.Accept("only");
  SqlName name;
  if (!TakeSqlName(tokens, name)) return;
  tokens.AcceptSymbol("*");
  SchemaTable* table = Table(name);
  if (table == nullptr) return;
  do {
    AlterAction(tokens, *table);
    SkipExpression(tokens, false);
  } while (tokens.AcceptSymbol(","));
}

void DdlReader::AlterAction(SqlTokens& tokens, SchemaTable& table) {
  if (tokens.Accept("add")) {
    if (TableConstraint(tokens, table)) return;
    tokens.Accept("column");
    if (tokens.Accept("if")) {
      tokens.Accept("not");
      tokens.Accept("exists");
    }
    if (tokens.Peek().IsName() && table.columns.size() < limits_.max_columns && !Place(table, tokens.Peek().text))
      Column(tokens, table);
  } else if (tokens.Accept("drop")) {
    if (tokens.Peek().Is("constraint")) return;
    tokens.Accept("column");
    if (tokens.Accept("if")) tokens.Accept("exists");
    if (const auto place = Place(table, tokens.Next().text)) table.columns[*place].dropped = true;
  } else if (tokens.Accept("alter")) {
    tokens.Accept("column");
    const auto place = Place(table, tokens.Next().text);
    if (!place) return;
    if (tokens.Accept("set")) {
      if (tokens.Accept("not") && tokens.Accept("null")) table.columns[*place].not_null = true;
    } else if (tokens.Accept("drop")) {
      if (tokens.Accept("not") && tokens.Accept("null")) table.columns[*place].not_null = false;
    } else if (tokens.Accept("add")) {  // GENERATED … AS IDENTITY
      table.columns[*place].not_null = true;
      while (!tokens.AtEnd() && !tokens.Peek().IsSymbol("(")) tokens.Next();
      SkipParentheses(tokens);
    }
  } else if (tokens.Accept("rename")) {
    if (tokens.Accept("to")) {
      tables_.erase(Key(table.schema, table.name));
      table.name = tokens.Next().text;
      tables_[Key(table.schema, table.name)] = static_cast<size_t>(&table - schema_.tables.data());
      return;
    }
    if (tokens.Peek().Is("constraint")) return;
    tokens.Accept("column");
    const auto place = Place(table, tokens.Next().text);
    if (place && tokens.Accept("to")) table.columns[*place].name = tokens.Next().text;
  }
}

void DdlReader::Set(SqlTokens& tokens) {
  tokens.Accept("session");
  tokens.Accept("local");
  const std::string name = tokens.Next().text;
  if (!tokens.AcceptSymbol("=")) tokens.Accept("to");
  const std::string value = tokens.Next().text;
  if (name == "search_path") {
    default_schema_ = value.empty() || value == "pg_catalog" || value == "$user" ? "public" : value;
  } else if (name == "standard_conforming_strings") {
    standard_strings_ = value != "off" && value != "false";
  } else if (name == "client_encoding" && !value.empty()) {
    schema_.encoding = value;
  }
}

// SELECT pg_catalog.set_config('search_path', '', false), as pg_dump writes since 2018: names are then given in full.
void DdlReader::SelectSetConfig(SqlTokens& tokens) {
  SqlName name;
  if (!TakeSqlName(tokens, name) || name.name != "set_config" || !tokens.AcceptSymbol("(")) return;
  if (tokens.Next().text != "search_path" || !tokens.AcceptSymbol(",")) return;
  const std::string value = tokens.Next().text;
  default_schema_ = value.empty() ? "public" : value;
}

void DdlReader::Insert(std::string_view statement) {
  InsertReader reader(statement, standard_strings_);
  if (!reader.ok()) return;
  const SchemaTable* table = Table(reader.head().table);
  if (table == nullptr) return;
  std::vector<uint32_t> places;
  if (reader.head().columns.empty()) {
    for (uint32_t i = 0; i < table->columns.size(); ++i)
      if (!table->columns[i].dropped) places.push_back(i);
  } else {
    places = Places(*table, reader.head().columns);
  }
  InsertedValues values;
  bool complete = false;
  while (schema_.rows.size() < limits_.max_rows && reader.NextRow(values, complete)) {
    const bool plain = std::all_of(values.begin(), values.end(), [](const InsertedValue& value) { return value.plain; });
    // Columns that the statement leaves out have their defaults, which are not known here: such a row tells nothing.
    if (!plain || !complete || values.size() != places.size() || places.size() != table->columns.size()) continue;
    SchemaRow row;
    row.table = static_cast<size_t>(table - schema_.tables.data());
    row.values.resize(table->columns.size());
    for (size_t i = 0; i < places.size(); ++i) {
      if (values[i].text) row.values[places[i]] = AsPostgresWrites(schema_, table->columns[places[i]], *values[i].text);
      row_bytes_ += values[i].text ? values[i].text->size() : 0;
    }
    if (row_bytes_ > limits_.max_row_bytes) return;
    schema_.rows.push_back(std::move(row));
  }
}

Schema DdlReader::Finish() && {
  if (schema_.encoding.empty()) schema_.encoding = "UTF8";
  return std::move(schema_);
}

}  // namespace pulih
