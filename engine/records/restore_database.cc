#include "engine/records/restore_database.h"

#include <algorithm>
#include <chrono>
#include <set>
#include <utility>

#include "engine/records/large_objects.h"
#include "engine/records/sql_script.h"
#include "engine/records/table_copies.h"

namespace pulih {
namespace {

constexpr size_t kShownStatement = 160;

// What a database has beyond what a new one is made with: a line of words for each.
constexpr const char* kWhatIsThere =
    "WITH members AS (SELECT classid, objid FROM pg_catalog.pg_depend WHERE deptype = 'e'),"
    " spaces AS (SELECT oid, nspname FROM pg_catalog.pg_namespace n WHERE nspname <> 'information_schema' AND nspname "
    "!~ '^pg_'"
    "  AND NOT EXISTS (SELECT FROM members m WHERE m.classid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND "
    "m.objid = n.oid))"
    " SELECT * FROM (SELECT 'schema ' || pg_catalog.quote_ident(nspname) FROM spaces WHERE nspname <> 'public'"
    "  ORDER BY nspname <> 'pulih_unfinished_restore') there"
    " UNION ALL SELECT CASE c.relkind WHEN 'v' THEN 'view ' WHEN 'm' THEN 'view ' WHEN 'S' THEN 'sequence ' WHEN 'c' "
    "THEN 'type ' ELSE 'table ' END"
    "  || pg_catalog.quote_ident(s.nspname) || '.' || pg_catalog.quote_ident(c.relname) FROM pg_catalog.pg_class c "
    "JOIN spaces s ON s.oid = c.relnamespace"
    "  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f', 'c') AND NOT EXISTS (SELECT FROM members m"
    "  WHERE m.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND m.objid = c.oid)"
    " UNION ALL SELECT 'function ' || pg_catalog.quote_ident(s.nspname) || '.' || pg_catalog.quote_ident(p.proname)"
    "  FROM pg_catalog.pg_proc p JOIN spaces s ON s.oid = p.pronamespace WHERE NOT EXISTS (SELECT FROM members m"
    "  WHERE m.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND m.objid = p.oid)"
    " UNION ALL SELECT 'type ' || pg_catalog.quote_ident(s.nspname) || '.' || pg_catalog.quote_ident(t.typname)"
    "  FROM pg_catalog.pg_type t JOIN spaces s ON s.oid = t.typnamespace WHERE t.typtype IN ('d', 'e', 'r') AND NOT "
    "EXISTS (SELECT FROM members m"
    "  WHERE m.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND m.objid = t.oid)"
    " UNION ALL SELECT 'large object ' || oid FROM pg_catalog.pg_largeobject_metadata";

// Materialized views without rows, in an order in which most can be filled: one that reads another has the higher number.
constexpr const char* kEmptyViews =
    "SELECT pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname) FROM pg_catalog.pg_class c"
    " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'm' AND NOT c.relispopulated ORDER BY "
    "c.oid";
// Tables with rows of their own, but for those of extensions, which fill them.
constexpr const char* kTables =
    "SELECT n.nspname, c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    " WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'"
    " AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.deptype = 'e'"
    "  AND d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid) ORDER BY 1, 2";

// SQLSTATEs.
constexpr const char* kDuplicateSchema = "42P06";  // duplicate_schema
constexpr const char* kUndefinedTable = "42P01";   // undefined_table
constexpr const char* kNoParent = "23503";         // foreign_key_violation

// Stands in the target from its first statement to its last. A rebuild that was cut off leaves tables that may all be
// there, and all their rows, but no keys and no triggers: nobody is to take that for a database.
constexpr const char* kUnfinished = "pulih_unfinished_restore";
constexpr const char* kBeginMark =
    "CREATE SCHEMA pulih_unfinished_restore;COMMENT ON SCHEMA pulih_unfinished_restore IS"
    " 'This database is being rebuilt by pulih, or that was cut off: then drop it, make it anew and start again.'";
constexpr const char* kEndMark = "DROP SCHEMA pulih_unfinished_restore";
// As pg_dump writes it: then the snapshot is of such a database.
constexpr const char* kMarkInScript = "\nCREATE SCHEMA pulih_unfinished_restore;\n";

class DatabaseRestorer {
 public:
  DatabaseRestorer(ReadSession& session, const Snapshot& snapshot, const RestoreDatabaseOptions& options,
                   ProgressListener& progress)
      : session_(session), snapshot_(snapshot), options_(options), progress_(progress) {}

