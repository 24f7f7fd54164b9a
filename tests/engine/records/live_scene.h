// A real PostgreSQL server for tests of bringing rows and databases back: PULIH_TEST_PG_CONNINFO says where it is, and that
// databases may be made and dropped there. Tests that use it return at once without it.
#pragma once

#include <cstdlib>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "engine/records/restore_database.h"
#include "engine/records/restore_rows.h"
#include "engine/source/pg_client.h"
#include "engine/source/postgres_source.h"
#include "tests/support/small_repository.h"

namespace pulih::live {

// A database with a bit of everything that has to come back.
inline constexpr const char* kSchema = R"(
CREATE SCHEMA "Arsip Lama";
CREATE TYPE status AS ENUM ('draf', 'aktif', 'selesai');
CREATE TYPE alamat AS (jalan text, kota varchar(40), kode integer[]);
CREATE DOMAIN rupiah AS numeric(20,2) CHECK (VALUE >= 0);
CREATE TYPE masa AS RANGE (subtype = date);
CREATE TABLE paket (pkt_id bigint PRIMARY KEY, nama varchar(400) NOT NULL, pagu rupiah, st status DEFAULT 'draf', tempat alamat, sejarah status[],
  berlaku masa, dok jsonb, raw json, isi bytea, kapan timestamptz, selama interval, ip inet, bobot double precision, unik text UNIQUE);
CREATE TABLE lelang (lls_id numeric(19) PRIMARY KEY, pkt_id bigint NOT NULL CONSTRAINT lelang_pkt REFERENCES paket, ulang numeric(19) CONSTRAINT lelang_ulang REFERENCES lelang,
  versi integer GENERATED ALWAYS AS (pkt_id % 7) STORED);
CREATE TABLE peserta (psr_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, lls_id numeric(19) REFERENCES lelang, harga numeric);
CREATE TABLE catatan (baris text, angka integer);
CREATE TABLE "Arsip Lama"."Tabel ""Ganjil""" ("Kolom, 1" text PRIMARY KEY, b boolean);
CREATE TABLE "baris
DROP TABLE paket; --" ("x
y" text PRIMARY KEY, "Besar" bytea, c "char", u uuid, n numeric[]);
CREATE TABLE induk (a integer PRIMARY KEY, b text) PARTITION BY RANGE (a);
CREATE TABLE induk_1 PARTITION OF induk FOR VALUES FROM (0) TO (100);
CREATE TABLE induk_2 PARTITION OF induk FOR VALUES FROM (100) TO (1000);
CREATE TABLE dasar (a integer);
CREATE TABLE turunan (c text) INHERITS (dasar);
CREATE UNLOGGED TABLE kosong (a integer, b integer GENERATED ALWAYS AS (a + 1) STORED);
CREATE TABLE ayam (id integer PRIMARY KEY, telur integer);
CREATE TABLE telur (id integer PRIMARY KEY, ayam integer CONSTRAINT telur_ayam REFERENCES ayam);
ALTER TABLE ayam ADD CONSTRAINT ayam_telur FOREIGN KEY (telur) REFERENCES telur;
CREATE SEQUENCE nomor START 500;
CREATE FUNCTION dua() RETURNS integer LANGUAGE sql BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END;
CREATE FUNCTION tiga(x integer) RETURNS integer LANGUAGE plpgsql AS $f$ BEGIN RETURN x + 3; /* ; */ END; $f$;
CREATE MATERIALIZED VIEW ringkas AS SELECT count(*) AS n FROM paket;
CREATE MATERIALIZED VIEW ringkas_lagi AS SELECT n + 1 AS m FROM ringkas;
CREATE VIEW tampak AS SELECT pkt_id, nama FROM paket WHERE nama <> ';';
CREATE RULE tahan AS ON DELETE TO catatan DO ALSO (SELECT 1; SELECT 2);
CREATE INDEX ON paket (nama);
COMMENT ON TABLE paket IS 'paket; pekerjaan''s';
COMMENT ON COLUMN paket.nama IS E'dua\nbaris';
)";
inline constexpr const char* kRows = R"(
INSERT INTO paket SELECT i, 'Paket ' || i, i * 1000.50, (ARRAY['draf','aktif','selesai'])[1 + i % 3]::status, ROW('Jl. ' || i, 'Kota', ARRAY[i, NULL])::alamat,
  ARRAY['aktif', NULL, 'selesai']::status[], masa('2014-01-01', '2014-02-01'), jsonb_build_object('a', i), '{"b" :  1}', decode(repeat(md5(i::text), 20), 'hex'),
  '2014-03-01 10:00+07'::timestamptz + i * interval '1 hour', i * interval '1 day 2 hours', '10.0.0.1/8', 1.0 / i, 'u' || i FROM generate_series(1, 3000) i;
