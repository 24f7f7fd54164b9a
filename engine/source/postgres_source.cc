#include "engine/source/postgres_source.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "engine/base/check.h"
#include "engine/source/copy_crew.h"
#include "engine/source/pg_row.h"
#include "engine/source/postgres_catalog.h"
#include "engine/source/postgres_parts.h"
#include "engine/source/schema_dump.h"
#include "formats/postgres/copy_binary.h"
#include "formats/postgres/portable_image.h"

namespace pulih {
namespace {

constexpr std::chrono::milliseconds kWait{200};  // how soon a wish to stop is noticed

// Hands rows of one table to the visitor, with the numbers of types taken out of their images.
class PortableRows {
 public:
  PortableRows(const TableDescriptor& table, RowVisitor& visitor) : table_(table), visitor_(visitor) {
    for (size_t i = 0; i < table.columns.size(); ++i) {
      if (HasTypeNumbers(table.types, table.columns[i].type)) columns_.push_back({i, {}});
    }
  }

  Status Take(const CopyRow& row) {
    PULIH_TRY(MakeImages(row));
    return visitor_.Row(columns_.empty() ? row : images_);
  }

  Status TakeLong(const CopyRow& row, LongColumns columns) {
    PULIH_TRY(MakeImages(row));
    columns.read = [this, read = std::move(columns.read)](const LongColumns::Take& take) {
      std::optional<size_t> begun;
      return read([&](size_t place, ByteView piece) {
        if (begun == place || !HasTypeNumbers(table_.types, table_.columns[place].type)) return take(place, piece);
        begun = place;
        Bytes beginning = ToBytes(piece);
        PULIH_TRY(MakeHeadPortable(table_.types, table_.columns[place].type, beginning));
        return take(place, beginning);
      });
    };
    return visitor_.LongRow(columns_.empty() ? row : images_, columns);
  }

 private:
  Status MakeImages(const CopyRow& row) {
    if (columns_.empty()) return OkStatus();
    images_ = row;
    for (Column& column : columns_) {
      std::optional<ByteView>& image = images_[column.place];
      if (!image) continue;
      column.image.assign(image->begin(), image->end());
      PULIH_TRY(MakePortable(table_.types, table_.columns[column.place].type, column.image));
      image = column.image;
    }
    return OkStatus();
  }

  struct Column {
    size_t place;
    Bytes image;
  };
  const TableDescriptor& table_;
  RowVisitor& visitor_;
  std::vector<Column> columns_;
  RowImages images_;
};

// Takes one table's blocks to the end.
class TableTaker {
 public:
  TableTaker(CopyCrew& crew, size_t number, const TableDescriptor& table, RowVisitor& visitor)
      : crew_(crew), number_(number), table_(table), visitor_(visitor), rows_(table, visitor) {}

  // A failure ends the visit. `unread`: tables that could not be read.
  Status Run(std::vector<CatalogName>& unread) {
    Status taken = TakeBlocks();
    if (!failed_) return taken;
    unread.push_back({table_.schema, table_.name});
    if (begun_) return visitor_.DropTable(failed_->why);
    PULIH_TRY(visitor_.Unread({table_.database, table_.schema, table_.name}, "it could not be read: " + failed_->why.message()));
    return visitor_.Problem("table " + QualifiedName(table_.schema, table_.name), failed_->why);
  }

 private:
  // Fails for `failed` and `lost`, and remembers the former.
  Result<CopyBlock> Next() {
    PULIH_TRY_ASSIGN(CopyBlock block, crew_.Next(number_, [&] { return visitor_.ShouldStop(); }));
    if (block.kind != CopyBlock::Kind::failed && block.kind != CopyBlock::Kind::lost) return block;
    Status why = Status(block.why).Within("reading table " + QualifiedName(table_.schema, table_.name));
    if (block.kind == CopyBlock::Kind::failed) failed_ = std::move(block);
    return why;
  }

  Status TakeBlocks() {
    CopyParser parser(table_.columns.size());
    for (;;) {
      PULIH_TRY_ASSIGN(CopyBlock block, Next());
      if (block.kind == CopyBlock::Kind::end) break;
      if (!begun_) PULIH_TRY(visitor_.BeginTable(table_));
      begun_ = true;
      if (block.kind == CopyBlock::Kind::long_row) {
        PULIH_TRY(TakeLongRow(block));
      } else {
        PULIH_TRY(parser.Feed(block.bytes, [&](const CopyRow& row) { return rows_.Take(row); })
                      .Within("reading table " + QualifiedName(table_.schema, table_.name)));
      }
    }
    PULIH_TRY(parser.Finish().Within("reading table " + QualifiedName(table_.schema, table_.name)));
    return visitor_.EndTable();
  }

