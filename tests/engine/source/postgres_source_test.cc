// Against a real server: its connection words are in PULIH_TEST_PG_CONNINFO, and its user may make databases and roles.
// Skipped where that is not set.
#include "engine/source/postgres_source.h"

#include <sys/stat.h>

#include <cstdlib>
#include <fstream>

#include <catch2/catch.hpp>

#include "tests/engine/source/recorded_rows.h"
#include "tests/support/temporary_directory.h"

extern char** environ;

namespace pulih {
namespace {

const char* Server() { return std::getenv("PULIH_TEST_PG_CONNINFO"); }

std::vector<std::string> OurEnvironment() {
  std::vector<std::string> environment;
  for (char** variable = environ; *variable != nullptr; ++variable) environment.emplace_back(*variable);
  return environment;
}

std::unique_ptr<PgClient> Connect(const std::string& conninfo) {
  auto client = ConnectPostgres(conninfo, "pulih test");
  INFO(client.status().ToString());
  REQUIRE(client.ok());
  return std::move(client).value();
}

// A new database of that name.
class TestDatabase {
 public:
  explicit TestDatabase(const std::string& name, const std::string& more = "") : name_(name) {
    auto server = Connect(Server());
    Run(*server, "DROP DATABASE IF EXISTS " + SqlName(name));
    Run(*server, "CREATE DATABASE " + SqlName(name) + " " + more);
    client_ = Connect(conninfo());
  }
  ~TestDatabase() {
    client_.reset();
    auto server = ConnectPostgres(Server(), "pulih test");
    if (server.ok()) (void)(*server)->Execute("DROP DATABASE IF EXISTS " + SqlName(name_) + " WITH (FORCE)");
  }
  std::string conninfo() const { return std::string(Server()) + " dbname=" + name_; }
  PgClient& client() { return *client_; }
  static void Run(PgClient& client, const std::string& sql) {
    const Status status = client.Execute(sql);
    INFO(sql << ": " << status.ToString());
    REQUIRE(status.ok());
  }
  void Run(const std::string& sql) { Run(*client_, sql); }
  PostgresOptions Options() const {
    PostgresOptions options;
    options.conninfo = conninfo();
    options.environment = OurEnvironment();
    return options;
  }

