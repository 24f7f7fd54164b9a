// Turns the fields of a walked tuple into those of a claim: values as PostgreSQL writes them, in the order of the
// schema's columns, without dropped ones. It is strict: one value that cannot be its column's makes the tuple none,
// for a flipped length shifts everything behind it.
//
// What lies elsewhere and is lost makes its field missing, or partial with its beginning (text, json, bytea); the others
// stay. A column that the tuple is older than is NULL, but since PostgreSQL 11 it may stand for a default that no page
// has: then it is missing. So is a value of a type whose form on disk is not known here.
//
// Borrows schema and table. One thread.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "engine/recover/claim.h"
#include "formats/postgres/control.h"
#include "formats/postgres/disk_column.h"
#include "formats/postgres/disk_value.h"
#include "formats/postgres/heap_tuple.h"
#include "formats/postgres/toast.h"

namespace pulih {

// Is filled again and again: its texts keep their memory from row to row.
struct DecodedTuple {
  std::vector<ClaimedField> fields;
  std::vector<ToastPointer> external;  // whose chunks went into it
  bool has_unknown_type = false;
};

class RowDecoder {
 public:
  RowDecoder(const Schema& schema, const SchemaTable& table, PgMajor major, bool float_times);

  const SchemaTable& table() const { return table_; }
  const TupleShape& shape() const { return shape_; }

  // What the caller knows of a tuple.
  struct Known {
    bool proven = false;  // to be one of the table: a field that cannot be its column's is missing
    bool fits = false;    // Fits has said so: those values are not looked at again
  };
  // False when a value cannot be one of its column. `toast` may be null: then what lies elsewhere is missing.
  bool Decode(std::span<const TupleField> fields, const ToastSource* toast, Known known, DecodedTuple& row) const;
  // One column's value out of an index; false when it is not there whole.
  bool DecodeKeyColumn(size_t column, const TupleField& field, ClaimedField& out) const;
  // Only whether all values that stand in the tuple itself can be; cheaper.
  bool Fits(std::span<const TupleField> fields) const;

 private:
  bool DecodeField(size_t column, const TupleField& field, const ToastSource* toast, bool fits, ClaimedField& out,
                   DecodedTuple& row) const;
  bool DecodeValue(size_t column, ByteView value, bool fits, ClaimedField& out, DecodedTuple& row) const;
  void DecodeBeginning(const SchemaColumn& column, ByteView beginning, ClaimedField& out) const;

  const SchemaTable& table_;
  DiskContext context_;
  TupleShape shape_;
  PgMajor major_;
  std::string encoding_;
  std::vector<DiskColumn> columns_;
  size_t shown_ = 0;  // columns that are not dropped
};

}  // namespace pulih
