// Reads the tuples that a log tells as rows of one table: into texts, or only whether they can be the table's.
//
// Whether a tuple can be is asked of every tuple of a relation and every table that may be its own (wal_tables.h): what
// each value's text would have to be is then told from its bytes where that is the same, and the text is made only where
// it is not.
//
// Borrows the schema. One thread: it keeps buffers.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "formats/postgres/disk_column.h"
#include "formats/postgres/heap_tuple.h"
#include "formats/postgres/text_form.h"
#include "formats/postgres/toast.h"

namespace pulih {

struct DecodedField {
  enum class State : uint8_t { null, value, partial, missing } state = State::missing;
  std::string text;
};

class WalRowReader {
 public:
  WalRowReader(const Schema& schema, size_t table);

  // The row of a tuple, columns that are not dropped, in `row`; false when it is no tuple of the table.
  bool Decode(ByteView tuple, const ToastSource& toast, std::vector<DecodedField>& row);
  // Whether Decode says so, and every value fits its column to the grammar of its text, and no NULL is where none may be.
  bool Fits(ByteView tuple, const ToastSource& toast);
  // Of the tuple that Fits was asked of last, whose bytes must still be there: a number for the values of these fields (places
  // among columns that are not dropped), nullopt when one of them is not a whole value.
  std::optional<uint64_t> KeyHash(const std::vector<size_t>& fields, const ToastSource& toast);

  size_t columns() const { return shape_.columns.size(); }

 private:
  // How a column's values are judged without making their text.
  enum class Judge : uint8_t {
    by_bytes,  // DiskColumn::Fits says the same
    as_text,   // the bytes are the text
    by_text,   // not at all
  };
  struct Column {
    DiskColumn reader;  // takes whatever the type can hold, as the log is read
    DiskColumn strict;  // of the column's modifier
    ColumnGrammar grammar;
    Judge judge = Judge::by_text;
    bool not_null = false;
    size_t place = 0;   // in the tuple
  };
  static Judge JudgeOf(const ColumnGrammar& grammar, bool is_text);
  bool DecodeField(const Column& column, const TupleField& field, const ToastSource& toast, DecodedField& decoded) const;
  bool FieldFits(const Column& column, const TupleField& field, const ToastSource& toast);

  TupleShape shape_;
  DiskContext context_;
  std::vector<Column> shown_;  // columns that are not dropped
  std::vector<TupleField> fields_;
  DecodedField scratch_;
  std::string key_;
};

}  // namespace pulih