  Status Run(RestoreDatabaseReport& report) {
    report_ = &report;
    PULIH_TRY(ChooseDatabase());
    PULIH_TRY(ReadParts());
    PULIH_TRY(RefuseWithoutDefinitions());
    PULIH_TRY_ASSIGN(client_, ConnectPostgres(options_.conninfo, "pulih restore"));
    PULIH_TRY(CheckTargetServer(*client_));
    PULIH_TRY(RefuseUnlessEmpty());
    PULIH_TRY(PutMark());
    // From here on a failure leaves the target half built.
    Status built = Build();
    if (built.ok()) return built;
    // What the server refuses of a snapshot is no mistake in the command line.
    const Code code = built.code() == Code::invalid ? Code::unsupported : built.code();
    return Status(code, What() + ": " + built.message(),
                  std::string("the target is half built, which its schema ") + kUnfinished +
                      " says: drop it, make it anew and start again");
  }

 private:
  std::string What() const { return "restoring database " + QuoteName(report_->database); }

  Status ChooseDatabase() {
    PULIH_TRY_ASSIGN(const std::vector<std::string> names, DatabaseNames(snapshot_));
    const std::string snapshot = "snapshot " + snapshot_.id.hex().substr(0, 8);
    if (names.empty()) {
      return Status(Code::not_found, "restoring a database: " + snapshot + " holds none",
                    "`pulih records tables` lists what it has");
    }
    report_->database = options_.database;
    if (!options_.database.empty()) return OkStatus();  // ReadDatabase says when it is not there
    if (names.size() == 1) {
      report_->database = names.front();
      return OkStatus();
    }
    std::string list;
    for (const std::string& name : names) list += (list.empty() ? "" : ", ") + QuoteName(name);
    return Status(Code::invalid, "restoring a database: " + snapshot + " holds several", "say which: " + list);
  }

  Status ReadParts() {
    PULIH_TRY_ASSIGN(parts_, ReadDatabase(session_, snapshot_, report_->database));
    PULIH_TRY_ASSIGN(std::vector<ListedTable> listed, ListTables(session_, snapshot_));
    for (ListedTable& table : listed) {
      if (table.descriptor.database != report_->database || table.descriptor.origin != TableOrigin::postgres) continue;
      auto& into = IsLargeObjects(table.descriptor) ? large_objects_ : tables_;
      into.emplace_back(session_, std::move(table));
    }
    return OkStatus();
  }

  // Even of a database without a table pg_dump has something to say.
  Status RefuseWithoutDefinitions() const {
    if (!parts_.ddl_before_data.empty() || !parts_.ddl_after_data.empty()) return OkStatus();
    return Status(
        Code::unsupported,
        What() +
            ": the snapshot has no definitions of its tables: pg_dump was not there or failed when it "
            "was taken, as that backup said",
        "make the tables by other means: `pulih records restore` and `pulih records export` bring their rows");
  }

  Status RefuseUnlessEmpty() {
    PULIH_TRY_ASSIGN(const PgRows rows, client_->Query(std::string(kWhatIsThere) + " LIMIT 4"));
    if (rows.rows.empty()) return OkStatus();
    std::string there;
    for (size_t i = 0; i < rows.rows.size() && i < 3; ++i) {
      if (!rows.rows[i].empty()) there += (there.empty() ? "" : ", ") + rows.rows[i].front().value_or("");
    }
    if (rows.rows.size() > 3) there += " and more";
    if (there.find(kUnfinished) != std::string::npos) return HalfBuilt();
    return Status(Code::already_exists, What() + ": the target is not empty: it has " + there,
                  "a whole database goes into a new one (createdb); rows of it go anywhere: `pulih records restore`");
  }

  Status HalfBuilt() const {
    return Status(Code::already_exists,
                  What() + ": the target is half built: a restore into it was cut off, or is going on",
                  "drop it, make it anew and start again");
  }

  // One statement for the server, so the target is as it was when this fails.
  Status PutMark() {
    const Status made = client_->Execute(kBeginMark);
    if (made.ok()) return made;
    if (client_->last_sqlstate() == kDuplicateSchema) return HalfBuilt();  // by another, since we looked
    return Status(
        made.code(), What() + ": making schema " + kUnfinished + ": " + made.message(),
        made.code() == Code::denied ? "nothing was changed; this role may not write here: whoever rebuilds a database must own it" : "");
  }

