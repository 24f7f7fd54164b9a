// Turns the images of a row's key columns into the key of its entry in the table's map: bytes whose order is that of
// the values, column by column, and that are equal exactly when the values are.
//
//   boolean, integers, money, date, time, timestamps, oid: the number, big-endian, its sign bit turned (unsigned as it is)
//   uuid: its 16 bytes
//   numeric: see key_image.cc; the scale is left out, so 1.5 and 1.50 are one key, as they are one value
//   char(n): as text, without blanks at the end
//   anything else: the image, 0x00 written as 0x00 0xFF, then 0x00 0x01
// Each column ends by itself, so no key is a prefix of another. text stands as bytes, which is the order of COLLATE "C",
// whatever the column's own collation; an enumeration by its label.
//
// Pure. `corrupt` for an image that has not its type's length.
#pragma once

#include <string_view>

#include "engine/base/bytes.h"
#include "engine/base/status.h"
#include "formats/postgres/type.h"

namespace pulih {

Status AppendKeyImage(const TypeList& types, TypeIndex type, ByteView image, Bytes& key);
// The same by the value's text: of the image that ValueImage (value_parse.h) gives of it. Whole numbers, which most keys
// are, go the short way to the same bytes. A failure appends nothing.
Status AppendKeyOfText(const TypeList& types, TypeIndex type, std::string_view text, Bytes& key);

}  // namespace pulih