 private:
  std::string name_;
  std::unique_ptr<PgClient> client_;
};

RecordedRows Capture(const PostgresOptions& options) {
  auto source = PostgresSource::Open(options);
  INFO(source.status().ToString());
  REQUIRE(source.ok());
  RecordedRows rows;
  const Status visited = (*source)->Visit(rows);
  INFO(visited.ToString());
  REQUIRE(visited.ok());
  return rows;
}

Bytes Int4(int32_t value) {
  Bytes bytes(4);
  for (size_t i = 0; i < 4; ++i) bytes[i] = static_cast<uint8_t>(static_cast<uint32_t>(value) >> (24 - 8 * i));
  return bytes;
}

std::vector<std::string> KeyNames(const TableDescriptor& table) {
  std::vector<std::string> names;
  for (const uint32_t place : table.key) names.push_back(table.columns[place].name);
  return names;
}

}  // namespace

TEST_CASE("tables of every kind come with their own rows, keys and types") {
  if (Server() == nullptr) return;
  TestDatabase database("pulih_source_kinds");
  database.Run(R"sql(
    CREATE TABLE plain (id int PRIMARY KEY, name text NOT NULL, price numeric(20,2));
    COMMENT ON TABLE plain IS 'what is bought';
    INSERT INTO plain VALUES (1, 'bridge', 10.50), (2, '', NULL);
    CREATE TABLE "Odd ""name" ("a b" int, "sele""ct" text, "é" bytea);
    CREATE UNIQUE INDEX ON "Odd ""name" ("a b");
    INSERT INTO "Odd ""name" VALUES (7, 'x', '\x00ff');
    CREATE TABLE bare (); INSERT INTO bare DEFAULT VALUES;
    CREATE TABLE parent (id int PRIMARY KEY, v text); CREATE TABLE child (extra int) INHERITS (parent);
    INSERT INTO parent VALUES (1, 'p'); INSERT INTO child VALUES (2, 'c', 3);
    CREATE TABLE parts (id int, year int, PRIMARY KEY (year, id)) PARTITION BY RANGE (year);
    CREATE TABLE parts_2014 PARTITION OF parts FOR VALUES FROM (2014) TO (2015);
    CREATE TABLE parts_2015 PARTITION OF parts FOR VALUES FROM (2015) TO (2016);
    INSERT INTO parts VALUES (1, 2014), (2, 2015), (3, 2015);
    CREATE UNLOGGED TABLE fast (id int); INSERT INTO fast VALUES (9);
    CREATE TABLE computed (a int PRIMARY KEY, b int GENERATED ALWAYS AS (a * 2) STORED, c int GENERATED ALWAYS AS IDENTITY);
    INSERT INTO computed (a) VALUES (21);
    CREATE TABLE refers (id int PRIMARY KEY, plain_id int REFERENCES plain, y int, i int, FOREIGN KEY (y, i) REFERENCES parts (year, id));
    CREATE TABLE narrow (a int NOT NULL, b int NOT NULL, c int NOT NULL, d int);
    CREATE UNIQUE INDEX n_ab ON narrow (a, b); CREATE UNIQUE INDEX n_c ON narrow (c) INCLUDE (a);
    CREATE UNIQUE INDEX n_d ON narrow (d); CREATE UNIQUE INDEX n_b ON narrow (b) WHERE a > 1; CREATE UNIQUE INDEX n_e ON narrow ((a + 1));
    CREATE TABLE dropped_column (a int, b int, c int); ALTER TABLE dropped_column DROP COLUMN b; INSERT INTO dropped_column VALUES (1, 3);
    CREATE TEMP TABLE fleeting (a int);
    CREATE VIEW seen AS SELECT * FROM plain; CREATE MATERIALIZED VIEW kept AS SELECT * FROM plain;
    CREATE SCHEMA other; CREATE TABLE other.t (id int PRIMARY KEY);
    CREATE SEQUENCE counter START 5; SELECT nextval('counter'); SELECT nextval('counter');
  )sql");
  const RecordedRows seen = Capture(database.Options());
  for (const auto& [what, why] : seen.problems) UNSCOPED_INFO(what << ": " << why.ToString());
  CHECK(seen.problems.empty());
  CHECK(seen.dropped.empty());
  std::vector<std::string> names;
  for (const auto& [name, table] : seen.tables) names.push_back(name.substr(name.find('/') + 1));
  CHECK(names == std::vector<std::string>{"other.t", "public.\"Odd \"\"name\"", "public.bare", "public.child",
                                          "public.computed", "public.dropped_column", "public.fast", "public.narrow",
                                          "public.parent", "public.parts_2014", "public.parts_2015", "public.plain",
                                          "public.refers"});
  const auto table = [&](const std::string& name) { return seen.tables.at("pulih_source_kinds/public." + name); };

  const RecordedTable plain = table("plain");
  CHECK(plain.table.comment == "what is bought");
  CHECK(plain.table.encoding == "UTF8");
  CHECK(KeyNames(plain.table) == std::vector<std::string>{"id"});
  REQUIRE(plain.table.columns.size() == 3);
  CHECK(plain.table.columns[2].type_text == "numeric(20,2)");
  CHECK(plain.table.columns[1].not_null);
  REQUIRE(plain.rows.size() == 2);
  CHECK(plain.rows[0][0] == Int4(1));
  CHECK(plain.rows[0][1] == ToBytes("bridge"));
  CHECK(plain.rows[1][1] == Bytes());
  CHECK_FALSE(plain.rows[1][2].has_value());

  CHECK(table("\"Odd \"\"name\"").rows == std::vector<RecordedRow>{{Int4(7), ToBytes("x"), Bytes{0, 0xff}}});
  CHECK(table("\"Odd \"\"name\"").table.key.empty());  // the column may be NULL
  CHECK(table("bare").rows == std::vector<RecordedRow>{{}});
  CHECK(table("parent").rows.size() == 1);
  CHECK(table("child").rows == std::vector<RecordedRow>{{Int4(2), ToBytes("c"), Int4(3)}});
  CHECK(table("parts_2014").rows.size() == 1);
  CHECK(table("parts_2015").rows.size() == 2);
  CHECK(KeyNames(table("parts_2015").table) == std::vector<std::string>{"year", "id"});
  CHECK(table("computed").rows == std::vector<RecordedRow>{{Int4(21), Int4(42), Int4(1)}});
  CHECK(table("computed").table.columns[1].generated);
  CHECK(table("computed").table.columns[2].identity == 'a');
  CHECK(KeyNames(table("narrow").table) == std::vector<std::string>{"c"});
  CHECK(table("dropped_column").rows == std::vector<RecordedRow>{{Int4(1), Int4(3)}});
  const TableDescriptor refers = table("refers").table;
  REQUIRE(refers.foreign_keys.size() == 3);
  CHECK(refers.foreign_keys[0] == ForeignKey{"refers_plain_id_fkey", {1}, "public", "plain", {"id"}});
  CHECK(refers.foreign_keys[1] == ForeignKey{"refers_y_i_fkey", {2, 3}, "public", "parts_2014", {"year", "id"}});
  CHECK(refers.foreign_keys[2] == ForeignKey{"refers_y_i_fkey", {2, 3}, "public", "parts_2015", {"year", "id"}});

  CHECK(seen.database.name == "pulih_source_kinds");
  CHECK(seen.database.server_version >= 90400);
  CHECK(seen.database.encoding == "UTF8");
  CHECK(seen.database.lsn.find('/') != std::string::npos);
  CHECK(seen.database.time_ns > int64_t{1'400'000'000} * 1'000'000'000);
  REQUIRE(seen.sequences.size() == 2);
  CHECK(seen.sequences[1] == SequenceValue{"public", "counter", 6, true});
  CHECK(seen.ddl.before_data.find("CREATE TABLE public.plain") != std::string::npos);
  CHECK(seen.ddl.before_data.find("CREATE VIEW public.seen") != std::string::npos);
  CHECK(seen.ddl.before_data.find("restrict ") == std::string::npos);
  CHECK(seen.ddl.before_data.find("Dumped") == std::string::npos);
  CHECK(seen.ddl.after_data.find("FOREIGN KEY (plain_id)") != std::string::npos);

  // The same again, over one connection.
  PostgresOptions alone = database.Options();
  alone.jobs = 1;
  const RecordedRows again = Capture(alone);
  CHECK(again.ddl.before_data == seen.ddl.before_data);
  CHECK(again.ddl.after_data == seen.ddl.after_data);
  CHECK(again.tables.size() == seen.tables.size());

  PostgresOptions some = database.Options();
  some.schemas = {"oth*", "nowhere"};
  const RecordedRows few = Capture(some);
  CHECK(few.tables.size() == 1);
  CHECK(few.problems.at("schema nowhere").code() == Code::not_found);
  CHECK(few.ddl.before_data.find("CREATE TABLE public.plain") == std::string::npos);

  PostgresOptions fewer = database.Options();
  fewer.exclude_tables = {"public.p*", "narrow"};
  CHECK(Capture(fewer).tables.size() == seen.tables.size() - 5);
}

TEST_CASE("types of users come with what they are made of, and their images without their numbers") {
  if (Server() == nullptr) return;
  TestDatabase database("pulih_source_types");
  database.Run(R"sql(
    CREATE TYPE mood AS ENUM ('sad', 'ok');
    CREATE DOMAIN short AS text CHECK (length(value) < 5);
    CREATE TYPE pair AS (a int, m mood, s short[]);
    CREATE TYPE span AS RANGE (subtype = numeric);
    CREATE DOMAIN pairs AS pair[];
    CREATE TABLE t (id int PRIMARY KEY, m mood, ms mood[], p pair, ps pairs, r span, mr span_multirange, i int[][], b bit(3), j jsonb);
    INSERT INTO t VALUES (1, 'ok', '{sad,NULL,ok}', ROW(1, 'sad', '{x,y}'), ARRAY[ROW(2, NULL, NULL)::pair], '[1,2)', '{[1,2),[5,)}', '{{1,2},{3,4}}', '101', '{"a": 1}');
    INSERT INTO t VALUES (2, NULL, '{}', NULL, '{}', 'empty', '{}', '{}', NULL, NULL);
    CREATE TABLE object (r regclass[]); INSERT INTO object VALUES ('{t}');
    CREATE TABLE acl (a aclitem); INSERT INTO acl VALUES ('=r/pulih'::aclitem);
  )sql");
  const RecordedRows seen = Capture(database.Options());
  REQUIRE(seen.tables.count("pulih_source_types/public.t") == 1);
  const RecordedTable& t = seen.tables.at("pulih_source_types/public.t");
  REQUIRE(t.rows.size() == 2);
  for (size_t i = 0; i < t.table.types.size(); ++i) {
    const PgType& type = t.table.types[i];
    CHECK(type.element <= i);
    for (const PgTypeField& field : type.fields) CHECK(field.type < i);
    CHECK((type.oid == 0) == (type.schema == "public"));
  }
  const auto kind = [&](size_t column) { return t.table.types[t.table.columns[column].type].kind; };
  CHECK(kind(1) == PgTypeKind::enumeration);
  CHECK(kind(2) == PgTypeKind::array);
  CHECK(kind(3) == PgTypeKind::composite);
  CHECK(kind(4) == PgTypeKind::domain);
  CHECK(kind(5) == PgTypeKind::range);
  CHECK(kind(6) == PgTypeKind::multirange);
  // The number of an array's elements stands behind its dimensions and its flags.
  for (const size_t column : {2u, 4u, 7u}) {
    const Bytes& image = *t.rows[0][column];
    CHECK(Bytes(image.begin() + 8, image.begin() + 12) == Bytes(4, 0));
  }
  const Bytes& pair = *t.rows[0][3];
  CHECK(Bytes(pair.begin() + 4, pair.begin() + 8) == Bytes(4, 0));
  CHECK(seen.problems.at("table public.acl").code() == Code::unsupported);
  CHECK(seen.problems.at("table public.object").code() == Code::unsupported);
  CHECK(seen.tables.count("pulih_source_types/public.object") == 1);

  // Types made in another order, so with other numbers: the same images.
  TestDatabase second("pulih_source_types2");
  second.Run(R"sql(
    CREATE TYPE filler AS (x int); CREATE TYPE span AS RANGE (subtype = numeric);
    CREATE DOMAIN short AS text CHECK (length(value) < 5); CREATE TYPE mood AS ENUM ('sad', 'ok');
    CREATE TYPE pair AS (a int, m mood, s short[]); CREATE DOMAIN pairs AS pair[];
    CREATE TABLE t (id int PRIMARY KEY, m mood, ms mood[], p pair, ps pairs, r span, mr span_multirange, i int[][], b bit(3), j jsonb);
    INSERT INTO t VALUES (1, 'ok', '{sad,NULL,ok}', ROW(1, 'sad', '{x,y}'), ARRAY[ROW(2, NULL, NULL)::pair], '[1,2)', '{[1,2),[5,)}', '{{1,2},{3,4}}', '101', '{"a": 1}');
    INSERT INTO t VALUES (2, NULL, '{}', NULL, '{}', 'empty', '{}', '{}', NULL, NULL);
  )sql");
  const RecordedRows other = Capture(second.Options());
  CHECK(other.tables.at("pulih_source_types2/public.t").rows == t.rows);
  CHECK(other.tables.at("pulih_source_types2/public.t").table.types == t.table.types);
}

TEST_CASE("what the role may not read is told, and the rest is kept") {
  if (Server() == nullptr) return;
  TestDatabase database("pulih_source_denied");
  database.Run(R"sql(
    DROP ROLE IF EXISTS pulih_reader; CREATE ROLE pulih_reader LOGIN PASSWORD 'r''e ad';
    CREATE TABLE open (id int PRIMARY KEY); INSERT INTO open VALUES (1); GRANT SELECT ON open TO pulih_reader;
    CREATE TABLE "se""cret" (id int PRIMARY KEY); CREATE SCHEMA hidden; CREATE TABLE hidden.t (id int);
    CREATE TABLE policed (id int); INSERT INTO policed VALUES (1), (2); GRANT SELECT ON policed TO pulih_reader;
    ALTER TABLE policed ENABLE ROW LEVEL SECURITY; CREATE POLICY one ON policed USING (id = 1);
    CREATE SEQUENCE closed;
    SELECT lo_from_bytea(4711, 'secret');
  )sql");
  PostgresOptions options = database.Options();
  options.conninfo += " user=pulih_reader";
  const RecordedRows seen = Capture(options);
  CHECK(seen.tables.count("pulih_source_denied/public.open") == 1);
  CHECK(seen.tables.count("pulih_source_denied/public.policed") == 0);
  CHECK(seen.problems.at("table public.\"se\"\"cret\"").code() == Code::denied);
  CHECK(seen.problems.at("table hidden.t").code() == Code::denied);
  CHECK(seen.problems.at("table public.policed").code() == Code::denied);
  CHECK(seen.problems.at("sequence public.closed").code() == Code::denied);
  CHECK(seen.problems.at("large object 4711").code() == Code::denied);
  CHECK(seen.problems.size() == 5);
  CHECK(seen.ddl.before_data.find("CREATE TABLE public.open") != std::string::npos);
  database.Run("DROP OWNED BY pulih_reader; DROP ROLE pulih_reader");
}

TEST_CASE("large objects are rows of a table of their own") {
  if (Server() == nullptr) return;
  TestDatabase database("pulih_source_large");
  CHECK(Capture(database.Options()).tables.empty());
  database.Run(
      "SELECT lo_from_bytea(5000000, 'abc'); COMMENT ON LARGE OBJECT 5000000 IS 'three letters'; GRANT SELECT ON LARGE "
      "OBJECT 5000000 TO PUBLIC;"
      "SELECT lo_create(16); SELECT lo_from_bytea(17, decode(repeat('0102', 1048576), 'hex'))");
  const RecordedRows seen = Capture(database.Options());
  const auto& table = seen.tables.at("pulih_source_large/pg_catalog.pg_largeobject");
  REQUIRE(table.rows.size() == 3);
  CHECK(table.rows[0][0] == Int4(16));
  CHECK(table.rows[0][4] == Bytes());
  CHECK_FALSE(table.rows[0][2].has_value());
  CHECK(table.rows[1][4]->size() == 2u << 20);
  CHECK(table.rows[2][3] == ToBytes("three letters"));
  CHECK(table.rows[2][4] == ToBytes("abc"));
  CHECK(table.rows[2][2].has_value());
}

TEST_CASE("a table that is dropped, truncated or locked after the snapshot is told, and the rest is kept") {
  if (Server() == nullptr) return;
  TestDatabase database("pulih_source_moving");
  database.Run(
      "CREATE TABLE a (id int); INSERT INTO a VALUES (1); CREATE TABLE b AS TABLE a; CREATE TABLE c AS TABLE a; CREATE "
      "TABLE d AS TABLE a");
  PostgresOptions options = database.Options();
  options.jobs = GENERATE(1u, 2u);
  auto source = PostgresSource::Open(options);
  REQUIRE(source.ok());
  database.Run("INSERT INTO d VALUES (2); DROP TABLE b; TRUNCATE c");
  RecordedRows seen;
  REQUIRE((*source)->Visit(seen).ok());
  CHECK(seen.tables.count("pulih_source_moving/public.a") == 1);
  CHECK(seen.tables.at("pulih_source_moving/public.d").rows.size() == 1);
  CHECK(seen.problems.count("table public.b") == 1);
  CHECK(seen.unread.at("pulih_source_moving/public.b").find("it could not be read: ") == 0);
  CHECK(seen.dropped.count("pulih_source_moving/public.c") == 1);
}

TEST_CASE("tables that are left out are told as such, and patterns that leave out none or all") {
  if (Server() == nullptr) return;
  TestDatabase database("pulih_source_left_out");
  database.Run("CREATE TABLE a (id int); CREATE TABLE b (id int); CREATE SCHEMA lain; CREATE TABLE lain.c (id int)");
  PostgresOptions options = database.Options();
  options.schemas = {"public"};
  options.exclude_tables = {"b", "bb", "*.a?"};
  auto source = PostgresSource::Open(options);
  REQUIRE(source.ok());
  RecordedRows seen;
  REQUIRE((*source)->Visit(seen).ok());
  CHECK(seen.problems.empty());
  CHECK(seen.tables.count("pulih_source_left_out/public.a") == 1);
  CHECK(seen.unread.count("pulih_source_left_out/public.b") == 1);
  CHECK(seen.unread.count("pulih_source_left_out/lain.c") == 1);
  CHECK(seen.unread.count("pulih_source_left_out/pg_catalog.pg_largeobject") == 1);
  CHECK((*source)->unused_exclusions() == std::vector<std::string>{"bb", "*.a?"});

  options.exclude_tables = {"*"};
  const RecordedRows none = Capture(options);
  CHECK(none.problems.at("database pulih_source_left_out").message() == "--exclude-table leaves none of its 2 tables");
}

TEST_CASE("a lost connection ends the visit with a clear failure") {
  if (Server() == nullptr) return;
  TestDatabase database("pulih_source_lost");
  database.Run(
      "CREATE TABLE a AS SELECT g AS id, repeat('x', 500) AS t FROM generate_series(1, 200000) g; CREATE TABLE b AS "
      "TABLE a");
  PostgresOptions options = database.Options();
  options.jobs = GENERATE(1u, 2u);
  auto source = PostgresSource::Open(options);
  REQUIRE(source.ok());
  RecordedRows seen;
  seen.begin_ = [&](const TableDescriptor&) {
    TestDatabase::Run(database.client(),
                      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'pulih' AND "
                      "datname = 'pulih_source_lost'");
    return OkStatus();
  };
  const Status visited = (*source)->Visit(seen);
  INFO(visited.ToString());
  CHECK(visited.code() == Code::io);
  CHECK(visited.message().find("pulih_source_lost") != std::string::npos);
}

TEST_CASE("a wish to stop is heard while tables are read") {
  if (Server() == nullptr) return;
  TestDatabase database("pulih_source_stop");
  database.Run(
      "CREATE TABLE a AS SELECT g AS id, repeat('x', 500) AS t FROM generate_series(1, 200000) g; CREATE TABLE b AS "
      "TABLE a");
  PostgresOptions options = database.Options();
  options.bytes_per_second = 1u << 20;
  auto source = PostgresSource::Open(options);
  REQUIRE(source.ok());
  RecordedRows seen;
  std::string connections;
  seen.begin_ = [&](const TableDescriptor&) {
    const auto rows = database.client().Query(
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pulih' AND datname = 'pulih_source_stop'");
    if (rows.ok()) connections = rows->rows[0][0].value_or("");
    return OkStatus();
  };
  int asked = 0;
  seen.should_stop_ = [&] { return ++asked > 5; };
  CHECK((*source)->Visit(seen).code() == Code::interrupted);
  CHECK(connections == std::to_string(options.jobs));
}

TEST_CASE("no transaction stays open when the rows are read, for files come next") {
  if (Server() == nullptr) return;
  TestDatabase database("pulih_source_ended");
  database.Run("CREATE TABLE a AS SELECT g AS id FROM generate_series(1, 10) g");
  auto source = PostgresSource::Open(database.Options());
  REQUIRE(source.ok());
  RecordedRows seen;
  REQUIRE((*source)->Visit(seen).ok());
  // The server needs a moment to notice that a connection has ended: asked again and again, but not for ever.
  std::string open;
  for (int i = 0; i < 10000 && open != "0"; ++i) {
    const auto rows = database.client().Query(
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pulih' AND datname = 'pulih_source_ended'");
    REQUIRE(rows.ok());
    open = rows->rows[0][0].value_or("");
  }
  CHECK(open == "0");
}

TEST_CASE("without pg_dump the rows are kept and the ddl is told as missing") {
  if (Server() == nullptr) return;
  TestDatabase database("pulih_source_noddl");
  database.Run("CREATE TABLE a (id int)");
  PostgresOptions options = database.Options();
  options.pg_dump_program = GENERATE("no-such-program", "/bin/false");
  const RecordedRows seen = Capture(options);
  CHECK(seen.tables.size() == 1);
  CHECK(seen.problems.at("ddl").code() == Code::unsupported);
}

TEST_CASE("pg_dump gets the password in its environment, and nowhere else") {
  if (Server() == nullptr) return;
  TestDatabase database("pulih_source_password");
  TemporaryDirectory folder;
  const std::string script = folder.path() + "/dump";
  std::ofstream(script) << "#!/bin/sh\nfor word; do echo \"$word\"; done; echo \"variable $PGPASSWORD\"\n";
  REQUIRE(::chmod(script.c_str(), 0700) == 0);
  PostgresOptions options = database.Options();
  options.conninfo += " password=open-sesame";
  options.pg_dump_program = script;
  const std::string told = Capture(options).ddl.before_data;
  CHECK(told.find("variable open-sesame\n") != std::string::npos);
  CHECK(told.find("open-sesame") == told.rfind("open-sesame"));
  CHECK(told.find("--snapshot=") != std::string::npos);
  CHECK(told.find("--dbname=user='") != std::string::npos);
}

TEST_CASE("pg_dump does not get the keys of the repository") {
  if (Server() == nullptr) return;
  TestDatabase database("pulih_source_keys");
  TemporaryDirectory folder;
  const std::string script = folder.path() + "/dump";
  std::ofstream(script) << "#!/bin/sh\nenv\n";
  REQUIRE(::chmod(script.c_str(), 0700) == 0);
  PostgresOptions options = database.Options();
  options.pg_dump_program = script;
  options.environment.insert(options.environment.end(),
                             {"AWS_SECRET_ACCESS_KEY=open", "PULIH_PASSPHRASE=sesame", "LANG=C"});
  const std::string told = Capture(options).ddl.before_data;
  CHECK(told.find("LANG=C\n") != std::string::npos);
  CHECK(told.find("AWS_") == std::string::npos);
  CHECK(told.find("PULIH_") == std::string::npos);
}

TEST_CASE("a table that pg_dump cannot lock costs its own definition, and no other") {
  if (Server() == nullptr) return;
  TestDatabase database("pulih_source_locked");
  database.Run(
      "CREATE TABLE a (id int); CREATE TABLE p (id int) PARTITION BY RANGE (id); CREATE SCHEMA \"Lain\"; CREATE TABLE "
      "\"Lain\".p (id int) PARTITION BY RANGE (id)");
  // What waits 30 seconds is not waited for here: this one is told at once, in a language of its own.
  TemporaryDirectory folder;
  const std::string script = folder.path() + "/dump";
  std::ofstream(script) << "#!/bin/sh\ncase \"$*\" in *--exclude-table='\"public\".\"p\"'*) exec pg_dump \"$@\";; esac\n"
                        << "echo 'pg_dump: Fehler: zu lange' >&2\n"
                        << "echo 'pg_dump: Detail: Anfrage war: LOCK TABLE public.a, public.p IN ACCESS SHARE MODE' >&2\nexit 1\n";
  REQUIRE(::chmod(script.c_str(), 0700) == 0);
  PostgresOptions options = database.Options();
  options.pg_dump_program = script;
  options.schemas = {"public"};
  auto locker = Connect(database.conninfo());
  TestDatabase::Run(*locker, "BEGIN; LOCK TABLE ONLY p, ONLY \"Lain\".p");
  const RecordedRows seen = Capture(options);
  CHECK(seen.problems.size() == 1);
  CHECK(seen.problems.at("definition of table public.p").code() == Code::in_use);
  CHECK(seen.ddl.before_data.find("CREATE TABLE public.a") != std::string::npos);
  CHECK(seen.ddl.before_data.find("CREATE TABLE public.p") == std::string::npos);
}

TEST_CASE("a foreign key to a partitioned table names the partitions, which have the rows") {
  if (Server() == nullptr) return;
  TestDatabase database("pulih_source_partitions");
  database.Run(R"sql(
    CREATE TABLE b (id int, y int, PRIMARY KEY (y, id)) PARTITION BY RANGE (y);
    CREATE TABLE b1 PARTITION OF b FOR VALUES FROM (0) TO (10);
    CREATE TABLE b2 PARTITION OF b FOR VALUES FROM (10) TO (20) PARTITION BY RANGE (id);
    CREATE TABLE b2x (y int NOT NULL, extra int, id int NOT NULL); ALTER TABLE b2x DROP COLUMN extra;
    ALTER TABLE b2 ATTACH PARTITION b2x FOR VALUES FROM (0) TO (100);
    CREATE TABLE c (id int PRIMARY KEY, y int, i int, CONSTRAINT c_b FOREIGN KEY (y, i) REFERENCES b);
    CREATE TABLE a (id int, y int, i int, CONSTRAINT a_b FOREIGN KEY (y, i) REFERENCES b) PARTITION BY RANGE (id);
    CREATE TABLE a1 PARTITION OF a FOR VALUES FROM (0) TO (10);
    CREATE TABLE self (id int PRIMARY KEY, up int CONSTRAINT self_up REFERENCES self);
  )sql");
  const RecordedRows seen = Capture(database.Options());
  const auto keys = [&](const std::string& table) {
    return seen.tables.at("pulih_source_partitions/public." + table).table.foreign_keys;
  };
  const std::vector<std::string> own = {"y", "id"};
  CHECK(keys("c") == std::vector<ForeignKey>{{"c_b", {1, 2}, "public", "b1", own}, {"c_b", {1, 2}, "public", "b2x", own}});
  CHECK(keys("a1") == std::vector<ForeignKey>{{"a_b", {1, 2}, "public", "b1", own}, {"a_b", {1, 2}, "public", "b2x", own}});
  CHECK(keys("self") == std::vector<ForeignKey>{{"self_up", {1}, "public", "self", {"id"}}});
}

TEST_CASE("of foreign tables and of too many unreadable large objects there is a word") {
  if (Server() == nullptr) return;
  TestDatabase database("pulih_source_words");
  database.Run(
      "CREATE FOREIGN DATA WRAPPER nowhere; CREATE SERVER far FOREIGN DATA WRAPPER nowhere; CREATE FOREIGN TABLE f (a "
      "int) SERVER far;"
      "DROP ROLE IF EXISTS pulih_reader2; CREATE ROLE pulih_reader2 LOGIN; SELECT lo_create(g) FROM "
      "generate_series(20000, 20029) g");
  PostgresOptions options = database.Options();
  options.conninfo += " user=pulih_reader2";
  const RecordedRows seen = Capture(options);
  CHECK(seen.problems.at("foreign table public.f").code() == Code::unsupported);
  CHECK(seen.problems.at("large objects").message() == "20 more could not be read");
  CHECK(seen.problems.size() == 12);
  database.Run("DROP ROLE pulih_reader2");
}

TEST_CASE("of an extension's tables those are kept that it names as configuration, and of their rows the user's") {
  if (Server() == nullptr) return;
  TestDatabase database("pulih_source_extension");
  // No extension at hand has such a table, so the one that is always there is given two.
  database.Run(R"sql(
    CREATE TABLE internal (id int); CREATE TABLE config (id int PRIMARY KEY); INSERT INTO config SELECT generate_series(1, 10);
    INSERT INTO pg_depend (classid, objid, objsubid, refclassid, refobjid, refobjsubid, deptype)
      SELECT 'pg_class'::regclass, t::regclass, 0, 'pg_extension'::regclass, (SELECT oid FROM pg_extension WHERE extname = 'plpgsql'), 0, 'e'
      FROM unnest(ARRAY['internal', 'config']) t;
    UPDATE pg_extension SET extconfig = ARRAY['config'::regclass::oid], extcondition = ARRAY['WHERE id > 7'] WHERE extname = 'plpgsql';
  )sql");
  const RecordedRows seen = Capture(database.Options());
  REQUIRE(seen.tables.size() == 1);
  CHECK(seen.tables.at("pulih_source_extension/public.config").rows ==
        std::vector<RecordedRow>{{Int4(8)}, {Int4(9)}, {Int4(10)}});
}

TEST_CASE("text and names of a database in another encoding are not converted") {
  if (Server() == nullptr) return;
  TestDatabase database("pulih_source_latin1", "ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0");
  database.Run("CREATE TABLE \"caf\xe9\" (id int PRIMARY KEY, t text); INSERT INTO \"caf\xe9\" VALUES (1, '\xe9')");
  const RecordedRows seen = Capture(database.Options());
  REQUIRE(seen.tables.size() == 1);
  const RecordedTable& table = seen.tables.begin()->second;
  CHECK(table.table.encoding == "LATIN1");
  CHECK(table.table.name == "caf\xe9");
  CHECK(table.rows == std::vector<RecordedRow>{{Int4(1), ToBytes("\xe9")}});
  CHECK(seen.ddl.before_data.find("caf\xe9") != std::string::npos);
}

}  // namespace pulih