INSERT INTO paket (pkt_id, nama, isi, bobot) VALUES (9001, '', decode(repeat('00ff', 3000000), 'hex'), 'NaN'), (9002, 'ü', '', '-Infinity');
INSERT INTO lelang (lls_id, pkt_id, ulang) VALUES (10, 1, NULL), (11, 1, 10), (12, 2, 11);
INSERT INTO peserta (lls_id, harga) SELECT 10 + i % 3, i FROM generate_series(1, 50) i;
INSERT INTO catatan VALUES ('sama', 1), ('sama', 1), ('sama', 1), (NULL, NULL), ('lain', 2);
INSERT INTO "Arsip Lama"."Tabel ""Ganjil""" VALUES ('a,b', true), ('', NULL);
INSERT INTO "baris
DROP TABLE paket; --" VALUES (E'kutip '' dan \\ baris\n', '\x00', 'a', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '{{1,NULL},{NaN,-0.500}}');
INSERT INTO induk SELECT i, 'b' || i FROM generate_series(1, 200) i;
INSERT INTO dasar VALUES (1), (2);
INSERT INTO turunan VALUES (1, 'x'), (NULL, NULL);
INSERT INTO kosong (a) VALUES (NULL), (1);
INSERT INTO ayam VALUES (1, NULL);
INSERT INTO telur VALUES (1, 1), (2, NULL);
INSERT INTO ayam VALUES (2, 2);
UPDATE ayam SET telur = 1 WHERE id = 1;
SELECT nextval('nomor'), nextval('nomor');
SELECT lo_from_bytea(70001, decode(repeat('0102', 300000), 'hex'));
SELECT lo_from_bytea(70002, '');
COMMENT ON LARGE OBJECT 70001 IS 'surat';
GRANT SELECT ON LARGE OBJECT 70001 TO PUBLIC;
REFRESH MATERIALIZED VIEW ringkas;
REFRESH MATERIALIZED VIEW ringkas_lagi;
)";

inline const char* Server() { return std::getenv("PULIH_TEST_PG_CONNINFO"); }

inline std::unique_ptr<PgClient> Connect(const std::string& database) {
  auto client = ConnectPostgres(std::string(Server()) + " dbname=" + database, "test");
  INFO(client.status().message());
  REQUIRE(client.ok());
  return std::move(client).value();
}

inline void Run(PgClient& client, const std::string& sql) {
  const Status done = client.Execute(sql);
  INFO(sql.substr(0, 200) << ": " << done.message());
  REQUIRE(done.ok());
}

inline std::string Ask(PgClient& client, const std::string& sql) {
  auto rows = client.Query(sql);
  INFO(sql << ": " << rows.status().message());
  REQUIRE(rows.ok());
  REQUIRE(rows->rows.size() == 1);
  return rows->rows.front().front().value_or("(null)");
}

// Every row of every table, and what the catalog says of sequences and large objects, as one digest a table.
inline std::string ContentOf(PgClient& client) {
  auto tables = client.Query(
      "SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE relkind IN "
      "('r', 'm')"
      " AND nspname !~ '^pg_' AND nspname <> 'information_schema' ORDER BY 1");
  REQUIRE(tables.ok());
  std::string all;
  for (const auto& row : tables->rows)
    all += *row[0] + " " +
           Ask(client,
               "SELECT count(*) || ' ' || coalesce(md5(string_agg(t::text, E'\\n' ORDER BY t::text)), '') FROM ONLY " +
                   *row[0] + " t") +
           "\n";
  all +=
      Ask(client, "SELECT string_agg(sequencename || last_value, ' ' ORDER BY sequencename) FROM pg_sequences") + "\n";
  all += Ask(client,
             "SELECT string_agg(oid || md5(lo_get(oid)) || coalesce(lomacl::text, '') || coalesce(obj_description(oid, "
             "'pg_largeobject'), ''), ' ' ORDER BY oid) FROM pg_largeobject_metadata") +
         "\n";
  all += Ask(client,
             "SELECT string_agg(conrelid::regclass || conname || pg_get_constraintdef(oid), ' ' ORDER BY "
             "conrelid::regclass::text, conname) FROM pg_constraint WHERE conrelid >= 16384");
  return all;
}

