// What a PostgreSQL type is, as far as its binary images (the output of its `send` function, as COPY … (FORMAT binary)
// carries it) need to be known: enough to render an image, to compare it, and to find the type numbers inside it.
//
// Types stand in a TypeList and name each other by their place in it. Type numbers (OIDs) below kFirstUserOid are the
// same in every database of every version (src/include/catalog/pg_type.dat); those of types that users made differ
// from one database to the next and are not kept: inside images they are written as 0 (portable_image.h).
//
// Values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace pulih {

// FirstNormalObjectId of src/include/access/transam.h.
inline constexpr uint32_t kFirstUserOid = 16384;

enum class PgTypeKind : uint8_t { base = 1, array = 2, composite = 3, enumeration = 4, domain = 5, range = 6, multirange = 7 };

using TypeIndex = uint32_t;

struct PgTypeField {
  std::string name;
  TypeIndex type = 0;
  bool operator==(const PgTypeField&) const = default;
};

struct PgType {
  PgTypeKind kind = PgTypeKind::base;
  std::string schema, name;          // "pg_catalog", "int4"
  uint32_t oid = 0;                  // of a built-in type; 0 for one that a user or an extension made
  TypeIndex element = 0;             // array: of its elements; domain: what it is over; range: its bounds; multirange: its ranges
  std::vector<PgTypeField> fields;   // composite, without dropped ones
  bool operator==(const PgType&) const = default;
};

// A type refers only to types before it, so a list has no loops. (A composite that holds an array of itself cannot
// be a column's type for long: PostgreSQL refuses most of them; capture lists such a table as a problem.)
using TypeList = std::vector<PgType>;

// The types of the catalog that this program knows the images of.
namespace pg_oid {
inline constexpr uint32_t kBool = 16, kBytea = 17, kChar = 18, kName = 19, kInt8 = 20, kInt2 = 21, kInt2Vector = 22, kInt4 = 23,
    kRegproc = 24, kText = 25, kOid = 26, kTid = 27, kXid = 28, kCid = 29, kOidVector = 30, kJson = 114, kXml = 142,
    kPoint = 600, kLseg = 601, kPath = 602, kBox = 603, kPolygon = 604, kLine = 628, kCidr = 650, kFloat4 = 700,
    kFloat8 = 701, kUnknown = 705, kCircle = 718, kMacaddr8 = 774, kMoney = 790, kMacaddr = 829, kInet = 869,
    kBpchar = 1042, kVarchar = 1043, kDate = 1082, kTime = 1083, kTimestamp = 1114, kTimestamptz = 1184, kInterval = 1186,
    kTimetz = 1266, kBit = 1560, kVarbit = 1562, kNumeric = 1700, kRefcursor = 1790, kUuid = 2950, kPgLsn = 3220,
    kTsvector = 3614, kTsquery = 3615, kJsonb = 3802, kJsonpath = 4072, kXid8 = 5069;
}  // namespace pg_oid

}  // namespace pulih
