// Arrays and composites carry the numbers (OIDs) of their elements' and fields' types inside their images, and those
// of types that users made differ from one database to the next. An image is *portable* when all of these are 0: equal
// values of two databases then have equal images. The TypeList says what they were.
//
// int2vector and oidvector are base types: the number inside theirs is the same everywhere and stays.
//
// Pure. Both check the structure that they walk: `corrupt` for an image that the type's `recv` function would refuse
// on its account. Source of the layouts: array_send, record_send, range_send and multirange_send in
// src/backend/utils/adt of PostgreSQL.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/status.h"
#include "formats/postgres/type.h"

namespace pulih {

// Whether images of the type have type numbers in them at all; others need not be touched.
bool HasTypeNumbers(const TypeList& types, TypeIndex type);

// Whether the one number in an image is that of an array's elements, which have none: it stands within the first
// kNumberInHeadEnds bytes, so that an image that comes in pieces can be changed as it passes.
inline constexpr size_t kNumberInHeadEnds = 12;
bool HasNumberInHeadOnly(const TypeList& types, TypeIndex type);

Status MakePortable(const TypeList& types, TypeIndex type, MutableByteView image);
// `oids[i]` is the number of types[i] in the database that the image is for.
Status MakeLocal(const TypeList& types, const std::vector<uint32_t>& oids, TypeIndex type, MutableByteView image);
// The same for the beginning of an image of such an array; what follows it is not looked at.
Status MakeHeadPortable(const TypeList& types, TypeIndex type, MutableByteView beginning);
Status MakeHeadLocal(const TypeList& types, const std::vector<uint32_t>& oids, TypeIndex type, MutableByteView beginning);

}  // namespace pulih
