#include "formats/postgres/catalog.h"

#include <catch2/catch.hpp>

#include <cstddef>
#include <random>

#include "engine/base/endian.h"
#include "formats/postgres/heap_page.h"
#include "tests/formats/postgres/page_maker.h"

namespace pulih {
namespace {

constexpr PgMajor kMajors[] = {804, 900, 901, 902, 903, 904, 905, 906, 1000, 1100, 1200, 1300, 1400, 1500, 1600, 1700, 1800};

std::string TypeName(const Schema& schema, const SchemaColumn& column) { return schema.types[column.type].name; }

void IsTheSpecimen(const PgCatalog& catalog) {
  const Schema& schema = catalog.schema;
  REQUIRE(schema.tables.size() == 2);
  const SchemaTable& berkas = schema.tables[0];
  const SchemaTable& paket = schema.tables[1];
  CHECK(berkas.schema == "arsip");
  CHECK(berkas.filenode == 16410);
  CHECK(paket.name == "paket");  // and not the name it had before
  CHECK(paket.oid == 16400);
  CHECK(paket.filenode == 16500);
  CHECK(paket.toast_oid == 16403);
  CHECK(paket.toast_filenode == 16501);
  REQUIRE(paket.columns.size() == 5);
  CHECK(TypeName(schema, paket.columns[0]) == "int4");
  CHECK(paket.columns[0].not_null);
  CHECK(paket.columns[2].dropped);
  CHECK(schema.types[paket.columns[3].type].kind == PgTypeKind::enumeration);
  CHECK(schema.types[paket.columns[4].type].kind == PgTypeKind::domain);
  CHECK(schema.types[schema.types[paket.columns[4].type].element].oid == pg_oid::kNumeric);
  CHECK(schema.types[berkas.columns[1].type].kind == PgTypeKind::array);
  REQUIRE(paket.primary_key() != nullptr);
  CHECK(paket.primary_key()->columns == std::vector<uint32_t>{0});
  REQUIRE(berkas.primary_key() != nullptr);
  CHECK(berkas.primary_key()->columns == std::vector<uint32_t>{0, 1});
  REQUIRE(berkas.references.size() == 1);
  CHECK(berkas.references[0].table == "paket");
  CHECK(berkas.references[0].ref_columns == std::vector<std::string>{"id"});
  REQUIRE(paket.indexes.size() == 1);
  CHECK(paket.indexes[0].filenode == 16502);
  CHECK(schema.enum_labels.at(16393) == "buka");
  CHECK(catalog.files.at(16501).table == 16400);
  CHECK(catalog.files.at(1259).name == "pg_class");
  CHECK(catalog.files.count(0) == 0);
}

TEST_CASE("the catalog of every release gives the same schema") {
  for (const PgMajor major : kMajors) {
    INFO("PostgreSQL " << MajorText(major));
    const SpecimenDatabase database = MakeDatabase(major);
    const auto catalog = ReadCatalog(database.Views(), {});
    REQUIRE(catalog.ok());
    IsTheSpecimen(*catalog);
    CHECK(catalog->major == major);
    CHECK(catalog->complete);
    CHECK(catalog->remarks.empty());
    const auto& words = catalog->schema.enum_words.begin()->second;
    CHECK(words == (major < 901 ? std::vector<std::string>{"tutup", "buka", "batal"}
                                : std::vector<std::string>{"buka", "tutup", "batal"}));
  }
}

TEST_CASE("a release that is not known is told by how rows lie") {
  for (const PgMajor major : kMajors) {
    INFO("PostgreSQL " << MajorText(major));
    SpecimenDatabase database = MakeDatabase(major);
    database.files.erase(database.files.begin());  // PG_VERSION
    const auto catalog = ReadCatalog(database.Views(), {});
    REQUIRE(catalog.ok());
    IsTheSpecimen(*catalog);
  }
}

TEST_CASE("catalogs that were rewritten are found by their contents") {
  SpecimenDatabase database = MakeDatabase(904);
  for (auto& [name, bytes] : database.files)
    if (name == "1259" || name == "1249" || name == "1247") name = "2" + name;
  const auto catalog = ReadCatalog(database.Views(), {});
  REQUIRE(catalog.ok());
  IsTheSpecimen(*catalog);
}

TEST_CASE("a catalog that is lost costs what only it said") {
  const PgMajor major = GENERATE(as<PgMajor>(), 904, 1500);
  for (const uint32_t lost : {1259u, 1249u, 1247u, 2615u, 2610u, 2606u, 3501u}) {
    INFO("without " << lost);
    SpecimenDatabase database = MakeDatabase(major);
    std::erase_if(database.files, [&](const auto& file) { return file.first == std::to_string(lost); });
    database.files.emplace_back("16410", Bytes());
    database.files.emplace_back("16400", Bytes());
    const auto catalog = ReadCatalog(database.Views(), {});
    REQUIRE(catalog.ok());
    CHECK((lost == 3501 || !catalog->complete));
    if (lost == 1249) {
      CHECK(catalog->schema.tables.empty());
    } else {
      REQUIRE(catalog->schema.tables.size() == 2);
      const SchemaTable* const paket = catalog->schema.Find("public", "paket");
      REQUIRE(paket != nullptr);
      CHECK(paket->columns.size() == 5);
      CHECK(TypeName(catalog->schema, paket->columns[0]) == "int4");
      CHECK(paket->primary_key() != nullptr);
    }
    CHECK(catalog->constraints.empty() == (lost == 2606));
    CHECK(catalog->schema.enum_labels.empty() == (lost == 3501));
  }
}

TEST_CASE("rows of a catalog page without a header are found") {
  SpecimenDatabase database = MakeDatabase(904);
  for (auto& [name, bytes] : database.files)
    if (name != "PG_VERSION") std::fill(bytes.begin(), bytes.begin() + 512, uint8_t{0});
  // The headers of the first pages are gone, and with them every line pointer.
  const auto catalog = ReadCatalog(database.Views(), {});
  REQUIRE(catalog.ok());
  CHECK_FALSE(catalog->complete);
  CHECK(catalog->schema.Find("public", "paket") != nullptr);
}

TEST_CASE("a database without a catalog is not found") {
  CHECK(ReadCatalog({}, {}).status().code() == Code::not_found);
  const Bytes noise(kPageSize * 3, 0x5a);
  CHECK(ReadCatalog({{"1259", noise}, {"1249", noise}, {"junk", noise}}, {}).status().code() == Code::not_found);
}

// What the headers of PostgreSQL say, as a compiler lays it out: a second opinion on the lists.
struct Name { char text[64]; };
struct Attribute94 {
  uint32_t attrelid; Name attname; uint32_t atttypid; int32_t attstattarget; int16_t attlen; int16_t attnum; int32_t attndims;
  int32_t attcacheoff; int32_t atttypmod; bool attbyval; char attstorage; char attalign; bool attnotnull; bool atthasdef;
  bool attisdropped; bool attislocal; int32_t attinhcount; uint32_t attcollation;
};
struct Class94 {
  Name relname; uint32_t relnamespace, reltype, reloftype, relowner, relam, relfilenode, reltablespace; int32_t relpages;
  float reltuples; int32_t relallvisible; uint32_t reltoastrelid; bool relhasindex, relisshared; char relpersistence, relkind;
  int16_t relnatts, relchecks; bool relhasoids, relhaspkey, relhasrules, relhastriggers, relhassubclass, relispopulated;
  char relreplident; uint32_t relfrozenxid, relminmxid;
};
struct Class84 {
  Name relname; uint32_t relnamespace, reltype, relowner, relam, relfilenode, reltablespace; int32_t relpages; float reltuples;
  uint32_t reltoastrelid, reltoastidxid; bool relhasindex, relisshared, relistemp; char relkind; int16_t relnatts, relchecks;
  bool relhasoids, relhaspkey, relhasrules, relhastriggers, relhassubclass; uint32_t relfrozenxid;
};
struct Attribute18 {
  uint32_t attrelid; Name attname; uint32_t atttypid; int16_t attlen, attnum; int32_t atttypmod; int16_t attndims; bool attbyval;
  char attalign, attstorage, attcompression; bool attnotnull, atthasdef, atthasmissing; char attidentity, attgenerated;
  bool attisdropped, attislocal; int16_t attinhcount; uint32_t attcollation;
};
struct Constraint18 {
  uint32_t oid; Name conname; uint32_t connamespace; char contype; bool condeferrable, condeferred, conenforced, convalidated;
  uint32_t conrelid, contypid, conindid, conparentid, confrelid; char confupdtype, confdeltype, confmatchtype; bool conislocal;
  int16_t coninhcount; bool connoinherit, conperiod;
};
struct Index94 {
  uint32_t indexrelid, indrelid; int16_t indnatts; bool indisunique, indisprimary, indisexclusion, indimmediate, indisclustered,
      indisvalid, indcheckxmin, indisready, indislive, indisreplident;
};
struct Type94 {
  Name typname; uint32_t typnamespace, typowner; int16_t typlen; bool typbyval; char typtype, typcategory; bool typispreferred,
      typisdefined; char typdelim; uint32_t typrelid, typelem, typarray, typinput, typoutput, typreceive, typsend, typmodin,
      typmodout, typanalyze; char typalign, typstorage; bool typnotnull; uint32_t typbasetype; int32_t typtypmod, typndims;
  uint32_t typcollation;
};

size_t OffsetOf(uint32_t catalog, PgMajor major, std::string_view field) {
  const CatalogLayout layout = BuiltinLayout(catalog, major);
  const size_t at = layout.Find(field);
  REQUIRE(at < layout.fixed_fields);
  return layout.fields[at].offset;
}

#define SAME_PLACE(catalog, major, type, field) CHECK(OffsetOf(catalog_oid::catalog, major, #field) == offsetof(type, field))

TEST_CASE("fields stand where the server's own structures have them") {
  SAME_PLACE(kAttribute, 904, Attribute94, attnum);
  SAME_PLACE(kAttribute, 904, Attribute94, attalign);
  SAME_PLACE(kAttribute, 904, Attribute94, attisdropped);
  SAME_PLACE(kAttribute, 904, Attribute94, attcollation);
  SAME_PLACE(kAttribute, 1800, Attribute18, attnum);
  SAME_PLACE(kAttribute, 1800, Attribute18, attalign);
  SAME_PLACE(kAttribute, 1800, Attribute18, attisdropped);
  SAME_PLACE(kAttribute, 1800, Attribute18, attcollation);
  SAME_PLACE(kClass, 904, Class94, relfilenode);
  SAME_PLACE(kClass, 904, Class94, relkind);
  SAME_PLACE(kClass, 904, Class94, relminmxid);
  SAME_PLACE(kClass, 804, Class84, relfilenode);
  SAME_PLACE(kClass, 804, Class84, relkind);
  SAME_PLACE(kClass, 804, Class84, relfrozenxid);
  SAME_PLACE(kConstraint, 1800, Constraint18, confrelid);
  SAME_PLACE(kConstraint, 1800, Constraint18, conperiod);
  SAME_PLACE(kIndex, 904, Index94, indisreplident);
  SAME_PLACE(kType, 904, Type94, typrelid);
  SAME_PLACE(kType, 904, Type94, typalign);
  SAME_PLACE(kType, 904, Type94, typcollation);
}

TEST_CASE("any byte of a catalog changed gives a catalog or none, never a crash") {
  const SpecimenDatabase sound = MakeDatabase(1500);
  std::mt19937 random(Catch::rngSeed());
  for (int run = 0; run < 400; ++run) {
    SpecimenDatabase database = sound;
    for (int change = 0; change < 4; ++change) {
      Bytes& bytes = database.files[1 + random() % (database.files.size() - 1)].second;
      const size_t used = random() % 2 == 0 ? 256 : bytes.size();
      bytes[(random() % 2 == 0 ? 0 : bytes.size() - used) + random() % used] = static_cast<uint8_t>(random());
    }
    const auto catalog = ReadCatalog(database.Views(), {});
    if (!catalog.ok()) continue;
    for (const SchemaTable& table : catalog->schema.tables)
      for (const SchemaColumn& column : table.columns) REQUIRE(column.type < catalog->schema.types.size());
  }
}

TEST_CASE("a map of filenodes counts only with its checksum") {
  for (const size_t slots : {size_t{62}, size_t{64}}) {
    Bytes map(slots == 62 ? 512 : 524);
    StoreLe<uint32_t>(map.data(), 0x592717);
    StoreLe<uint32_t>(map.data() + 4, 2);
    StoreLe<uint32_t>(map.data() + 8, 1259);
    StoreLe<uint32_t>(map.data() + 12, 20001);
    StoreLe<uint32_t>(map.data() + 16, 1249);
    StoreLe<uint32_t>(map.data() + 20, 1249);
    const size_t crc_at = 8 + slots * 8;
    StoreLe<uint32_t>(map.data() + crc_at, slots == 62 ? PgLegacyCrc32(ByteView(map).first(crc_at)) : PgCrc32c(ByteView(map).first(crc_at)));
    const auto read = ReadFilenodeMap(map);
    REQUIRE(read.ok());
    CHECK(*read == std::map<uint32_t, uint32_t>{{1249, 1249}, {1259, 20001}});
    for (size_t at = 0; at < crc_at + 4; ++at) {
      map[at] ^= 1;
      CHECK_FALSE(ReadFilenodeMap(map).ok());
      map[at] ^= 1;
    }
    for (size_t size = 0; size < crc_at + 4; ++size) CHECK_FALSE(ReadFilenodeMap(ByteView(map).first(size)).ok());
  }
}

}  // namespace
}  // namespace pulih
