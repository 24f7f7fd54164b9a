#include "tests/formats/postgres/value_specimens.h"

#include <map>
#include <stdexcept>
#include <string>

namespace pulih {

namespace {

struct NamedTypes {
  TypeList list;
  std::map<std::string, TypeIndex, std::less<>> places;

  void Add(PgTypeKind kind, const std::string& name, uint32_t oid, TypeIndex element = 0,
           std::vector<PgTypeField> fields = {}) {
    places[name] = static_cast<TypeIndex>(list.size());
    list.push_back({kind, oid != 0 ? "pg_catalog" : "public", name, oid, element, std::move(fields)});
  }
};

NamedTypes MakeTypes() {
  NamedTypes t;
  const std::vector<std::pair<std::string, uint32_t>> base = {
      {"bool", 16},       {"bytea", 17},      {"char", 18},          {"name", 19},        {"int8", 20},
      {"int2", 21},       {"int2vector", 22}, {"int4", 23},          {"text", 25},        {"oid", 26},
      {"tid", 27},        {"xid", 28},        {"oidvector", 30},     {"json", 114},       {"xml", 142},
      {"point", 600},     {"lseg", 601},      {"path", 602},         {"box", 603},        {"polygon", 604},
      {"line", 628},      {"cidr", 650},      {"float4", 700},       {"float8", 701},     {"circle", 718},
      {"macaddr8", 774},  {"money", 790},     {"macaddr", 829},      {"inet", 869},       {"bpchar", 1042},
      {"varchar", 1043},  {"date", 1082},     {"time", 1083},        {"timestamp", 1114}, {"timestamptz", 1184},
      {"interval", 1186}, {"timetz", 1266},   {"bit", 1560},         {"varbit", 1562},    {"numeric", 1700},
      {"regclass", 2205}, {"uuid", 2950},     {"pg_lsn", 3220},      {"tsvector", 3614},  {"tsquery", 3615},
      {"jsonb", 3802},    {"jsonpath", 4072}, {"pg_snapshot", 5038}, {"xid8", 5069}};
  for (const auto& [name, oid] : base) t.Add(PgTypeKind::base, name, oid);
  t.Add(PgTypeKind::base, "hstore", 0);
  for (const char* name : {"int4", "text", "box", "point", "numeric"})
    t.Add(PgTypeKind::array, "_" + std::string(name), 0, t.places.at(name));
  t.Add(PgTypeKind::enumeration, "mood", 0);
  t.Add(PgTypeKind::domain, "short", 0, t.places.at("text"));
  t.Add(PgTypeKind::composite, "pair", 0, 0, {{"a", t.places.at("int4")}, {"b", t.places.at("short")}});
  t.Add(PgTypeKind::array, "pairs", 0, t.places.at("pair"));
  t.Add(PgTypeKind::composite, "nest", 0, 0,
        {{"p", t.places.at("pair")}, {"q", t.places.at("_text")}, {"r", t.places.at("numeric")}});
  t.Add(PgTypeKind::range, "int4range", 3904, t.places.at("int4"));
  t.Add(PgTypeKind::range, "textrange", 0, t.places.at("text"));
  t.Add(PgTypeKind::multirange, "int4multirange", 4451, t.places.at("int4range"));
  return t;
}

const NamedTypes& Types() {
  static const NamedTypes types = MakeTypes();
  return types;
}

}  // namespace

const TypeList& SpecimenTypes() { return Types().list; }

TypeIndex TypeNamed(std::string_view name) {
  const auto at = Types().places.find(name);
  if (at == Types().places.end()) throw std::out_of_range("no specimen type " + std::string(name));
  return at->second;
}

const std::vector<ValueSpecimen>& ValueSpecimens() {
  // clang-format off
  static const std::vector<ValueSpecimen> specimens = {
    {"bool", "01", "t"},
    {"bool", "00", "f"},
    {"int2", "8000", "-32768"},
    {"int4", "ffffffff", "-1"},
    {"int8", "8000000000000000", "-9223372036854775808"},
    {"oid", "ffffffff", "4294967295"},
    {"xid8", "ffffffffffffffff", "18446744073709551615"},
    {"float8", "7fefffffffffffff", "1.7976931348623157e+308"},
    {"float8", "0000000000000001", "5e-324"},
    {"float8", "8000000000000000", "-0"},
    {"float8", "fff0000000000000", "-Infinity"},
    {"float8", "7ff8000000000000", "NaN"},
    {"float8", "42dc12218377de40", "123456789012345"},
    {"float8", "430c6bf526340000", "1e+15"},
    {"float8", "3f1a36e2eb1c432d", "0.0001"},
    {"float8", "3ee4f8b588e368f1", "1e-05"},
    {"float8", "4415af1d78b58c40", "1e+20"},
    {"float8", "44b52d02c7e14af6", "9.999999999999999e+22"},  // 1e23 stands halfway to its neighbour
    {"float4", "3dcccccd", "0.1"},
    {"float4", "49742400", "1e+06"},
    {"float4", "48f12000", "493824"},
    {"float4", "7f800000", "Infinity"},
    {"numeric", "0000 0000 0000 0000", "0"},
    {"numeric", "0000 0000 0000 0002", "0.00"},
    {"numeric", "0003 0001 4000 0003 0001 0929 1a86", "-12345.679"},
    {"numeric", "0002 0000 4000 0002 007b 1194", "-123.45"},
    {"numeric", "0001 0002 0000 0000 0005", "500000000"},
    {"numeric", "0001 fffe 0000 0008 04d2", "0.00001234"},
    {"numeric", "0000 0000 c000 0000", "NaN"},
    {"numeric", "0000 0000 d000 0020", "Infinity"},
    {"numeric", "0000 0000 f000 0020", "-Infinity"},
    {"money", "0000000000000000", "$0.00"},
    {"money", "000000001cbe941e", "$4,822,518.06"},
    {"money", "8000000000000000", "-$92,233,720,368,547,758.08"},
    {"text", "", ""},
    {"text", "6a616c616e", "jalan"},
    {"bpchar", "61 20 20", "a  "},
    {"name", "706b74", "pkt"},
    {"char", "61", "a"},
    {"char", "00", ""},
    {"char", "e9", "\\351"},
    {"bytea", "00ff10", "\\x00ff10"},
    {"uuid", "a0eebc99 9c0b 4ef8 bb6d 6bb9bd380a11", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"},
    {"date", "00000000", "2000-01-01"},
    {"date", "7fffffff", "infinity"},
    {"date", "80000000", "-infinity"},
    {"date", "ffda97a7", "4714-11-24 BC"},
    {"date", "7fda970c", "5874897-12-31"},
    {"time", "0000000000000000", "00:00:00"},
    {"time", "000000141dd76000", "24:00:00"},
    {"time", "0000000b50e00960", "13:30:01.5"},
    {"timetz", "0000000b50c92600 ffff9d90", "13:30:00+07"},
    {"timetz", "0000000000000000 00004d58", "00:00:00-05:30"},
    {"timestamp", "0000000000000001", "2000-01-01 00:00:00.000001"},
    {"timestamp", "ffffffffffffffff", "1999-12-31 23:59:59.999999"},
    {"timestamp", "7fffffffffffffff", "infinity"},
    {"timestamptz", "00000000000f4240", "2000-01-01 00:00:01+00"},
    {"timestamptz", "ff1af9e8fb46d000", "0044-03-15 12:00:00+00 BC"},
    {"interval", "0000000000000000 00000000 00000000", "00:00:00"},
    {"interval", "ffffffffc929ea00 00000003 ffffffff", "-1 mons +3 days -00:15:20"},
    {"interval", "0000000000000001 00000001 0000000d", "1 year 1 mon 1 day 00:00:00.000001"},
    {"inet", "02 18 00 04 0a000001", "10.0.0.1/24"},
    {"inet", "02 20 00 04 0a000001", "10.0.0.1"},
    {"inet", "03 80 00 10 00000000000000000000000000000001", "::1"},
    {"inet", "03 80 00 10 00000000000000000000ffff0a000001", "::ffff:10.0.0.1"},
    {"inet", "03 40 00 10 20010db8000000000001000000000001", "2001:db8::1:0:0:1/64"},
    {"cidr", "02 08 01 04 0a000000", "10.0.0.0/8"},
    {"macaddr", "08002b010203", "08:00:2b:01:02:03"},
    {"macaddr8", "08002bfffe010203", "08:00:2b:ff:fe:01:02:03"},
    {"json", "7b 22 61 22 3a 20 31 7d", "{\"a\": 1}"},
    {"jsonb", "01 7b7d", "{}"},
    {"jsonpath", "01 24 2e 22 61 22", "$.\"a\""},
    {"xml", "3c612f3e", "<a/>"},
    {"bit", "00000003 a0", "101"},
    {"varbit", "00000000", ""},
    {"pg_lsn", "0000001600 b374d8", "16/B374D8"},
    {"tid", "00000005 0007", "(5,7)"},
    {"pg_snapshot", "00000001 000000000000000a 0000000000000014 000000000000000e", "10:20:14"},
    {"int2vector", "00000001 00000000 00000015 00000002 00000000 00000002 0001 00000002 ffff", "1 -1"},
    {"oidvector", "00000001 00000000 0000001a 00000001 00000000 00000004 00000019", "25"},
    {"point", "3ff0000000000000 c004000000000000", "(1,-2.5)"},
    {"lseg", "0000000000000000 3ff0000000000000 4000000000000000 4008000000000000", "[(0,1),(2,3)]"},
    {"box", "4000000000000000 4008000000000000 0000000000000000 3ff0000000000000", "(2,3),(0,1)"},
    {"path", "00 00000001 0000000000000000 3ff0000000000000", "[(0,1)]"},
    {"path", "01 00000001 0000000000000000 3ff0000000000000", "((0,1))"},
    {"polygon", "00000001 0000000000000000 3ff0000000000000", "((0,1))"},
    {"line", "3ff0000000000000 bff0000000000000 0000000000000000", "{1,-1,0}"},
    {"circle", "0000000000000000 3ff0000000000000 4000000000000000", "<(0,1),2>"},
    {"tsvector", "00000002 61 00 0000 69742773 00 0002 c001 0002", "'a' 'it''s':1A,2"},
    {"tsquery", "00000000", ""},
    // ( a | b ) & !c: the right operand comes first.
    {"tsquery", "00000006 0202 0201 01 00 00 6300 0203 01 00 00 6200 01 08 01 6100", "( 'a':*A | 'b' ) & !'c'"},
    // a <2> ( b <-> c ): a phrase to the right of a phrase.
    {"tsquery", "00000005 0204 0002 0204 0001 01 00 00 6300 01 00 00 6200 01 00 00 6100", "'a' <2> ( 'b' <-> 'c' )"},
    {"_int4", "00000000 00000000 00000017", "{}"},
    {"_int4", "00000001 00000001 00000017 00000002 00000001 00000004 00000001 ffffffff", "{1,NULL}"},
    {"_int4", "00000001 00000000 00000000 00000001 fffffffe 00000004 00000001", "[-2:-2]={1}"},
    {"_int4", "00000002 00000000 00000017 00000002 00000001 00000001 00000001 00000004 00000001 00000004 00000002", "{{1},{2}}"},
    {"_text", "00000001 00000000 00000019 00000004 00000001 00000000 00000004 6e756c6c 00000003 61225c 00000003 612c62",
     "{\"\",\"null\",\"a\\\"\\\\\",\"a,b\"}"},
    {"_box", "00000001 00000000 0000025b 00000002 00000001 00000020 4000000000000000 4008000000000000 0000000000000000 3ff0000000000000"
     "00000020 4000000000000000 4008000000000000 0000000000000000 3ff0000000000000", "{(2,3),(0,1);(2,3),(0,1)}"},
    {"_point", "00000001 00000000 00000258 00000001 00000001 00000010 3ff0000000000000 4000000000000000", "{\"(1,2)\"}"},
    {"mood", "736f20736f", "so so"},
    {"short", "616263", "abc"},
    {"pair", "00000002 00000017 ffffffff 00000000 00000000", "(,\"\")"},
    {"pair", "00000002 00000000 00000004 00000007 00000019 00000003 22205c", "(7,\"\"\" \\\\\")"},
    {"pairs", "00000001 00000000 00000000 00000001 00000001 0000001b 00000002 00000000 00000004 00000007 00000000 00000003 612c62",
     "{\"(7,\\\"a,b\\\")\"}"},
    {"nest", "00000003 00000000 0000001b 00000002 00000000 00000004 00000007 00000000 00000003 612c62 00000000 ffffffff 00000000 ffffffff",
     "(\"(7,\"\"a,b\"\")\",,)"},
    {"int4range", "01", "empty"},
    {"int4range", "02 00000004 00000001 00000004 00000005", "[1,5)"},
    {"int4range", "08 00000004 00000005", "(,5)"},
    {"int4range", "18", "(,)"},
    {"textrange", "06 00000000 00000003 5b2c22", "[\"\",\"[,\"\"\"]"},
    {"int4multirange", "00000002 00000011 02 00000004 00000001 00000004 00000005 00000009 12 00000004 00000007", "{[1,5),[7,)}"},
    {"int4multirange", "00000000", "{}"},
    {"regclass", "00000000", "-"},
    {"hstore", "0102", "\\x0102"},
  };
  // clang-format on
  return specimens;
}

}  // namespace pulih
