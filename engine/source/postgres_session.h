// Connections that read a database for a capture: all of one snapshot, with settings that make images and names come
// out the same whoever set what on the server, and that keep a long night from being cut short.
#pragma once

#include <memory>
#include <string>

#include "engine/base/result.h"
#include "engine/source/pg_client.h"
#include "formats/repo/table.h"

namespace pulih {

// How long a table that somebody holds is waited for. Rather one table less than a backup that waits behind somebody's
// ALTER TABLE while writers pile up behind the backup.
inline constexpr int kLockWaitSeconds = 30;

// A connection in an open transaction, REPEATABLE READ and READ ONLY, with a savepoint kSavepoint set: a statement that
// fails is followed by a return to it (ReturnToSavepoint), which also gives back the locks that were taken since.
struct PostgresSession {
  std::unique_ptr<PgClient> client;
  std::string snapshot;  // what other sessions can share; empty where the server cannot (a standby before 10)
  DatabaseDescriptor database;
};

Result<PostgresSession> OpenPostgresSession(const std::string& conninfo);
// Another connection that sees the same. By what the first one connected to, not by the words that it was opened with:
// where those name several servers, a snapshot is one server's alone.
Result<std::unique_ptr<PgClient>> JoinPostgresSession(const PostgresSession& session);

Status ReturnToSavepoint(PgClient& client);

}  // namespace pulih
