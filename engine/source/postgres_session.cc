#include "engine/source/postgres_session.h"

#include <utility>

#include "engine/source/pg_row.h"

namespace pulih {
namespace {

constexpr uint32_t kOldestServer = 90400;
constexpr const char* kApplication = "pulih";
constexpr const char* kSavepoint = "pulih";
constexpr int64_t kNanosecondsPerMicrosecond = 1000;

// row_security off: a policy that would hide rows is an error, never a table without them.
std::string Settings(uint32_t version) {
  std::string sql =
      "SET search_path = ''; SET DateStyle = ISO; SET IntervalStyle = postgres; SET extra_float_digits = 3;"
      "SET statement_timeout = 0; SET synchronize_seqscans = off; SET lock_timeout = '" +
      std::to_string(kLockWaitSeconds) + "s';";
  if (version >= 90500) sql += "SET row_security = off;";
  if (version >= 90600) sql += "SET idle_in_transaction_session_timeout = 0;";
  if (version >= 170000) sql += "SET transaction_timeout = 0;";
  return sql;
}

constexpr const char* kBegin = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY";

Result<std::unique_ptr<PgClient>> Connect(const std::string& conninfo) {
  PULIH_TRY_ASSIGN(std::unique_ptr<PgClient> client, ConnectPostgres(conninfo, kApplication));
  if (client->server_version() < kOldestServer) {
    return Status(Code::unsupported, "connecting to PostgreSQL: the server's version is " +
                                         std::to_string(client->server_version()) + ": older than 9.4");
  }
  PULIH_TRY(client->Execute(Settings(client->server_version())));
  return client;
}

Status SetSavepoint(PgClient& client) { return client.Execute(std::string("SAVEPOINT ") + kSavepoint); }

// Empty where the server does not: a standby before 10.
Result<std::string> ExportSnapshot(PgClient& client) {
  Result<PgRows> exported = client.Query("SELECT pg_catalog.pg_export_snapshot()");
  if (exported.ok()) return exported->rows.empty() ? std::string() : PgRow(exported->rows[0]).Text(0);
  if (exported.status().code() == Code::io) return std::move(exported).error();
  PULIH_TRY(client.Execute("ROLLBACK"));
  PULIH_TRY(client.Execute(kBegin));
  return std::string();
}

Result<DatabaseDescriptor> Describe(PgClient& client) {
  const bool is_old = client.server_version() < 100000;
  const std::string lsn = std::string("CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.") +
                          (is_old ? "pg_last_xlog_replay_location()" : "pg_last_wal_replay_lsn()") +
                          " ELSE pg_catalog." + (is_old ? "pg_current_xlog_location()" : "pg_current_wal_lsn()") +
                          " END";
  PULIH_TRY_ASSIGN(const PgRows result,
                   client.Query("SELECT d.datname, pg_catalog.current_setting('server_version'),"
                                " pg_catalog.pg_encoding_to_char(d.encoding), d.datcollate, d.datctype, " +
                                lsn +
                                ", pg_catalog.current_setting('TimeZone'),"
                                " (extract(epoch from pg_catalog.transaction_timestamp()) * 1000000)::pg_catalog.int8"
                                " FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()"));
  if (result.rows.empty())
    return Status(Code::io, "reading about the database: the server does not know its own database");
  const PgRow in(result.rows[0]);
  DatabaseDescriptor database;
  database.name = in.Text(0);
  database.server_version = client.server_version();
  database.server_version_text = in.Text(1);
  database.encoding = in.Text(2);
  database.collate = in.Text(3);
  database.ctype = in.Text(4);
  database.lsn = in.Text(5);
  database.timezone = in.Text(6);
  // Microseconds of more than 290 thousand years would not fit; no server that is sane says so.
  if (__builtin_mul_overflow(in.Int64(7), kNanosecondsPerMicrosecond, &database.time_ns)) database.time_ns = 0;
  return database;
}

}  // namespace

Result<PostgresSession> OpenPostgresSession(const std::string& conninfo) {
  PostgresSession session;
  PULIH_TRY_ASSIGN(session.client, Connect(conninfo));
  PULIH_TRY(session.client->Execute(kBegin));
  PULIH_TRY_ASSIGN(session.snapshot, ExportSnapshot(*session.client));
  // From here on what is seen does not change: the first query has taken the snapshot.
  PULIH_TRY_ASSIGN(session.database, Describe(*session.client));
  PULIH_TRY(SetSavepoint(*session.client));
  return session;
}

Result<std::unique_ptr<PgClient>> JoinPostgresSession(const PostgresSession& session) {
  const PgClient::ChildAccess access = session.client->ForChild();
  std::string conninfo = access.conninfo;
  for (const auto& [name, value] : access.environment) {
    if (name == "PGPASSWORD") conninfo += " " + ConninfoWord("password", value);
  }
  PULIH_TRY_ASSIGN(std::unique_ptr<PgClient> client, Connect(conninfo));
  PULIH_TRY(client->Execute(kBegin));
  PULIH_TRY(client->Execute("SET TRANSACTION SNAPSHOT " + SqlLiteral(session.snapshot)));
  PULIH_TRY(SetSavepoint(*client));
  return client;
}

Status ReturnToSavepoint(PgClient& client) {
  return client.Execute(std::string("ROLLBACK TO SAVEPOINT ") + kSavepoint);
}

}  // namespace pulih
