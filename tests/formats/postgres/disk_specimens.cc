#include "tests/formats/postgres/disk_specimens.h"

#include "tests/formats/postgres/value_specimens.h"
#include "tests/support/heap_builder.h"

namespace pulih {

const std::vector<DiskSpecimen>& DiskSpecimens() {
  // clang-format off
  static const std::vector<DiskSpecimen> specimens = {
    {"bool", "01", "t"},
    {"bool", "00", "f"},
    {"int2", "0080", "-32768"},
    {"int4", "ffffffff", "-1"},
    {"int8", "0000000000000080", "-9223372036854775808"},
    {"oid", "ffffffff", "4294967295"},
    {"xid8", "ffffffffffffffff", "18446744073709551615"},
    {"float8", "ffffffffffffef7f", "1.7976931348623157e+308"},
    {"float8", "0100000000000000", "5e-324"},
    {"float8", "0000000000000080", "-0"},
    {"float8", "000000000000f0ff", "-Infinity"},
    {"float8", "000000000000f87f", "NaN"},
    {"float8", "40de77832112dc42", "123456789012345"},
    {"float8", "00003426f56b0c43", "1e+15"},
    {"float8", "2d431cebe2361a3f", "0.0001"},
    {"float8", "f168e388b5f8e43e", "1e-05"},
    {"float8", "408cb5781daf1544", "1e+20"},
    {"float8", "f64ae1c7022db544", "9.999999999999999e+22"},
    {"float4", "cdcccc3d", "0.1"},
    {"float4", "00247449", "1e+06"},
    {"float4", "0020f148", "493824"},
    {"float4", "0000807f", "Infinity"},
    {"numeric", "0080", "0"},
    {"numeric", "0081", "0.00"},
    {"numeric", "81a101002909861a", "-12345.679"},
    {"numeric", "00a17b009411", "-123.45"},
    {"numeric", "02800500", "500000000"},
    {"numeric", "7e84d204", "0.00001234"},
    {"numeric", "00c0", "NaN"},
    {"numeric", "00d0", "Infinity"},
    {"numeric", "00f0", "-Infinity"},
    {"money", "0000000000000000", "$0.00"},
    {"money", "1e94be1c00000000", "$4,822,518.06"},
    {"money", "0000000000000080", "-$92,233,720,368,547,758.08"},
    {"text", "", ""},
    {"text", "6a616c616e", "jalan"},
    {"bpchar", "612020", "a  "},
    {"name", "706b7400000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000", "pkt"},
    {"char", "61", "a"},
    {"char", "00", ""},
    {"char", "e9", "\\351"},
    {"bytea", "00ff10", "\\x00ff10"},
    {"uuid", "a0eebc999c0b4ef8bb6d6bb9bd380a11", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"},
    {"date", "00000000", "2000-01-01"},
    {"date", "ffffff7f", "infinity"},
    {"date", "00000080", "-infinity"},
    {"date", "a797daff", "4714-11-24 BC"},
    {"date", "0c97da7f", "5874897-12-31"},
    {"time", "0000000000000000", "00:00:00"},
    {"time", "0060d71d14000000", "24:00:00"},
    {"time", "6009e0500b000000", "13:30:01.5"},
    {"timetz", "0026c9500b000000909dffff", "13:30:00+07"},
    {"timetz", "0000000000000000584d0000", "00:00:00-05:30"},
    {"timestamp", "0100000000000000", "2000-01-01 00:00:00.000001"},
    {"timestamp", "ffffffffffffffff", "1999-12-31 23:59:59.999999"},
    {"timestamp", "ffffffffffffff7f", "infinity"},
    {"timestamptz", "40420f0000000000", "2000-01-01 00:00:01+00"},
    {"timestamptz", "00d046fbe8f91aff", "0044-03-15 12:00:00+00 BC"},
    {"interval", "00000000000000000000000000000000", "00:00:00"},
    {"interval", "00ea29c9ffffffff03000000ffffffff", "-1 mons +3 days -00:15:20"},
    {"interval", "0100000000000000010000000d000000", "1 year 1 mon 1 day 00:00:00.000001"},
    {"inet", "02180a000001", "10.0.0.1/24"},
    {"inet", "02200a000001", "10.0.0.1"},
    {"inet", "038000000000000000000000000000000001", "::1"},
    {"inet", "038000000000000000000000ffff0a000001", "::ffff:10.0.0.1"},
    {"inet", "034020010db8000000000001000000000001", "2001:db8::1:0:0:1/64"},
    {"cidr", "02080a000000", "10.0.0.0/8"},
    {"macaddr", "08002b010203", "08:00:2b:01:02:03"},
    {"macaddr8", "08002bfffe010203", "08:00:2b:ff:fe:01:02:03"},
    {"json", "7b2261223a20317d", "{\"a\": 1}"},
    {"jsonb", "00000020", "{}"},
    {"xml", "3c612f3e", "<a/>"},
    {"bit", "03000000a0", "101"},
    {"varbit", "00000000", ""},
    {"pg_lsn", "d874b30016000000", "16/B374D8"},
    {"tid", "000005000700", "(5,7)"},
    {"pg_snapshot", "010000000a0000000000000014000000000000000e00000000000000", "10:20:14"},
    {"int2vector", "01000000000000001500000002000000000000000100ffff", "1 -1"},
    {"oidvector", "01000000000000001a000000010000000000000019000000", "25"},
    {"point", "000000000000f03f00000000000004c0", "(1,-2.5)"},
    {"lseg", "0000000000000000000000000000f03f00000000000000400000000000000840", "[(0,1),(2,3)]"},
    {"box", "000000000000004000000000000008400000000000000000000000000000f03f", "(2,3),(0,1)"},
    {"path", "0100000000000000000000000000000000000000000000000000f03f", "[(0,1)]"},
    {"path", "0100000001000000000000000000000000000000000000000000f03f", "((0,1))"},
    {"polygon", "010000000000000000000000000000000000f03f0000000000000000000000000000f03f0000000000000000000000000000f03f", "((0,1))"},
    {"line", "000000000000f03f000000000000f0bf0000000000000000", "{1,-1,0}"},
    {"circle", "0000000000000000000000000000f03f0000000000000040", "<(0,1),2>"},
    {"tsvector", "020000000200000009100000616974277300020001c00200", "'a' 'it''s':1A,2"},
    {"tsquery", "00000000", ""},
    {"tsquery", "060000000202000003000000000000000201000001000000000000000100000090dfb9f9014000000203000002000000000000000100000006efbe8e0120000001080100bcbeb71701000000610062006300", "( 'a':*A | 'b' ) & !'c'"},
    {"tsquery", "050000000204020004000000000000000204010002000000000000000100000090dfb9f9014000000100000006efbe8e0120000001000000bcbeb71701000000610062006300", "'a' <2> ( 'b' <-> 'c' )"},
    {"_int4", "000000000000000017000000", "{}"},
    {"_int4", "0100000020000000170000000200000001000000010000000000000001000000", "{1,NULL}"},
    {"_int4", "01000000000000001700000001000000feffffff01000000", "[-2:-2]={1}"},
    {"_int4", "020000000000000017000000020000000100000001000000010000000100000002000000", "{{1},{2}}"},
    {"_text", "010000000000000019000000040000000100000010000000200000006e756c6c1c00000061225c001c000000612c6200", "{\"\",\"null\",\"a\\\"\\\\\",\"a,b\"}"},
    {"_box", "01000000000000005b0200000200000001000000000000000000004000000000000008400000000000000000000000000000f03f000000000000004000000000000008400000000000000000000000000000f03f", "{(2,3),(0,1);(2,3),(0,1)}"},
    {"_point", "0100000000000000580200000100000001000000000000000000f03f0000000000000040", "{\"(1,2)\"}"},
    {"mood", "04400000", "so so"},
    {"short", "616263", "abc"},
    {"pair", "ffffffff0f400000ffffffff000002000300180203", "(,\"\")"},
    {"pair", "ffffffff0f400000ffffffff0000020002001800070000000922205c", "(7,\"\"\" \\\\\")"},
    {"pairs", "01000000000000000f400000010000000100000080000000ffffffff0f400000ffffffff00000200020018000700000009612c62", "{\"(7,\\\"a,b\\\")\"}"},
    {"nest", "ffffffff12400000ffffffff00000300030018013bffffffff0f400000ffffffff00000200020018000700000009612c62", "(\"(7,\"\"a,b\"\")\",,)"},
    {"int4range", "400f000001", "empty"},
    {"int4range", "400f0000010000000500000002", "[1,5)"},
    {"int4range", "400f00000500000008", "(,5)"},
    {"int4range", "400f000018", "(,)"},
    {"textrange", "1640000003095b2c2206", "[\"\",\"[,\"\"\"]"},
    {"int4multirange", "63110000020000000800000002120000010000000500000007000000", "{[1,5),[7,)}"},
    {"int4multirange", "6311000000000000", "{}"},
    {"regclass", "00000000", "-"},  };
  // clang-format on
  return specimens;
}

const std::map<uint32_t, std::string>& SpecimenLabels() {
  static const std::map<uint32_t, std::string> labels = {
      {16386, "sad"}, {16388, "so so"}, {16390, "null"}, {16392, ""}, {16394, "it's \"fine\""}};
  return labels;
}

Bytes DiskValueSpecimen(std::mt19937_64& random) {
  const DiskSpecimen& specimen = DiskSpecimens()[random() % DiskSpecimens().size()];
  Bytes bytes{static_cast<uint8_t>(TypeNamed(specimen.type))};
  for (size_t i = 0; i < specimen.hex.size(); i += 2)
    bytes.push_back(static_cast<uint8_t>(std::stoi(specimen.hex.substr(i, 2), nullptr, 16)));
  return bytes;
}

Bytes HeapPageSpecimen(std::mt19937_64& random) {
  PageBuilder page(static_cast<uint32_t>(random() % 100), 1024);
  for (uint64_t n = 1 + random() % 6; n > 0; --n) {
    TupleBuilder tuple;
    tuple.Int(static_cast<int32_t>(random()));
    random() % 4 == 0 ? tuple.Null() : tuple.Text(std::string(random() % 20, 'a'));
    if (random() % 3 != 0) tuple.Int(static_cast<int64_t>(random()));
    page.Add(tuple);
  }
  if (random() % 2 == 0) page.AddItem(ItemState::redirect, 1);
  return page.Finish(random() % 2 == 0);
}

// Literals only: what mutations make of them is the point.
Bytes CompressedSpecimen(std::mt19937_64& random) {
  const size_t size = 8 + random() % 60;
  const bool is_lz4 = random() % 2 == 0;
  Bytes bytes{static_cast<uint8_t>(size), 0, 0, static_cast<uint8_t>(is_lz4 ? 0x40 : 0)};
  if (is_lz4) {
    bytes.push_back(0xf0);
    bytes.push_back(static_cast<uint8_t>(size >= 15 ? size - 15 : 0));
    if (size < 15) bytes.assign({static_cast<uint8_t>(size), 0, 0, 0x40, static_cast<uint8_t>(size << 4)});
  }
  for (size_t i = 0; i < size; ++i) {
    if (!is_lz4 && i % 8 == 0) bytes.push_back(0);
    bytes.push_back(static_cast<uint8_t>('a' + random() % 26));
  }
  return bytes;
}

}  // namespace pulih