  Status TakeLongRow(const CopyBlock& block) {
    CopyParser parser(table_.columns.size());
    size_t rows = 0;
    PULIH_TRY(parser.Feed(block.bytes, [&](const CopyRow& row) {
      ++rows;
      LongColumns columns;
      for (const LongValue& value : block.long_values) columns.places.push_back(value.place);
      columns.read = [&](const LongColumns::Take& take) { return TakePieces(block.long_values, take); };
      return rows_.TakeLong(row, std::move(columns));
    }));
    PULIH_TRY(parser.Finish());
    return rows == 1 ? OkStatus() : Status(Code::corrupt, "the server sends other rows than the one that was asked for");
  }

  Status TakePieces(const std::vector<LongValue>& values, const LongColumns::Take& take) {
    for (const LongValue& value : values) {
      for (uint64_t got = 0; got < value.length;) {
        PULIH_TRY_ASSIGN(const CopyBlock piece, Next());
        PULIH_CHECK(piece.kind == CopyBlock::Kind::piece);  // the crew has counted them
        PULIH_TRY(take(value.place, piece.bytes));
        got += piece.bytes.size();
      }
    }
    return OkStatus();
  }

  CopyCrew& crew_;
  const size_t number_;
  const TableDescriptor& table_;
  RowVisitor& visitor_;
  PortableRows rows_;
  bool begun_ = false;
  std::optional<CopyBlock> failed_;
};

// The workers are started and joined here.
Status ReadTables(const std::vector<PgClient*>& clients, const std::vector<CatalogTable>& tables,
                  const PostgresOptions& options, RowVisitor& visitor, std::vector<CatalogName>& unread) {
  CopyCrew crew(clients, tables, options.bytes_per_second, options.long_rows);
  std::vector<std::thread> workers;
  for (size_t i = 0; i < crew.size(); ++i) workers.emplace_back([&crew, i] { crew.Work(i); });
  Status status;
  for (size_t i = 0; i < tables.size() && status.ok(); ++i) 
    status = TableTaker(crew, i, tables[i].table, visitor).Run(unread);
  if (!status.ok()) crew.Stop();
  for (std::thread& worker : workers) worker.join();
  return status;
}

// pg_dump runs beside the reading of rows: it takes a second that nobody has to wait for.
class DdlInBackground {
 public:
  explicit DdlInBackground(SchemaDumpRequest request) : request_(std::move(request)) {
    request_.should_stop = [this] { return stopped_.load(); };
    thread_ = std::thread([this] {
      Result<DatabaseDdl> result = DumpSchema(request_);
      std::lock_guard lock(mutex_);
      result_ = std::move(result);
      done_.notify_all();
    });
  }
  ~DdlInBackground() {
    stopped_ = true;
    if (thread_.joinable()) thread_.join();
  }
  DdlInBackground(const DdlInBackground&) = delete;
  DdlInBackground& operator=(const DdlInBackground&) = delete;

  // Waits for it; stops it when the visitor wants to stop. Called once.
  Result<DatabaseDdl> Take(RowVisitor& visitor) {
    std::unique_lock lock(mutex_);
    while (!done_.wait_for(lock, kWait, [&] { return result_.has_value(); })) {
      if (visitor.ShouldStop()) stopped_ = true;
    }
    return std::move(*result_);
  }

