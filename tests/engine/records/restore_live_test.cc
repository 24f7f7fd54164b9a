// Bringing rows back into a real server (live_scene.h).
#include "tests/engine/records/live_scene.h"

#include "engine/records/target_catalog.h"
#include "tests/support/row_script.h"

namespace pulih {
using namespace live;

TEST_CASE("a row that is lost comes back with what hangs on it") {
  if (Server() == nullptr) return;
  Scene scene;
  const std::string before = ContentOf(*scene.source);
  Run(*scene.source, "DELETE FROM peserta; DELETE FROM lelang; DELETE FROM paket WHERE pkt_id = 1");
  const RelatedRows rows = scene.Find("paket", {"1"}, true);
  CHECK(rows.rows.size() > 10);
  SECTION("a dry run changes nothing") {
    const std::string lost = ContentOf(*scene.source);
    const RestoreRowsReport report = scene.Bring(rows, RestoreMode::insert_missing, true);
    CHECK_FALSE(report.committed);
    CHECK(report.conflicts == 0);
    CHECK(report.inserted == rows.rows.size());
    CHECK(ContentOf(*scene.source) == lost);
  }
  SECTION("and for good") {
    RestoreRowsReport report = scene.Bring(rows);
    CHECK(report.committed);
    CHECK(report.inserted == rows.rows.size());
    report = scene.Bring(rows);
    CHECK(report.same == rows.rows.size());
    CHECK(report.inserted == 0);
    // What hung on the other package.
    CHECK(scene.Bring(scene.Find("paket", {"2"}, true)).committed);
    CHECK(ContentOf(*scene.source) == before);
  }
  SECTION("without what it hangs on it is a conflict, and nothing changes") {
    const std::string lost = ContentOf(*scene.source);
    const RestoreRowsReport report = scene.Bring(scene.Find("lelang", {"11", "12"}));
    CHECK_FALSE(report.committed);
    CHECK(report.conflicts == 1);
    CHECK(report.plan[0].why ==
          "constraint lelang_pkt: paket (pkt_id) = (1) is neither in the database nor among these rows; "
          "constraint lelang_ulang: lelang (lls_id) = (10) is neither in the database nor among these rows");
    CHECK(report.plan[1].why.empty());  // what it hangs on is there, or planned
    CHECK(ContentOf(*scene.source) == lost);
  }
}

TEST_CASE("rows that point at each other come back") {
  if (Server() == nullptr) return;
  Scene scene;
  const std::string before = ContentOf(*scene.source);
  Run(*scene.source, "UPDATE ayam SET telur = NULL; DELETE FROM telur; DELETE FROM ayam");
  SECTION("where they form no circle") {
    const RelatedRows rows = scene.Find("telur", {"2"}, true);
    REQUIRE(rows.rows.size() == 2);
    CHECK(scene.Bring(rows).committed);
    CHECK(Ask(*scene.source, "SELECT telur FROM ayam WHERE id = 2") == "2");
  }
  SECTION("a circle that cannot be deferred is a conflict") {
    const RestoreRowsReport report = scene.Bring(scene.Find("ayam", {"1"}, true));
    CHECK(report.conflicts == 2);
    CHECK(report.plan[0].why == "it points at rows that point at it, by constraints that cannot be deferred");
  }
  SECTION("a circle that can is none") {
    Run(*scene.source, "ALTER TABLE ayam ALTER CONSTRAINT ayam_telur DEFERRABLE");
    CHECK(scene.Bring(scene.Find("ayam", {"1"}, true)).committed);
    CHECK(Ask(*scene.source, "SELECT telur FROM ayam WHERE id = 1") == "1");
  }
}

TEST_CASE("a row that was changed is left, overwritten or put beside") {
  if (Server() == nullptr) return;
  Scene scene;
  const std::string before = ContentOf(*scene.source);
  const RelatedRows rows = scene.Find("paket", {"5", "6", "9001"});
  Run(*scene.source,
      "UPDATE paket SET nama = 'lain', pagu = pagu + 1, raw = '{\"b\":1}', sejarah = NULL WHERE pkt_id = 5; UPDATE "
      "paket SET isi = '\\x00' WHERE pkt_id = 9001");
  SECTION("left") {
    const RestoreRowsReport report = scene.Bring(rows);
    CHECK(report.committed);
    CHECK(report.left == 2);
    CHECK(report.same == 1);
    CHECK(report.plan[0].fate == RowFate::differs);
    CHECK(report.plan[0].fields == std::vector<std::string>{"nama", "pagu", "sejarah", "raw"});
    CHECK(Ask(*scene.source, "SELECT nama FROM paket WHERE pkt_id = 5") == "lain");
  }
  SECTION("overwritten") {
    const RestoreRowsReport report = scene.Bring(rows, RestoreMode::overwrite);
    CHECK(report.committed);
    CHECK(report.overwritten == 2);
    CHECK(report.plan[0].fate == RowFate::overwrite);
    CHECK(ContentOf(*scene.source) == before);
  }
  SECTION("put beside, once") {
    CHECK(scene.Bring(rows, RestoreMode::side_table).inserted == 3);
    const RestoreRowsReport again = scene.Bring(rows, RestoreMode::side_table);
    CHECK(again.inserted == 0);
    CHECK(again.same == 3);
    CHECK(Ask(*scene.source, "SELECT nama FROM paket WHERE pkt_id = 5") == "lain");
    CHECK(Ask(*scene.source, "SELECT string_agg(pkt_id || nama, ',' ORDER BY pkt_id) FROM paket_pulih") ==
          "5Paket 5,6Paket 6,9001");
  }
}

TEST_CASE("of rows without a key as many come back as are missing") {
  if (Server() == nullptr) return;
  Scene scene;
  const std::string before = ContentOf(*scene.source);
  Run(*scene.source,
      "DELETE FROM catatan WHERE ctid IN (SELECT ctid FROM catatan WHERE baris = 'sama' LIMIT 2); DELETE FROM catatan "
      "WHERE baris IS NULL");
  const RestoreRowsReport report = scene.Bring(AllOf(scene, "catatan"));
  CHECK(report.committed);
  CHECK(report.inserted == 3);
  CHECK(report.same == 1);
  CHECK(ContentOf(*scene.source) == before);
}

TEST_CASE("what a table became since is told, or is a conflict") {
  if (Server() == nullptr) return;
  Scene scene;
  const RelatedRows rows = scene.Find("paket", {"7"});
  Run(*scene.source, "DELETE FROM paket WHERE pkt_id = 7");
  SECTION("columns that went and came") {
    Run(*scene.source, "ALTER TABLE paket DROP COLUMN dok, ADD COLUMN baru integer NOT NULL DEFAULT 3");
    const RestoreRowsReport report = scene.Bring(rows);
    CHECK(report.committed);
    CHECK(report.warnings.size() == 2);
    CHECK(Ask(*scene.source, "SELECT baru || nama FROM paket WHERE pkt_id = 7") == "3Paket 7");
  }
  SECTION("a new column that must have a value") {
    Run(*scene.source,
        "ALTER TABLE paket ADD COLUMN baru integer NOT NULL DEFAULT 3; ALTER TABLE paket ALTER baru DROP DEFAULT");
    CHECK(scene.Bring(rows).plan[0].why == "column baru is new, must not be null and has no default");
  }
  SECTION("another type") {
    Run(*scene.source, "ALTER TABLE paket ALTER bobot TYPE numeric USING 0");
    CHECK(scene.Bring(rows).plan[0].why == "column bobot was of type double precision and is numeric now");
  }
  SECTION("a type that would round or cut, by its modifier alone") {
    Run(*scene.source, "ALTER TABLE paket ALTER unik TYPE varchar(20)");
    CHECK(scene.Bring(rows).plan[0].why == "column unik was of type text and is character varying(20) now");
  }
  SECTION("a value that must be unique is taken") {
    Run(*scene.source, "UPDATE paket SET unik = 'u7' WHERE pkt_id = 8");
    CHECK(scene.Bring(rows).plan[0].why == "constraint paket_unik_key: (unik) = (u7) is taken by row (8)");
  }
  SECTION("a table that went") {
    Run(*scene.source, "DROP TABLE paket CASCADE");
    CHECK(scene.Bring(rows).plan[0].why == "the database has no such table");
  }
  SECTION("a trigger that ends the connection") {
    Run(*scene.source,
        "CREATE FUNCTION putus() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM "
        "pg_terminate_backend(pg_backend_pid()); RETURN NEW; END';"
        "CREATE TRIGGER jaga BEFORE INSERT ON paket FOR EACH ROW EXECUTE FUNCTION putus()");
    const std::string lost = ContentOf(*scene.source);
    const auto report = RestoreRows(rows, {Scene::SourceConninfo(), RestoreMode::insert_missing, false});
    CHECK(report.status().code() == Code::io);
    CHECK(ContentOf(*scene.source) == lost);
  }
  SECTION("a check that the row does not pass") {
    Run(*scene.source, "ALTER TABLE paket ADD CONSTRAINT jangan CHECK (pkt_id <> 7)");
    const auto report = RestoreRows(rows, {Scene::SourceConninfo(), RestoreMode::insert_missing, true});
    CHECK(report.status().message().find("bringing rows back: database pulih_asal: inserting rows into pulih_asal/public.paket: ") == 0);
    CHECK(report.status().message().find("jangan") != std::string::npos);
  }
  SECTION("a trigger") {
    Run(*scene.source,
        "CREATE FUNCTION tolak() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';"
        "CREATE TRIGGER jaga BEFORE INSERT ON paket FOR EACH ROW EXECUTE FUNCTION tolak()");
    const auto report = RestoreRows(rows, {Scene::SourceConninfo(), RestoreMode::insert_missing, false});
    CHECK(report.status().message().find("0 of 1 went in: a trigger or a rule of the table kept the rest") !=
          std::string::npos);
  }
}

TEST_CASE("a number is never rounded on its way back") {
  if (Server() == nullptr) return;
  Scene scene("", "CREATE TABLE harga (id integer PRIMARY KEY, nilai numeric(12,2), banyak numeric(12,2)[], d timestamp(3), "
              "kode varchar(10))",
              "INSERT INTO harga VALUES (1, 1234.56, '{1.25}', '2014-01-01 10:00:00.123', 'a  ')");
  const RelatedRows rows = scene.Find("harga", {"1"});
  Run(*scene.source, "DELETE FROM harga");
  const char* narrower = GENERATE("nilai TYPE numeric(12,0)", "nilai TYPE numeric(11,2)", "nilai TYPE numeric(12,3)",
                                  "banyak TYPE numeric(12,1)[]", "d TYPE timestamp(0)", "d TYPE date", "kode TYPE varchar(2)", "kode TYPE char(10)");
  const char* wider = GENERATE("text", "varchar", "varchar(11)");
  Run(*scene.source, std::string("ALTER TABLE harga ALTER ") + narrower);
  CHECK(scene.Bring(rows).conflicts == 1);
  CHECK(Ask(*scene.source, "SELECT count(*) FROM harga") == "0");
  Run(*scene.source, std::string("ALTER TABLE harga ALTER nilai TYPE numeric(16,3), ALTER banyak TYPE numeric[], ALTER d TYPE timestamp, ALTER kode TYPE ") +
                         wider);
  CHECK(scene.Bring(rows).committed);
  CHECK(Ask(*scene.source, "SELECT nilai || ' ' || banyak::text || ' ' || d || kode || '.' FROM harga") ==
        "1234.560 {1.25} 2014-01-01 10:00:00.123a  .");
}

TEST_CASE("a row that a trigger keeps, changes or takes away does not count as brought back") {
  if (Server() == nullptr) return;
  Scene scene;
  const RelatedRows rows = scene.Find("paket", {"7", "8"});
  const auto trigger = [&](const std::string& when, const std::string& body) {
    Run(*scene.source, "CREATE FUNCTION ubah() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN " + body +
                           " END $f$; CREATE " + when + " ON paket FOR EACH ROW EXECUTE FUNCTION ubah()");
  };
  const auto bring = [&](RestoreMode mode, const std::string& why) {
    const std::string lost = ContentOf(*scene.source);
    const RestoreRowsReport report = scene.Bring(rows, mode);
    CHECK_FALSE(report.committed);
    CHECK(report.conflicts == 1);
    CHECK(report.inserted + report.overwritten == 0);
    CHECK(report.plan[0].fate == RowFate::conflict);
    CHECK(report.plan[0].why == why);
    CHECK(ContentOf(*scene.source) == lost);
  };
  SECTION("keeps what is overwritten") {
    Run(*scene.source, "UPDATE paket SET nama = 'lain' WHERE pkt_id = 7");
    trigger("TRIGGER jaga BEFORE UPDATE", "RETURN NULL;");
    const auto report = RestoreRows(rows, {Scene::SourceConninfo(), RestoreMode::overwrite, false});
    CHECK(report.status().message() ==
          "bringing rows back: database pulih_asal: overwriting rows of pulih_asal/public.paket: 0 of 1 were changed: a trigger or a rule of the table kept the rest");
  }
  SECTION("changes what is overwritten") {
    Run(*scene.source, "UPDATE paket SET nama = 'lain' WHERE pkt_id = 7");
    trigger("TRIGGER jaga BEFORE UPDATE", "NEW.nama := 'milik pemicu'; NEW.bobot := 0; RETURN NEW;");
    bring(RestoreMode::overwrite,
          "written, it was another row: a trigger or a rule of the table changes nama, bobot");
  }
  SECTION("changes what is inserted") {
    Run(*scene.source, "DELETE FROM paket WHERE pkt_id = 7");
    trigger("TRIGGER jaga BEFORE INSERT", "NEW.nama := upper(NEW.nama); RETURN NEW;");
    bring(RestoreMode::insert_missing, "written, it was another row: a trigger or a rule of the table changes nama");
  }
  SECTION("takes away, in the end") {
    Run(*scene.source, "DELETE FROM paket WHERE pkt_id = 7");
    Run(*scene.source,
        "CREATE FUNCTION ubah() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN DELETE FROM paket WHERE pkt_id = 7; RETURN "
        "NULL; END'; CREATE CONSTRAINT TRIGGER jaga AFTER INSERT ON paket DEFERRABLE INITIALLY DEFERRED FOR EACH ROW "
        "EXECUTE FUNCTION ubah()");
    bring(RestoreMode::insert_missing,
          "written, it was not there: a trigger or a rule of the table took it away");
  }
}

TEST_CASE("a row without a key that a trigger changes does not count as brought back") {
  if (Server() == nullptr) return;
  Scene scene;
  const RelatedRows rows = AllOf(scene, "catatan");
  Run(*scene.source,
      "DELETE FROM catatan WHERE baris = 'lain';"
      "CREATE FUNCTION ubah() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.angka := 99; RETURN NEW; END';"
      "CREATE TRIGGER jaga BEFORE INSERT ON catatan FOR EACH ROW EXECUTE FUNCTION ubah()");
  const RestoreRowsReport report = scene.Bring(rows);
  CHECK_FALSE(report.committed);
  CHECK(report.conflicts == 1);
  CHECK(Ask(*scene.source, "SELECT count(*) FROM catatan WHERE angka = 99") == "0");
}

TEST_CASE("rows of which a part could not be read are not brought back") {
  if (Server() == nullptr) return;
  Scene scene;
  RelatedRows rows = scene.Find("paket", {"7"}, true);
  rows.damaged = {"pulih_asal/public.lelang: gone"};
  Run(*scene.source, "DELETE FROM paket WHERE pkt_id = 7");
  const bool dry_run = GENERATE(true, false);
  const RestoreRowsReport report = scene.Bring(rows, RestoreMode::insert_missing, dry_run);
  CHECK_FALSE(report.committed);
  CHECK(report.conflicts == 1);
  CHECK(report.plan[0].fate == RowFate::insert);
  REQUIRE(report.warnings.size() == 1);
  CHECK(report.warnings[0] ==
        "rows that belong to these may be missing, so nothing is written");
  CHECK(Ask(*scene.source, "SELECT count(*) FROM paket WHERE pkt_id = 7") == "0");
}

TEST_CASE("rows as a script do what restoring them does") {
  if (Server() == nullptr) return;
  Scene scene;
  const std::string before = ContentOf(*scene.source);
  const auto script = [&](const RelatedRows& rows, RestoreMode mode) {
    std::string sql;
    const Status written = WriteRowsSql(rows, mode, [&](std::string_view piece) {
      sql += piece;
      return OkStatus();
    });
    INFO(written.message());
    REQUIRE(written.ok());
    return sql;
  };
  SECTION("insert") {
    Run(*scene.source, "DELETE FROM peserta; DELETE FROM lelang; DELETE FROM paket WHERE pkt_id IN (1, 9001)");
    for (const char* key : {"1", "2", "9001"})
      Run(*scene.source, script(scene.Find("paket", {key}, true), RestoreMode::insert_missing));
    CHECK(ContentOf(*scene.source) == before);
  }
  SECTION("names and values that would break out") {
    const RelatedRows odd = scene.Find("\"baris\nDROP TABLE paket; --\"", {"\"kutip ' dan \\ baris\n\""});
    Run(*scene.source,
        "DELETE FROM \"baris\nDROP TABLE paket; --\"; DELETE FROM \"Arsip Lama\".\"Tabel \"\"Ganjil\"\"\"; DELETE FROM "
        "catatan WHERE angka = 2");
    const std::string sql = script(odd, RestoreMode::insert_missing);
    CHECK(sql.find("\nDROP") == sql.find("\"baris\nDROP") + 6);
    Run(*scene.source, sql);
    Run(*scene.source, script(scene.Find("Tabel \"Ganjil\"", {"\"a,b\"", "\"\""}), RestoreMode::overwrite));
    Run(*scene.source, script(AllOf(scene, "catatan"), RestoreMode::insert_missing));
    CHECK(ContentOf(*scene.source) == before);
  }
  SECTION("overwrite") {
    Run(*scene.source, "UPDATE paket SET nama = 'lain', bobot = NULL WHERE pkt_id = 5");
    Run(*scene.source, script(scene.Find("paket", {"5"}), RestoreMode::overwrite));
    CHECK(ContentOf(*scene.source) == before);
  }
  SECTION("beside") {
    const std::string sql = script(scene.Find("paket", {"5"}), RestoreMode::side_table);
    Run(*scene.source, sql);
    Run(*scene.source, sql);
    CHECK(Ask(*scene.source, "SELECT count(*) || min(nama) FROM paket_pulih") == "1Paket 5");
  }
}

namespace {

Status ScriptWithType(const std::string& type_text) {
  RowScene scene;
  ScriptedTable people = PeopleTable();
  people.descriptor.origin = TableOrigin::postgres;
  people.descriptor.columns[1].type_text = type_text;
  people.rows = {Person(1, "Budi", std::nullopt)};
  const Snapshot snapshot = scene.BackUpRows({people});
  auto reading = scene.Read();
  const auto rows = FindRelatedRows(*reading.session, snapshot, {std::nullopt, std::nullopt, "orang"}, {"1"}, false, 1);
  REQUIRE(rows.ok());
  std::string sql;
  const Status written = WriteRowsSql(*rows, RestoreMode::insert_missing, [&](std::string_view piece) {
    sql += piece;
    return OkStatus();
  });
  if (written.ok()) CHECK(sql.find("'Budi'::" + type_text) != std::string::npos);
  return written;
}

}  // namespace

TEST_CASE("a script takes the name of a type for nothing else") {
  for (const char* good : {"text", "character varying(40)", "numeric(12,-2)[]", "timestamp(3) without time zone",
                           "interval day to second(3)", "public.status", "\"Arsip Lama\".\"a\"\"b (c)\"[]", "\"char\"",
                           "double precision", "gis.geometry(Point,4326)", "bit varying(5)[]", "p\xc3\xa4ket"}) {
    INFO(good);
    CHECK(ScriptWithType(good).ok());
  }
  for (const char* bad :
       {"text;\n\\! rm -rf /", "text;", "text\\g", "text\nx", "text -- x", "text/*", "text'", "\"text", "\"a\"b\"", "",
        "text), (lo_unlink(1)", "text || version()", "boolean OR lo_unlink(1)", "text[lo_unlink(1)]", "numeric((1))",
        "\"a;b\"", ".a", "a.", "text,text", "text  text", " text", ":x", "a\r"}) {
    INFO(bad);
    const Status written = ScriptWithType(bad);
    CHECK(written.code() == Code::corrupt);
    CHECK(written.message().find("public.orang: column nama: the name of its type is none") != std::string::npos);
  }
}

TEST_CASE("a server that is too old to restore into is told by its version") {
  class Old final : public PgClient {
   public:
    explicit Old(uint32_t version) : version_(version) {}
    Result<PgRows> Query(const std::string&, const std::vector<PgText>&) override { return PgRows(); }
    Status Execute(const std::string&) override { return OkStatus(); }
    Status CopyOut(const std::string&, const std::function<Status(ByteView)>&) override { return OkStatus(); }
    Status BeginCopyIn(const std::string&) override { return OkStatus(); }
    Status PutCopy(ByteView) override { return OkStatus(); }
    Result<uint64_t> EndCopyIn() override { return uint64_t{0}; }
    void AbandonCopyIn(const std::string&) override {}
    uint32_t server_version() const override { return version_; }
    std::string Parameter(const std::string&) const override { return ""; }
    std::string last_sqlstate() const override { return ""; }
    ChildAccess ForChild() const override { return {}; }

   private:
    uint32_t version_;
  };
  CHECK(CheckTargetServer(Old(120000)).ok());
  CHECK(CheckTargetServer(Old(110022)).message() ==
        "restoring into PostgreSQL 11: the target must be version 12 or newer");
  CHECK(CheckTargetServer(Old(90603)).message() ==
        "restoring into PostgreSQL 9.6: the target must be version 12 or newer");
}

}  // namespace pulih
