// Types in DDL: their words, their modifiers, and those that the script itself makes. A file of its own because the
// grammar of type names is a matter of its own. Also INSERT's values, and two schemas put together.
#include <algorithm>
#include <charconv>

#include "formats/postgres/builtin_types.h"
#include "formats/postgres/ddl.h"

namespace pulih {

namespace {

std::string TypeKey(std::string_view schema, std::string_view name) {
  std::string key(schema);
  key += '\0';
  key += name;
  return key;
}

int32_t Number(std::string_view text, int32_t otherwise) {
  int32_t value = otherwise;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

// Takes "(10, 2)"; what the numbers mean depends on the type. Returns how many there were; -1 for none.
int TakeNumbers(SqlTokens& tokens, int32_t (&numbers)[2]) {
  if (!tokens.Peek().IsSymbol("(")) return -1;
  tokens.Next();
  int count = 0;
  while (!tokens.AtEnd() && !tokens.AcceptSymbol(")")) {
    const bool minus = tokens.AcceptSymbol("-");
    const SqlToken token = tokens.Next();
    if (token.kind == SqlToken::Kind::number && count < 2) {
      numbers[count++] = minus ? -Number(token.text, 0) : Number(token.text, -1);
    }
  }
  return count;
}

int32_t ModifierOf(uint32_t oid, int count, const int32_t (&numbers)[2]) {
  if (count < 1 || numbers[0] < 0 || numbers[0] > 10485760) return -1;
  switch (oid) {
    case pg_oid::kNumeric: {
      const int32_t scale = count > 1 ? numbers[1] : 0;
      if (numbers[0] > 1000 || scale < -1000 || scale > 1000) return -1;
      return ((numbers[0] << 16) | (scale & 0x7ff)) + 4;
    }
    case pg_oid::kVarchar:
    case pg_oid::kBpchar: return numbers[0] + 4;
    case pg_oid::kBit:
    case pg_oid::kVarbit:
    case pg_oid::kTime:
    case pg_oid::kTimetz:
    case pg_oid::kTimestamp:
    case pg_oid::kTimestamptz: return numbers[0];
    default: return -1;
  }
}

// A type's name of several words. Takes all of them.
std::string TakeWords(SqlTokens& tokens) {
  std::string name = tokens.Next().text;
  if (name == "national") {
    name += " " + tokens.Next().text;
  }
  if ((name == "character" || name == "char" || name == "nchar" || name == "bit" || name.starts_with("national")) &&
      tokens.Accept("varying")) {
    return name == "bit" ? "varbit" : "varchar";
  }
  if (name == "double" && tokens.Accept("precision")) return "float8";
  return name;
}

}  // namespace

TypeIndex DdlReader::AddType(PgType type, int16_t length, char align) {
  const auto at = static_cast<TypeIndex>(schema_.types.size());
  types_[TypeKey(type.schema, type.name)] = at;
  schema_.types.push_back(std::move(type));
  forms_.push_back({length, align});
  return at;
}

TypeIndex DdlReader::BuiltinIndex(uint32_t oid) {
  const BuiltinType* known = BuiltinTypeOf(oid);
  const std::string key = TypeKey("pg_catalog", known->name);
  if (const auto at = types_.find(key); at != types_.end()) return at->second;
  PgType type;
  type.kind = known->kind;
  type.schema = "pg_catalog";
  type.name = known->name;
  type.oid = oid;
  if (known->element != 0) type.element = BuiltinIndex(known->element);
  return AddType(std::move(type), known->length, known->align);
}

TypeIndex DdlReader::ArrayOf(TypeIndex element) {
  const PgType& of = schema_.types[element];
  if (const auto at = types_.find(TypeKey(of.schema, "_" + of.name)); at != types_.end()) return at->second;
  PgType type;
  type.kind = PgTypeKind::array;
  type.schema = of.schema;
  type.name = "_" + of.name;
  if (const BuiltinType* known = of.oid == 0 ? nullptr : BuiltinTypeOf(of.oid)) type.oid = known->array_oid;
  type.element = element;
  return AddType(std::move(type), -1, forms_[element].align == 'd' ? 'd' : 'i');
}

TypeIndex DdlReader::NamedType(const SqlName& name) {
  if (name.schema.empty() || name.schema == "pg_catalog") {
    if (const BuiltinType* known = FindBuiltinType(name.name)) return BuiltinIndex(known->oid);
  }
  if (const auto at = types_.find(TypeKey(SchemaOf(name), name.name)); at != types_.end()) return at->second;
  // Of an extension, or made later than used: its values are texts of a shape that is not known.
  PgType type;
  type.schema = SchemaOf(name);
  type.name = name.name;
  return AddType(std::move(type), -1, 'i');
}

bool DdlReader::TakeType(SqlTokens& tokens, TypeForm& form) {
  tokens.Accept("setof");
  if (!tokens.Peek().IsName()) return false;
  const bool quoted = tokens.Peek().kind == SqlToken::Kind::name;
  SqlName name;
  bool char_word = false;
  if (quoted || tokens.Peek(1).IsSymbol(".")) {
    if (!TakeSqlName(tokens, name)) return false;
  } else {
    name.name = TakeWords(tokens);
    char_word = name.name == "char" || name.name == "character" || name.name == "nchar" || name.name.starts_with("national");
    if (char_word) name.name = "bpchar";
  }
  for (const auto& [serial, integer] : {std::pair{"serial", "int4"}, {"serial4", "int4"}, {"bigserial", "int8"},
                                        {"serial8", "int8"}, {"smallserial", "int2"}, {"serial2", "int2"}}) {
    if (name.schema.empty() && !quoted && name.name == serial) {
      name.name = integer;
      form.serial = true;
      break;
    }
  }
  int32_t numbers[2] = {-1, -1};
  const int count = TakeNumbers(tokens, numbers);
  if (!quoted && (name.name == "timestamp" || name.name == "time")) {
    if (tokens.Accept("with")) {
      tokens.Accept("time");
      tokens.Accept("zone");
      name.name += "tz";
    } else if (tokens.Accept("without")) {
      tokens.Accept("time");
      tokens.Accept("zone");
    }
  }
  if (!quoted && name.name == "float" && count == 1 && numbers[0] <= 24) name.name = "float4";
  if (!quoted && name.name == "interval") {  // interval day to second (3): its fields change nothing here
    while (tokens.Peek().Is("year") || tokens.Peek().Is("month") || tokens.Peek().Is("day") || tokens.Peek().Is("hour") ||
           tokens.Peek().Is("minute") || tokens.Peek().Is("second") || tokens.Peek().Is("to")) {
      tokens.Next();
      TakeNumbers(tokens, numbers);
    }
  }
  form.type = NamedType(name);
  const uint32_t oid = schema_.types[form.type].oid;
  form.modifier = ModifierOf(oid, count, numbers);
  if (char_word && count < 0) form.modifier = 1 + 4;              // character is character(1)
  if (oid == pg_oid::kBit && count < 0) form.modifier = 1;
  bool array = false;
  while (tokens.AcceptSymbol("[")) {
    array = true;
    while (!tokens.AtEnd() && !tokens.AcceptSymbol("]")) tokens.Next();
  }
  if (tokens.Accept("array")) {
    array = true;
    if (tokens.AcceptSymbol("[")) {
      while (!tokens.AtEnd() && !tokens.AcceptSymbol("]")) tokens.Next();
    }
  }
  if (array) form.type = ArrayOf(form.type);
  return true;
}

void DdlReader::CreateType(SqlTokens& tokens) {
  SqlName name;
  if (!TakeSqlName(tokens, name) || !tokens.Accept("as")) return;
  PgType type;
  type.schema = SchemaOf(name);
  type.name = name.name;
  if (types_.count(TypeKey(type.schema, type.name)) != 0) return;
  if (tokens.Accept("enum")) {
    if (!tokens.AcceptSymbol("(")) return;
    std::vector<std::string> words;
    while (tokens.Peek().kind == SqlToken::Kind::text) {
      words.push_back(tokens.Next().text);
      if (!tokens.AcceptSymbol(",")) break;
    }
    type.kind = PgTypeKind::enumeration;
    schema_.enum_words[AddType(std::move(type), 4, 'i')] = std::move(words);
  } else if (tokens.Accept("range")) {
    if (!tokens.AcceptSymbol("(")) return;
    TypeForm bounds;
    bounds.type = BuiltinIndex(pg_oid::kText);
    while (!tokens.AtEnd() && !tokens.AcceptSymbol(")")) {
      if (!tokens.Accept("subtype")) {
        tokens.Next();
        continue;
      }
      tokens.AcceptSymbol("=");
      TakeType(tokens, bounds);
    }
    type.kind = PgTypeKind::range;
    type.element = bounds.type;
    AddType(std::move(type), -1, forms_[bounds.type].align == 'd' ? 'd' : 'i');
  } else if (tokens.AcceptSymbol("(")) {
    type.kind = PgTypeKind::composite;
    while (tokens.Peek().IsName() && type.fields.size() < limits_.max_columns) {
      PgTypeField field;
      field.name = tokens.Next().text;
      TypeForm form;
      if (!TakeType(tokens, form)) break;
      field.type = form.type;
      type.fields.push_back(std::move(field));
      while (!tokens.AtEnd() && !tokens.Peek().IsSymbol(",") && !tokens.Peek().IsSymbol(")")) tokens.Next();
      if (!tokens.AcceptSymbol(",")) break;
    }
    AddType(std::move(type), -1, 'd');
  }
}

void DdlReader::CreateDomain(SqlTokens& tokens) {
  SqlName name;
  if (!TakeSqlName(tokens, name)) return;
  tokens.Accept("as");
  TypeForm over;
  if (!TakeType(tokens, over)) return;
  PgType type;
  type.kind = PgTypeKind::domain;
  type.schema = SchemaOf(name);
  type.name = name.name;
  type.element = over.type;
  if (types_.count(TypeKey(type.schema, type.name)) != 0) return;
  const TypeIndex at = AddType(std::move(type), forms_[over.type].length, forms_[over.type].align);
  while (!tokens.AtEnd()) {
    if (tokens.Peek().Is("not") && tokens.Peek(1).Is("null")) not_null_domains_.insert(at);
    tokens.Next();
  }
}

InsertReader::InsertReader(std::string_view statement, bool standard_strings) : tokens_(statement) {
  tokens_.set_standard_strings(standard_strings);
  if (!tokens_.Accept("insert") || !tokens_.Accept("into") || !TakeSqlName(tokens_, head_.table)) return;
  if (tokens_.AcceptSymbol("(")) {
    do {
      if (!tokens_.Peek().IsName()) return;
      head_.columns.push_back(tokens_.Next().text);
    } while (tokens_.AcceptSymbol(","));
    if (!tokens_.AcceptSymbol(")")) return;
  }
  if (tokens_.Accept("overriding")) {  // SYSTEM VALUE
    tokens_.Next();
    tokens_.Next();
  }
  ok_ = tokens_.Accept("values");
}

// A literal, with a sign and a cast if need be; any other expression is passed over.
InsertedValue InsertReader::TakeValue() {
  InsertedValue value;
  bool& plain = value.plain;
  if (tokens_.Accept("null")) {
  } else if (tokens_.Accept("true")) {
    value.text = "t";
  } else if (tokens_.Accept("false")) {
    value.text = "f";
  } else {
    const bool minus = tokens_.AcceptSymbol("-");
    SqlTokens& t = tokens_;
    // A typed literal: timestamp '2014-01-01', numeric '1'.
    if (!minus && t.Peek().kind == SqlToken::Kind::word && t.Peek(1).kind == SqlToken::Kind::text) t.Next();
    const SqlToken& token = t.Peek();
    plain = token.complete && (token.kind == SqlToken::Kind::number || (token.kind == SqlToken::Kind::text && !minus && token.prefix != 'x'));
    if (plain) value.text = (minus ? "-" : "") + t.Next().text;
  }
  if (plain && tokens_.AcceptSymbol("::")) {
    while (tokens_.Peek().IsName() || tokens_.Peek().IsSymbol(".")) tokens_.Next();
    if (tokens_.Peek().IsSymbol("(")) {
      while (!tokens_.AtEnd() && !tokens_.AcceptSymbol(")")) tokens_.Next();
    }
    while (tokens_.AcceptSymbol("[")) tokens_.AcceptSymbol("]");
  }
  if (tokens_.Peek().IsSymbol(",") || tokens_.Peek().IsSymbol(")")) return value;
  unsigned depth = 0;
  while (!tokens_.AtEnd()) {
    const SqlToken& token = tokens_.Peek();
    if (depth == 0 && (token.IsSymbol(",") || token.IsSymbol(")"))) break;
    if (token.IsSymbol("(")) ++depth;
    if (token.IsSymbol(")")) --depth;
    tokens_.Next();
  }
  return {std::nullopt, false};
}

bool InsertReader::NextRow(InsertedValues& values, bool& complete) {
  values.clear();
  complete = false;
  if (!ok_ || !tokens_.AcceptSymbol("(")) return ok_ = false;
  do {
    InsertedValue value = TakeValue();
    // Of a row cut short the value before the cut may be cut too: it does not count.
    if (tokens_.AtEnd()) return !values.empty();
    values.push_back(std::move(value));
  } while (tokens_.AcceptSymbol(","));
  complete = tokens_.AcceptSymbol(")");
  ok_ = complete && tokens_.AcceptSymbol(",");
  return true;
}

namespace {

// The place of `more.types[at]` in `to`, which gets it when it lacks it. `known` remembers.
TypeIndex CarryType(Schema& to, const Schema& more, TypeIndex at, std::map<TypeIndex, TypeIndex>& known) {
  if (const auto found = known.find(at); found != known.end()) return found->second;
  PgType type = more.types[at];
  // Types lead only to types before them.
  if (type.element < at) type.element = CarryType(to, more, type.element, known);
  for (PgTypeField& field : type.fields)
    if (field.type < at) field.type = CarryType(to, more, field.type, known);
  for (TypeIndex i = 0; i < to.types.size(); ++i) {
    if (to.types[i].schema == type.schema && to.types[i].name == type.name) return known[at] = i;
  }
  const auto place = static_cast<TypeIndex>(to.types.size());
  if (const auto words = more.enum_words.find(at); words != more.enum_words.end()) to.enum_words[place] = words->second;
  to.types.push_back(std::move(type));
  return known[at] = place;
}

}  // namespace

void AddSchema(Schema& to, const Schema& more) {
  std::map<TypeIndex, TypeIndex> types;
  std::map<std::string, size_t> places;
  for (size_t i = 0; i < to.tables.size(); ++i) places[TypeKey(to.tables[i].schema, to.tables[i].name)] = i;
  std::map<size_t, size_t> moved;
  for (size_t i = 0; i < more.tables.size(); ++i) {
    const SchemaTable& table = more.tables[i];
    const auto known = places.find(TypeKey(table.schema, table.name));
    if (known != places.end()) {
      SchemaTable& have = to.tables[known->second];
      if (have.keys.empty() && have.columns.size() == table.columns.size()) have.keys = table.keys;
      if (have.references.empty() && have.columns.size() == table.columns.size()) have.references = table.references;
      continue;
    }
    SchemaTable copy = table;
    for (SchemaColumn& column : copy.columns) column.type = CarryType(to, more, column.type, types);
    moved[i] = to.tables.size();
    places[TypeKey(table.schema, table.name)] = to.tables.size();
    to.tables.push_back(std::move(copy));
  }
  for (const SchemaRow& row : more.rows) {
    if (const auto at = moved.find(row.table); at != moved.end()) to.rows.push_back({at->second, row.values});
  }
  to.enum_labels.insert(more.enum_labels.begin(), more.enum_labels.end());
}

}  // namespace pulih