 private:
  SchemaDumpRequest request_;
  std::atomic<bool> stopped_{false};
  std::mutex mutex_;
  std::condition_variable done_;
  std::optional<Result<DatabaseDdl>> result_;
  std::thread thread_;
};

// Tables that somebody keeps locked against readers now, or waits to: new readers queue up behind.
Result<std::vector<CatalogName>> LockedTables(PgClient& client) {
  PULIH_TRY_ASSIGN(
      const PgRows result,
      client.Query("SELECT DISTINCT n.nspname, c.relname FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_class c"
                   " ON c.oid = l.relation JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
                   " WHERE l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock' AND c.relkind IN ('r', 'p')"
                   " AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d"
                   "  WHERE d.datname = pg_catalog.current_database()) ORDER BY 1, 2"));
  std::vector<CatalogName> locked;
  for (const std::vector<PgText>& cells : result.rows) locked.push_back({PgRow(cells).Text(0), PgRow(cells).Text(1)});
  return locked;
}

// Once more, without the tables that kept pg_dump from all the others.
Result<DatabaseDdl> DumpWithoutLocked(PgClient& client, SchemaDumpRequest request, const std::vector<CatalogName>& unread,
                                      RowVisitor& visitor) {
  PULIH_TRY_ASSIGN(std::vector<CatalogName> left_out, LockedTables(client));
  const auto same = [](const CatalogName& a, const CatalogName& b) { return a.schema == b.schema && a.name == b.name; };
  for (const CatalogName& table : unread) {
    if (std::none_of(left_out.begin(), left_out.end(), [&](const CatalogName& t) { return same(t, table); }))
      left_out.push_back(table);
  }
  std::erase_if(left_out, [&](const CatalogName& table) {
    return !request.schemas.empty() &&
           std::find(request.schemas.begin(), request.schemas.end(), table.schema) == request.schemas.end();
  });
  request.without.insert(request.without.end(), left_out.begin(), left_out.end());
  Result<DatabaseDdl> ddl = DdlInBackground(std::move(request)).Take(visitor);
  if (!ddl.ok()) return ddl;
  for (const CatalogName& table : left_out) {
    PULIH_TRY(visitor.Problem("definition of table " + QualifiedName(table.schema, table.name),
                              Status(Code::in_use, "pg_dump could not lock it, so its definition is not kept")));
  }
  return ddl;
}

// The number that initdb draws; empty where the role may not ask, or the server (before 9.6) has no way to say it. Whether
// it may is asked first: a refusal would end the transaction whose snapshot is being shared.
Result<std::string> ServerIdentifier(PgClient& client) {
  constexpr uint32_t kFirstToTell = 90600;
  if (client.server_version() < kFirstToTell) return std::string();
  PULIH_TRY_ASSIGN(const PgRows may, client.Query("SELECT has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE')"));
  if (may.rows.empty() || may.rows[0].empty() || may.rows[0][0].value_or("") != "t") return std::string();
  PULIH_TRY_ASSIGN(const PgRows rows, client.Query("SELECT system_identifier::text FROM pg_catalog.pg_control_system()"));
  return rows.rows.empty() || rows.rows[0].empty() ? std::string() : rows.rows[0][0].value_or("");
}

// Which tables there are whose rows will not come.
Status TellLeftOut(const DatabaseCatalog& catalog, const std::string& database, RowVisitor& visitor) {
  for (const CatalogProblem& problem : catalog.problems) {
    PULIH_TRY(visitor.Problem(problem.what, problem.why));
    if (!problem.table) continue;
    PULIH_TRY(visitor.Unread({database, problem.table->schema, problem.table->name}, "it could not be read: " + problem.why.message()));
  }
  constexpr const char* kAsAsked = "it was left out, as that backup was asked to";
  for (const CatalogName& table : catalog.excluded) PULIH_TRY(visitor.Unread({database, table.schema, table.name}, kAsAsked));
  if (catalog.wants_large_objects) return OkStatus();
  const TableDescriptor objects = LargeObjectTable(database, "UTF8");
  return visitor.Unread({database, objects.schema, objects.name}, kAsAsked);
}

}  // namespace

Result<std::unique_ptr<PostgresSource>> PostgresSource::Open(const PostgresOptions& options) {
  PULIH_TRY_ASSIGN(PostgresSession session, OpenPostgresSession(options.conninfo));
  PULIH_TRY_ASSIGN(std::string server, ServerIdentifier(*session.client));
  return std::unique_ptr<PostgresSource>(new PostgresSource(options, std::move(session), std::move(server)));
}

Status PostgresSource::Visit(RowVisitor& visitor) {
  PgClient& client = *session_.client;
  Result<DatabaseCatalog> read = ReadCatalog(client, {options_.schemas, options_.exclude_tables});
  if (!read.ok()) return std::move(read).error().Within("reading the catalog of database " + session_.database.name);
  const DatabaseCatalog catalog = std::move(read).value();
  unused_exclusions_ = catalog.unused_exclusions;
  PULIH_TRY(TellLeftOut(catalog, session_.database.name, visitor));

  SchemaDumpRequest dump;
  dump.program = options_.pg_dump_program;
  dump.environment = options_.environment;
  dump.access = client.ForChild();
  dump.snapshot = session_.snapshot;
  dump.encoding = session_.database.encoding;
  dump.schemas = catalog.schemas;
  dump.without = catalog.locked_out;
  DdlInBackground ddl(dump);

  std::vector<std::unique_ptr<PgClient>> others;
  std::vector<PgClient*> clients = {&client};
  while (!session_.snapshot.empty() && clients.size() < options_.jobs && clients.size() < catalog.tables.size()) {
    Result<std::unique_ptr<PgClient>> joined = JoinPostgresSession(session_);
    if (!joined.ok()) break;  // too many connections, say: fewer do, too
    clients.push_back(joined->get());
    others.push_back(std::move(joined).value());
  }
  std::vector<CatalogName> unread;
  PULIH_TRY(ReadTables(clients, catalog.tables, options_, visitor, unread));
  others.clear();

  if (catalog.wants_large_objects) {
    PULIH_TRY(VisitLargeObjects(client, LargeObjectTable(session_.database.name, session_.database.encoding), visitor));
  }
  PULIH_TRY_ASSIGN(const std::vector<SequenceValue> sequences, ReadSequences(client, catalog.sequences, visitor));
  Result<DatabaseDdl> text = ddl.Take(visitor);
  if (text.status().code() == Code::in_use) text = DumpWithoutLocked(client, dump, unread, visitor);
  if (text.status().code() == Code::interrupted) return std::move(text).error();
  if (!text.ok()) PULIH_TRY(visitor.Problem("ddl", text.status()));
  // Files are walked next, perhaps for hours: a transaction that stays open keeps the server from clearing dead rows away.
  session_.client.reset();
  return visitor.Database(session_.database, text.ok() ? *text : DatabaseDdl{}, sequences);
}

}  // namespace pulih
