// PostgresSource takes a PostgreSQL database as it is at one moment: its tables row by row, its large objects as the
// pseudo table pg_catalog.pg_largeobject, its sequences, its DDL.
//
// The moment is when Open returns: one snapshot that all connections share, so that a tree of files that is walked
// afterwards is never older than the rows that name its files. Rows are read by binary COPY over several connections
// (copy_crew.h); writers are never kept waiting. What cannot be read (no right, a lock, dropped or truncated meanwhile) is
// told to the visitor and the rest goes on; a lost connection ends the visit.
//
// Images are made portable (formats/postgres/portable_image.h). Text stays in the database's encoding.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/source/long_rows.h"
#include "engine/source/postgres_session.h"
#include "engine/source/row_visitor.h"

namespace pulih {

struct PostgresOptions {
  std::string conninfo;
  std::vector<std::string> schemas, exclude_tables;  // shell globs, postgres_catalog.h
  unsigned jobs = 2;                                 // connections that read rows; pg_dump opens one more for a moment
  uint64_t bytes_per_second = 0;                     // of rows, over all connections; 0: no limit
  LongRowLimits long_rows;                           // which rows come in pieces
  std::string pg_dump_program = "pg_dump";           // a path, or a name to look for in the environment's PATH
  std::vector<std::string> environment;              // for pg_dump: "NAME=value"
};

class PostgresSource final : public RowSource {
 public:
  static Result<std::unique_ptr<PostgresSource>> Open(const PostgresOptions& options);

  std::string name() const override { return "postgres:" + session_.database.name; }
  std::string identity() const override { return name() + " of " + server_; }
  const DatabaseDescriptor& database() const { return session_.database; }
  Status Visit(RowVisitor& visitor) override;
  std::vector<std::string> unused_exclusions() const override { return unused_exclusions_; }

 private:
  PostgresSource(const PostgresOptions& options, PostgresSession session, std::string server)
      : options_(options), session_(std::move(session)), server_(std::move(server)) {}

  const PostgresOptions options_;
  PostgresSession session_;
  const std::string server_;  // its system identifier, where it tells
  std::vector<std::string> unused_exclusions_;
};

}  // namespace pulih
