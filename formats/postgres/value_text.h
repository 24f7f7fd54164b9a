// Renders the binary image of a value as PostgreSQL writes it as text: the output of the type's `out` function with
// DateStyle ISO, IntervalStyle postgres, TimeZone UTC, extra_float_digits 1 (shortest exact), bytea_output hex and
// lc_monetary C. So COPY … TO STDOUT (FORMAT text) under these settings gives the same, before its escapes.
//
// Where versions differ the newest counts: a "char" above 127 is "\351" (16), the longest interval is infinity (17).
//
// Text stays in the database's encoding: nothing is converted here. Type numbers inside images may be as the server
// sent them or 0 (portable_image.h): the TypeList says what is meant.
//
// Pure. An image is hostile input: `corrupt` for one that the type's `recv` function would refuse, with bounded
// recursion and output in proportion to the input. Source of the layouts: src/backend/utils/adt/*.c of PostgreSQL, the
// *send functions.
#pragma once

#include <string>

#include "engine/base/bytes.h"
#include "engine/base/result.h"
#include "formats/postgres/type.h"

namespace pulih {

// Appends to `out`, and leaves it as it was on a failure. A base type whose images are not known here (of an extension)
// gives "\x" and its bytes in hexadecimal, and regclass and its kin give their number, for the name is in the catalog:
// then `is_exact` (when given) becomes false. `too_large` for an image whose text is out of all proportion to it.
Status AppendValueText(const TypeList& types, TypeIndex type, ByteView image, std::string& out,
                       bool* is_exact = nullptr);
Result<std::string> ValueText(const TypeList& types, TypeIndex type, ByteView image);

// The other way, for words that a person typed and for cells of files: what the type's `in` and then `send` functions
// give. Knows the base types that keys and filters are made of (boolean, integers, floats, numeric, text, varchar,
// bpchar, name, "char", bytea, date, time, timestamp, timestamptz, uuid, json, jsonb, money, inet, cidr, oid), domains
// over them and enumerations (any label); `unsupported` for others, `invalid` (saying why) for text that is none. Dates
// and times ISO only, whole network addresses, names of 63 bytes at most. No type modifier is known: '1.5' for
// numeric(10,2) has the image of 1.5 and not of 1.50, and char(n) is not padded; CompareImages finds both equal.
Result<Bytes> ValueImage(const TypeList& types, TypeIndex type, std::string_view text);

// Orders two images of one type as PostgreSQL's btree does (text: by bytes, as COLLATE "C"): negative, 0, positive.
// Numbers of all kinds, dates, times, intervals, booleans, text, bytea, uuid, inet; any other by their images. `corrupt`
// for an image that is none, as far as the comparison looks.
Result<int> CompareImages(const TypeList& types, TypeIndex type, ByteView a, ByteView b);

// What a type is at last, below domains; for choosing how JSON shows it and what a filter may do.
enum class ValueClass : uint8_t { boolean, number, text, time, bytes, json, other };
ValueClass ClassOf(const TypeList& types, TypeIndex type);

}  // namespace pulih
