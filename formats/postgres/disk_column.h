// A DiskColumn is a column's type and modifier, looked up once: reading and checking millions of values on pages must not
// look them up again. What it says of a value is what disk_value.h says; it is only quicker.
//
// Borrows the context's types and labels. Const calls from one thread at a time (it keeps a buffer).
#pragma once

#include <string>
#include <string_view>

#include "engine/base/bytes.h"
#include "formats/postgres/disk_value.h"

namespace pulih {

class DiskColumn {
 public:
  DiskColumn(const DiskContext& context, TypeIndex type, int32_t modifier);

  // False for a type whose form on disk is not known: then nothing can be said of its values.
  bool is_known() const { return kind_ != Kind::unknown; }
  bool is_text() const { return kind_ == Kind::text; }
  TypeIndex type() const { return type_; }  // below domains

  // Whether these bytes can be a value of the column. A number of an enumeration can be one of a label that the catalog
  // has lost; it has no text then.
  bool Fits(ByteView value) const;
  // Appends its text, or says no and leaves the text undefined behind its old end. `fits`: Fits has said yes, and is not
  // asked again.
  bool AppendText(ByteView value, std::string& text, bool fits = false) const;

 private:
  enum class Kind : uint8_t { unknown, text, numeric, timestamp, date, boolean, enumeration, plain, other };

  bool AppendQuickly(ByteView value, std::string& text, bool& decided) const;
  bool AppendByImage(ByteView value, std::string& text) const;

  DiskContext context_;
  TypeIndex type_;
  int32_t modifier_;
  Kind kind_ = Kind::other;
  bool is_integer_ = false;             // plain: of size_ bytes, signed
  std::string_view zone_;               // timestamp: of every text
  size_t size_ = 0;                     // plain: of every value
  size_t least_ = 0, most_ = SIZE_MAX;  // text: characters
  mutable Bytes image_;
};

}  // namespace pulih