  Status Build() {
    const std::string& encoding = parts_.descriptor.encoding;
    if (const std::string theirs = client_->Parameter("server_encoding"); theirs != encoding) {
      report_->warnings.push_back("the target's encoding is " + theirs + ", the snapshot's " + encoding +
                                  ": text is converted on its way");
    }
    PULIH_TRY(PrepareRestoreSession(*client_, encoding));
    PULIH_TRY(RunScript(parts_.ddl_before_data, "making types and tables"));
    PULIH_TRY(PrepareRestoreSession(*client_, encoding));
    PULIH_TRY(FindTablesWithoutRows());
    PULIH_TRY(CopyRows());
    PULIH_TRY(MakeLargeObjects());
    PULIH_TRY(SetSequences());
    PULIH_TRY(RunScript(parts_.ddl_after_data, "making constraints and indexes"));
    PULIH_TRY(PrepareRestoreSession(*client_, encoding));
    PULIH_TRY(FillViews());
    // Also makes all that was written durable: it is the first commit that waits for the disk.
    PULIH_TRY(Step("analysing"));
    PULIH_TRY(client_->Execute("SET synchronous_commit = on;ANALYZE"));
    return TakeMarkAway();
  }

  Status TakeMarkAway() {
    if (parts_.ddl_before_data.find(kMarkInScript) != std::string::npos) {
      const std::string why =
          std::string("schema ") + kUnfinished +
          ": stays: the snapshot was taken of a database that was being rebuilt, or half rebuilt: rows, keys "
          "and triggers may be missing in it";
      report_->warnings.push_back(why);
      report_->damaged.push_back(why);
      return OkStatus();
    }
    const Status done = client_->Execute(kEndMark);
    // A database may have event triggers, which have come back by now and forbid it. All is there; only this is not gone.
    if (done.ok() || done.code() == Code::io || done.code() == Code::interrupted) return done;
    LeftOut(kEndMark, done.message() + ": all else is done: drop this schema by hand");
    return OkStatus();
  }

  Status Step(std::string_view phase) {
    if (progress_.ShouldStop()) return Status(Code::interrupted, "asked to stop");
    Progress now;
    now.phase = phase;
    now.files_done = report_->tables;
    now.files_total = tables_.size();
    now.bytes_done = report_->bytes;
    progress_.Report(now);
    return OkStatus();
  }

  Status RunScript(std::string_view script, std::string_view phase) {
    return ForEachStatement(script, [&](std::string_view statement) -> Status {
      PULIH_TRY(Step(phase));
      const StatementKind kind = KindOfStatement(statement);
      if (kind == StatementKind::owner && options_.no_owner) return OkStatus();
      if (kind == StatementKind::privileges && options_.no_privileges) return OkStatus();
      Status done = client_->Execute(std::string(statement));
      if (done.ok()) return done;
      const std::string what =
          std::string(statement.substr(0, kShownStatement)) + (statement.size() > kShownStatement ? "…" : "");
      if (client_->last_sqlstate() == kDuplicateSchema) return OkStatus();  // public, which a new database has
      if (LacksOthers()) {
        LeftOut(what, done.message());
        return OkStatus();
      }
      // Roles and settings that the target lacks: what it is told without them is worth having.
      if (kind != StatementKind::other && done.code() != Code::io && done.code() != Code::interrupted) {
        report_->warnings.push_back(what + ": " + done.message());
        return OkStatus();
      }
      return Status(done.code(), what + ": " + done.message(), done.hint());
    });
  }

  // Whether the last statement failed for a table, or rows of one, that are not there. What the snapshot has was
  // consistent at one moment, so they are mostly what it does not have; in a source whose constraints did not hold any more
  // (a damaged index) it can be the source. Either way the statement is left out and told, and the rest goes on.
  bool LacksOthers() const {
    const std::string state = client_->last_sqlstate();
    return state == kUndefinedTable || state == kNoParent;
  }

  // A person reads the warning; that the database is not whole follows from the other.
  void LeftOut(const std::string& what, const std::string& why) {
    report_->warnings.push_back(what + ": " + why);
    report_->damaged.push_back(what + ": left out: " + why);
  }

