// Whether a text is one that PostgreSQL writes for a column: what tells a true row from a chance one, and one table's
// rows from another's.
//
// It is *not* ValueImage, which takes whatever PostgreSQL would read: here the text must be as pg_dump writes it (DateStyle
// ISO, extra_float_digits above 0, any version since 8.4), to the number of decimals. Types of extensions and those whose
// text has no simple shape fit any text. Whether text is sound UTF-8 is another question (formats/text/encoding.h).
//
// Pure. Source: the *out functions of src/backend/utils/adt.
#pragma once

#include <string>
#include <string_view>

#include "formats/postgres/schema.h"

namespace pulih {

bool IsColumnText(const Schema& schema, const SchemaColumn& column, std::string_view text);

// What decides it, looked up once for many values. Borrows the schema.
struct ColumnGrammar {
  PgTypeKind kind = PgTypeKind::base;              // below domains
  uint32_t oid = 0;                                // of a base type; 0: any text
  int32_t modifier = -1;
  const std::vector<std::string>* words = nullptr; // of an enumeration; null: any
};
ColumnGrammar GrammarOfColumn(const Schema& schema, const SchemaColumn& column);
bool IsTextOf(const ColumnGrammar& grammar, std::string_view text);

// The fewest bytes that a value of this column takes in COPY text (2 for NULL, which is written \N).
size_t LeastTextSize(const Schema& schema, const SchemaColumn& column);

// What PostgreSQL would write for a value that a person typed: '1' in a numeric(20,2) column is 1.00. Text that it would
// not take comes back as it is.
std::string AsPostgresWrites(const Schema& schema, const SchemaColumn& column, std::string_view text);

}  // namespace pulih