// One captured database, for all tests.
class Scene {
 public:
  explicit Scene(const std::string& options = "", const std::string& schema = kSchema,
                 const std::string& rows = kRows) {
    auto server = Connect("postgres");
    Drop(*server);
    Run(*server, "CREATE DATABASE pulih_asal " + options);
    source = Connect("pulih_asal");
    Run(*source, schema);
    Run(*source, rows);
    repository.MakeTree();
    Capture();
  }
  ~Scene() {
    source.reset();
    auto server = Connect("postgres");
    Drop(*server);
  }
  static void Drop(PgClient& server) {
    for (const char* name : {"pulih_asal", "pulih_kembali"})
      Run(server, std::string("DROP DATABASE IF EXISTS ") + name + " WITH (FORCE)");
  }

  void Capture(const std::function<void(PostgresOptions&)>& adjust = nullptr) {
    PostgresOptions options;
    options.conninfo = SourceConninfo();
    options.environment = {std::string("PATH=") + std::getenv("PATH")};
    if (adjust) adjust(options);
    auto rows = PostgresSource::Open(options);
    INFO(rows.status().message());
    REQUIRE(rows.ok());
    // Not SmallRepository::BackUp: what a database keeps from us is a problem of the backup, and none of the test.
    const auto opened = repository.Open(repository.owner().Clone(), Intent::write);
    BackupOptions backup = repository.Options();
    backup.tree.roots.clear();
    backup.rows = {rows->get()};
    SilentProgress silent;
    const auto taken = Backup(*opened, *catalog, backup, silent);
    INFO(taken.status().ToString());
    REQUIRE(taken.ok());
    CHECK((adjust || taken->problems.count == 0));
    reading.emplace(repository.Read(repository.owner()));
  }
  // Into a new database.
  Result<RestoreDatabaseReport> Rebuild(ProgressListener& progress, unsigned jobs = 2,
                                        const std::string& made_with = "") const {
    auto server = Connect("postgres");
    Run(*server, "DROP DATABASE IF EXISTS pulih_kembali WITH (FORCE)");
    Run(*server, "CREATE DATABASE pulih_kembali " + made_with);
    RestoreDatabaseOptions options;
    options.conninfo = std::string(Server()) + " dbname=pulih_kembali";
    options.jobs = jobs;
    return RestoreDatabase(session(), snapshot(), options, progress);
  }
  const Snapshot& snapshot() const { return reading->list.snapshots.back(); }
  ReadSession& session() const { return *reading->session; }

  static std::string SourceConninfo() { return std::string(Server()) + " dbname=pulih_asal"; }

  RelatedRows Find(const std::string& table, const std::vector<std::string>& keys, bool follow = false) const {
    const auto name = ParseTableName(table);
    REQUIRE(name.ok());
    auto rows = FindRelatedRows(session(), snapshot(), *name, keys, follow, 2);
    INFO(rows.status().message());
    REQUIRE(rows.ok());
    return std::move(rows).value();
  }
  RestoreRowsReport Bring(const RelatedRows& rows, RestoreMode mode = RestoreMode::insert_missing,
                          bool dry_run = false) const {
    auto report = RestoreRows(rows, {SourceConninfo(), mode, dry_run});
    INFO(report.status().message());
    REQUIRE(report.ok());
    for (const std::string& warning : report->warnings) UNSCOPED_INFO(warning);
    for (const RowPlan& plan : report->plan) {
      if (plan.fate == RowFate::conflict) UNSCOPED_INFO(plan.table << " " << plan.key << ": " << plan.why);
    }
    return std::move(report).value();
  }

  SmallRepository repository;
  std::unique_ptr<Catalog> catalog = NewTestCatalog();
  std::optional<Reading> reading;
  std::unique_ptr<PgClient> source;
};

inline RelatedRows AllOf(const Scene& scene, const std::string& name) {
  std::vector<std::string> keys;
  const auto table = FindTable(scene.session(), scene.snapshot(), *ParseTableName(name));
  REQUIRE(table.ok());
  const TableReader reader(scene.session(), *table);
  REQUIRE(reader
              .Scan(
                  {},
                  [&](StoredRow row) {
                    keys.push_back(reader.KeyText(row));
                    return true;
                  },
                  [](const MapGap&) {})
              .ok());
  return scene.Find(name, keys);
}

}  // namespace pulih::live