  // Excluded, locked, or not to be read when the snapshot was taken: such a table comes back, but empty.
  Status FindTablesWithoutRows() {
    PULIH_TRY_ASSIGN(const PgRows there, client_->Query(kTables));
    std::set<std::pair<std::string, std::string>> captured;
    for (const TableReader& table : tables_) captured.insert({table.descriptor().schema, table.descriptor().name});
    for (const auto& row : there.rows) {
      if (row.size() < 2 || captured.count({row[0].value_or(""), row[1].value_or("")}) != 0) continue;
      const std::string what = "table " + QualifiedName(row[0].value_or(""), row[1].value_or(""));
      report_->warnings.push_back(what + ": comes back empty: the snapshot does not have its rows");
      report_->damaged.push_back(what + ": the snapshot does not have its rows");
    }
    return OkStatus();
  }

  Status CopyRows() {
    TableCopiesReport copies;
    const Status copied = CopyTables(tables_, {options_.conninfo, options_.jobs}, progress_, copies);
    report_->tables = copies.tables;
    report_->rows = copies.rows;
    report_->bytes = copies.bytes;
    report_->damaged.insert(report_->damaged.end(), copies.damaged.begin(), copies.damaged.end());
    report_->warnings.insert(report_->warnings.end(), copies.warnings.begin(), copies.warnings.end());
    return copied;
  }

  Status MakeLargeObjects() {
    for (const TableReader& table : large_objects_) {
      PULIH_TRY(Step("restoring large objects"));
      LargeObjectsReport objects;
      const LargeObjectsOptions with{!options_.no_owner, !options_.no_privileges};
      const Status made = RestoreLargeObjects(
          *client_, table, with, [&] { return progress_.ShouldStop(); }, objects);
      report_->large_objects += objects.objects;
      report_->bytes += objects.bytes;
      report_->damaged.insert(report_->damaged.end(), objects.damaged.begin(), objects.damaged.end());
      report_->warnings.insert(report_->warnings.end(), objects.warnings.begin(), objects.warnings.end());
      PULIH_TRY(made);
    }
    return OkStatus();
  }

  Status SetSequences() {
    for (const SequenceValue& sequence : parts_.sequences) {
      const std::string name = SqlName(sequence.schema) + "." + SqlName(sequence.name);
      auto set = client_->Query("SELECT pg_catalog.setval($1::pg_catalog.regclass, $2::bigint, $3::boolean)",
                                {name, std::to_string(sequence.last_value), sequence.is_called ? "true" : "false"});
      if (!set.ok() && LacksOthers()) {
        LeftOut("sequence " + name, set.status().message());
        continue;
      }
      if (!set.ok()) return std::move(set).error().Within("setting sequence " + name);
      ++report_->sequences;
    }
    return OkStatus();
  }

  // A view may read others that must be filled first, whatever their numbers: rounds, as long as one gets a view further.
  Status FillViews() {
    for (;;) {
      PULIH_TRY_ASSIGN(const PgRows views, client_->Query(kEmptyViews));
      size_t filled = 0;
      std::vector<std::string> empty;
      for (const auto& row : views.rows) {
        if (row.empty() || !row.front()) continue;
        PULIH_TRY(Step("filling views"));
        const Status done = client_->Execute("REFRESH MATERIALIZED VIEW " + *row.front());
        if (done.code() == Code::io) return done;
        if (done.ok()) {
          ++filled;
        } else {
          empty.push_back("view " + *row.front() + ": comes back empty: it could not be filled: " + done.message());
        }
      }
      if (filled > 0) continue;
      report_->warnings.insert(report_->warnings.end(), empty.begin(), empty.end());
      report_->damaged.insert(report_->damaged.end(), empty.begin(), empty.end());
      return OkStatus();
    }
  }

  ReadSession& session_;
  const Snapshot& snapshot_;
  const RestoreDatabaseOptions& options_;
  ProgressListener& progress_;
  RestoreDatabaseReport* report_ = nullptr;
  DatabaseParts parts_;
  std::vector<TableReader> tables_, large_objects_;
  std::unique_ptr<PgClient> client_;
};

}  // namespace

Result<RestoreDatabaseReport> RestoreDatabase(ReadSession& session, const Snapshot& snapshot,
                                              const RestoreDatabaseOptions& options, ProgressListener& progress) {
  const auto start = std::chrono::steady_clock::now();
  RestoreDatabaseReport report;
  PULIH_TRY(DatabaseRestorer(session, snapshot, options, progress).Run(report));
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return report;
}

}  // namespace pulih
