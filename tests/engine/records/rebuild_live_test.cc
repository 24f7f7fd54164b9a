// Rebuilding a whole database in a real server (live_scene.h).
#include <algorithm>

#include "tests/engine/records/live_scene.h"

namespace pulih {
using namespace live;

TEST_CASE("a database comes back as it was") {
  if (Server() == nullptr) return;
  Scene scene;
  SilentProgress silent;
  auto report = scene.Rebuild(silent, GENERATE(1u, 4u));
  INFO(report.status().ToString());
  REQUIRE(report.ok());
  CHECK(report->database == "pulih_asal");
  CHECK(report->damaged.empty());
  for (const std::string& warning : report->warnings) UNSCOPED_INFO(warning);
  CHECK(report->warnings.empty());
  CHECK(report->large_objects == 2);
  auto target = Connect("pulih_kembali");
  CHECK(ContentOf(*target) == ContentOf(*scene.source));
  CHECK(Ask(*target, "SELECT dua() || ' ' || tiga(4) || ' ' || (SELECT m FROM ringkas_lagi)") == "2 7 3003");

  // A second time there is something in the way.
  RestoreDatabaseOptions options;
  options.conninfo = std::string(Server()) + " dbname=pulih_kembali";
  report = RestoreDatabase(scene.session(), scene.snapshot(), options, silent);
  CHECK(report.status().code() == Code::already_exists);
  CHECK(report.status().message().find("the target is not empty: it has schema \"Arsip Lama\"") != std::string::npos);
}

TEST_CASE("a database whose roles are missing comes back without them, and says so") {
  if (Server() == nullptr) return;
  auto server = Connect("postgres");
  Run(*server, "DROP ROLE IF EXISTS pulih_peran; CREATE ROLE pulih_peran");
  Scene scene("",
              "CREATE TABLE t (a integer); ALTER TABLE t OWNER TO pulih_peran; CREATE TABLE u (a integer); GRANT "
              "SELECT ON u TO pulih_peran",
              "INSERT INTO t VALUES (1); SELECT lo_create(70003); ALTER LARGE OBJECT 70003 OWNER TO pulih_peran");
  Run(*scene.source, "DROP OWNED BY pulih_peran; DROP ROLE pulih_peran");
  SilentProgress silent;
  const auto report = scene.Rebuild(silent);
  INFO(report.status().ToString());
  REQUIRE(report.ok());
  CHECK(report->rows == 1);
  CHECK(report->warnings.size() == 3);
  CHECK(report->warnings[0] == "ALTER TABLE public.t OWNER TO pulih_peran: role \"pulih_peran\" does not exist");
}

TEST_CASE("a rebuild that is stopped or cut off says so") {
  if (Server() == nullptr) return;
  Scene scene;
  class Stopper final : public ProgressListener {
   public:
    explicit Stopper(int after) : left_(after) {}
    void Report(const Progress&) override {}
    bool ShouldStop() override { return --left_ < 0; }

   private:
    int left_;
  };
  for (const int after : {0, 3, 30, 90}) {
    Stopper stopper(after);
    const auto report = scene.Rebuild(stopper);
    CHECK(report.status().code() == Code::interrupted);
    CHECK(report.status().hint().find("half built") != std::string::npos);
  }
  SECTION("the server goes away") {
    class Killer final : public ProgressListener {
     public:
      void Report(const Progress& progress) override {
        if (progress.phase != "restoring rows" && progress.phase != "making constraints and indexes") return;
        auto server = Connect("postgres");
        Run(*server, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'pulih_kembali'");
      }
      bool ShouldStop() override { return false; }
    };
    Killer killer;
    const auto report = scene.Rebuild(killer);
    CHECK(report.status().code() == Code::io);
    CHECK(report.status().message().find("restoring database pulih_asal: ") == 0);
  }
}

TEST_CASE("rows that the repository lost are told, whatever pack is missing") {
  if (Server() == nullptr) return;
  Scene scene;
  SilentProgress silent;
  const std::string before = ContentOf(*scene.source);
  int told = 0;
  for (const auto& [name, bytes] : BlobsOf(scene.repository.store(), "packs/")) {
    REQUIRE(scene.repository.store().Remove(name).ok());
    scene.reading.emplace(scene.repository.Read(scene.repository.owner()));
    const auto report = scene.Rebuild(silent);
    if (report.ok() && report->damaged.empty()) {
      CHECK(ContentOf(*Connect("pulih_kembali")) == before);
    } else {
      ++told;
    }
    REQUIRE(scene.repository.store().Put(name, bytes).ok());
  }
  CHECK(told > 0);
}

TEST_CASE("text of an old encoding comes back into the same, and into UTF-8") {
  if (Server() == nullptr) return;
  const char* latin = "ENCODING 'LATIN1' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'";
  // The client's encoding is the database's: these are bytes of LATIN1.
  Scene scene(latin, "CREATE TABLE \"r\xe9sum\xe9\" (\"cl\xe9\" text PRIMARY KEY, b text)",
              "INSERT INTO \"r\xe9sum\xe9\" VALUES ('\xe9', 'a'), ('z', '\xff')");
  SilentProgress silent;
  const std::string ask =
      "SELECT string_agg(encode(convert_to(\"cl\xe9\" || b, 'UTF8'), 'hex'), ',' ORDER BY b) FROM \"r\xe9sum\xe9\"";
  const std::string before = Ask(*scene.source, ask);
  CHECK(before == "c3a961,7ac3bf");
  for (const bool same : {true, false}) {
    const auto report = scene.Rebuild(silent, 1, same ? latin : "ENCODING 'UTF8' TEMPLATE template0");
    INFO(report.status().ToString());
    REQUIRE(report.ok());
    CHECK(report->warnings.size() == (same ? 0 : 1));
    auto target = Connect("pulih_kembali");
    Run(*target, "SET client_encoding = 'LATIN1'");
    CHECK(Ask(*target, ask) == before);
  }
  const RelatedRows rows = scene.Find("r\xe9sum\xe9", {"z"});
  Run(*scene.source, "DELETE FROM \"r\xe9sum\xe9\" WHERE b = '\xff'");
  CHECK(scene.Bring(rows).inserted == 1);
  CHECK(Ask(*scene.source, ask) == before);
}

namespace {

bool Holds(const std::vector<std::string>& lines, const std::string& words) {
  for (const std::string& line : lines) UNSCOPED_INFO(line);
  return std::any_of(lines.begin(), lines.end(),
                     [&](const std::string& line) { return line.find(words) != std::string::npos; });
}

}  // namespace

TEST_CASE("tables whose rows the snapshot does not have come back empty, are told, and take nothing else with them") {
  if (Server() == nullptr) return;
  Scene scene;
  scene.Capture([](PostgresOptions& options) { options.exclude_tables = {"paket"}; });
  SilentProgress silent;
  const auto report = scene.Rebuild(silent);
  INFO(report.status().ToString());
  REQUIRE(report.ok());
  REQUIRE(report->damaged.size() == 2);
  CHECK(report->damaged[0] == "table public.paket: the snapshot does not have its rows");
  CHECK(Holds({report->damaged[1]}, "ADD CONSTRAINT lelang_pkt FOREIGN KEY"));
  CHECK(Holds(report->warnings, "table public.paket: comes back empty"));
  auto target = Connect("pulih_kembali");
  CHECK(Ask(*target, "SELECT (SELECT count(*) FROM paket) || ' ' || (SELECT count(*) FROM lelang)") == "0 3");
  CHECK(Ask(*target, "SELECT count(*) FROM pg_constraint WHERE conname IN ('lelang_ulang', 'lelang_pkt')") == "1");
}

TEST_CASE("tables whose definition the snapshot does not have are told, and take nothing else with them") {
  if (Server() == nullptr) return;
  Scene scene("",
              "CREATE TABLE rahasia (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY); CREATE TABLE t (a integer "
              "PRIMARY KEY, b integer REFERENCES rahasia); CREATE VIEW v AS SELECT id FROM rahasia",
              "INSERT INTO rahasia DEFAULT VALUES; INSERT INTO t VALUES (1, 1)");
  auto server = Connect("postgres");
  Run(*server, "DROP ROLE IF EXISTS pulih_pembaca; CREATE ROLE pulih_pembaca LOGIN");
  Run(*scene.source, "GRANT SELECT ON t, v TO pulih_pembaca; GRANT SELECT ON SEQUENCE rahasia_id_seq TO pulih_pembaca");
  scene.Capture([](PostgresOptions& options) { options.conninfo += " user=pulih_pembaca"; });
  SilentProgress silent;
  const auto report = scene.Rebuild(silent);
  INFO(report.status().ToString());
  REQUIRE(report.ok());
  CHECK(Holds(report->damaged, "CREATE VIEW public.v"));
  CHECK(Holds(report->damaged, "FOREIGN KEY (b) REFERENCES public.rahasia"));
  CHECK(Holds(report->damaged, "sequence"));
  CHECK(Ask(*Connect("pulih_kembali"), "SELECT a || ',' || b FROM t") == "1,1");
  Run(*server, "DROP DATABASE pulih_kembali WITH (FORCE)");  // its grants came back, too
  Run(*scene.source, "DROP OWNED BY pulih_pembaca; DROP ROLE pulih_pembaca");
}

TEST_CASE("a database of which one schema was taken comes back, though a new one has that schema") {
  if (Server() == nullptr) return;
  Scene scene("", "CREATE TABLE t (a integer); CREATE SCHEMA lain; CREATE TABLE lain.u (a integer)",
              "INSERT INTO t VALUES (1)");
  scene.Capture([](PostgresOptions& options) { options.schemas = {"public"}; });
  SilentProgress silent;
  const auto report = scene.Rebuild(silent);
  INFO(report.status().ToString());
  REQUIRE(report.ok());
  CHECK(report->damaged.empty());
  CHECK(report->warnings.empty());
  CHECK(report->rows == 1);
}

TEST_CASE("a snapshot without definitions is refused before anything else") {
  if (Server() == nullptr) return;
  Scene scene("", "CREATE TABLE t (a integer)", "INSERT INTO t VALUES (1)");
  scene.Capture([](PostgresOptions& options) { options.pg_dump_program = "/bin/false"; });
  RestoreDatabaseOptions options;
  options.conninfo = "host=127.0.0.1 port=1";  // nobody is there
  SilentProgress silent;
  const auto report = RestoreDatabase(scene.session(), scene.snapshot(), options, silent);
  CHECK(report.status().code() == Code::unsupported);
  CHECK(report.status().message() ==
        "restoring database pulih_asal: the snapshot has no definitions of its tables: pg_dump was not there or failed "
        "when it was taken, as that backup said");
}

TEST_CASE(
    "materialized views that cannot be filled are told, each with its reason, and the database is not called whole") {
  if (Server() == nullptr) return;
  Scene scene(
      "",
      "CREATE TABLE t (a integer); CREATE FUNCTION jumlah() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM t';"
      "CREATE FUNCTION belah() RETURNS integer LANGUAGE plpgsql AS 'BEGIN RETURN a FROM u; END';"
      "CREATE TABLE u (a integer); CREATE MATERIALIZED VIEW satu AS SELECT jumlah();"
      "CREATE MATERIALIZED VIEW dua AS SELECT belah(); CREATE MATERIALIZED VIEW tiga AS SELECT * FROM dua",
      "INSERT INTO t VALUES (1)");
  SilentProgress silent;
  const auto report = scene.Rebuild(silent);
  INFO(report.status().ToString());
  REQUIRE(report.ok());
  CHECK(report->damaged.size() == 3);
  CHECK(Holds(report->damaged,
              "view public.satu: comes back empty: it could not be filled: relation \"t\" does not exist"));
  CHECK(Holds(report->damaged,
              "view public.dua: comes back empty: it could not be filled: relation \"u\" does not exist"));
  CHECK(Holds(report->damaged, "view public.tiga: comes back empty: it could not be filled: "));
  CHECK(report->warnings == report->damaged);
}

TEST_CASE("an event trigger of the database that keeps the mark in it makes no failure of a rebuild that is done") {
  if (Server() == nullptr) return;
  Scene scene(
      "",
      "CREATE TABLE t (a integer PRIMARY KEY); CREATE FUNCTION jaga() RETURNS event_trigger LANGUAGE plpgsql AS "
      "'BEGIN RAISE ''tidak boleh''; END'; CREATE EVENT TRIGGER jangan ON ddl_command_start WHEN TAG IN "
      "('DROP SCHEMA') EXECUTE FUNCTION jaga()",
      "INSERT INTO t VALUES (1)");
  SilentProgress silent;
  const auto report = scene.Rebuild(silent);
  INFO(report.status().ToString());
  REQUIRE(report.ok());
  REQUIRE(report->damaged.size() == 1);
  CHECK(Holds(report->damaged, "DROP SCHEMA pulih_unfinished_restore: left out: "));
  CHECK(Holds(report->damaged, "tidak boleh"));
  CHECK(Holds(report->damaged, "drop this schema by hand"));
  CHECK(Ask(*Connect("pulih_kembali"), "SELECT count(*) FROM pg_constraint WHERE conname = 't_pkey'") == "1");
}

TEST_CASE("a snapshot of a half rebuilt database comes back as one") {
  if (Server() == nullptr) return;
  Scene scene("", "CREATE SCHEMA pulih_unfinished_restore; CREATE TABLE t (a integer)", "INSERT INTO t VALUES (1)");
  SilentProgress silent;
  const auto report = scene.Rebuild(silent);
  INFO(report.status().ToString());
  REQUIRE(report.ok());
  CHECK(Holds(report->damaged, "the snapshot was taken of a database that was being rebuilt, or half rebuilt"));
  CHECK(Ask(*Connect("pulih_kembali"),
            "SELECT count(*) FROM pg_namespace WHERE nspname = 'pulih_unfinished_restore'") == "1");
}

TEST_CASE("a role that may make nothing in the target is told so, and the target is not called half built") {
  if (Server() == nullptr) return;
  Scene scene("", "CREATE TABLE t (a integer)", "INSERT INTO t VALUES (1)");
  auto server = Connect("postgres");
  Run(*server, "DROP ROLE IF EXISTS pulih_tamu; CREATE ROLE pulih_tamu LOGIN");
  Run(*server, "CREATE DATABASE pulih_kembali");
  RestoreDatabaseOptions options;
  options.conninfo = std::string(Server()) + " dbname=pulih_kembali user=pulih_tamu";
  SilentProgress silent;
  const auto report = RestoreDatabase(scene.session(), scene.snapshot(), options, silent);
  CHECK(report.status().message() ==
        "restoring database pulih_asal: making schema pulih_unfinished_restore: permission denied for database pulih_kembali");
  CHECK(report.status().hint() ==
        "nothing was changed; this role may not write here: whoever rebuilds a database must own it");
  Run(*server, "DROP ROLE pulih_tamu");
}

}  // namespace pulih
