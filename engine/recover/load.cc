#include "engine/recover/load.h"

#include <algorithm>
#include <deque>
#include <memory>

#include "engine/records/target_catalog.h"
#include "engine/recover/load_keys.h"
#include "engine/recover/load_provenance.h"
#include "engine/recover/load_table.h"

namespace pulih {
namespace {

// Values come and go as PostgreSQL writes them by itself, whatever the server's and the role's settings are. A live database
// has other work: what is locked is not waited for.
constexpr const char* kSettings =
    "SET client_encoding = 'UTF8'; SET standard_conforming_strings = on; SET statement_timeout = 0; SET "
    "idle_in_transaction_session_timeout = 0;"
    "SET lock_timeout = '10s'; SET datestyle = 'ISO, YMD'; SET intervalstyle = 'postgres'; SET timezone = 'UTC'; SET "
    "extra_float_digits = 1; SET bytea_output = 'hex';"
    "SET lc_monetary = 'C'; SET xmloption = 'content'; SET client_min_messages = warning; SET row_security = off; SET "
    "synchronous_commit = on";

class Loader {
 public:
  Loader(Case& of, const LoadOptions& options, ProgressListener& progress, LoadReport& report)
      : of_(of), options_(options), progress_(progress), report_(report) {}

  Status Run() {
    PULIH_TRY_ASSIGN(rows_, RebuiltRows::Open(of_));
    PULIH_TRY_ASSIGN(client_, ConnectPostgres(options_.conninfo, "pulih recover load"));
    PULIH_TRY(CheckTargetServer(*client_));
    PULIH_TRY(client_->Execute(kSettings));
    PULIH_TRY(client_->Execute("BEGIN"));
    const Status done = InTransaction();
    const bool has_conflicts = report_.Sum(&LoadedTable::conflicts) > 0 && !options_.skip_existing;
    const bool keep = done.ok() && !has_conflicts && !options_.dry_run;
    const Status ended = client_->Execute(keep ? "COMMIT" : "ROLLBACK");
    // What a server refuses is no mistake in the words that were given to this program.
    if (!done.ok())
      return Status(done.code() == Code::invalid ? Code::io : done.code(), done.message(),
                    done.hint().empty() ? "nothing was changed: the transaction was not finished" : done.hint());
    if (keep && !ended.ok()) {
      return Status(
          ended.code(), "loading: committing: " + ended.message(),
          ended.code() == Code::io
              ? "whether the rows are there is not known: give the command again, which leaves alone what is there"
              : "nothing was changed");
    }
    report_.committed = keep;
    if (!keep) report_.load = 0;
    return OkStatus();
  }

 private:
  Status InTransaction() {
    PULIH_TRY(MakeProvenance(*client_));
    PULIH_TRY_ASSIGN(load_, BeginLoad(*client_, of_, *rows_, options_));
    report_.load = CountIn(load_);
    PULIH_TRY(StageAll());
    PULIH_TRY(CompareAll());
    if (report_.Sum(&LoadedTable::conflicts) > 0 && !options_.skip_existing) return OkStatus();
    PULIH_TRY(InsertAll());
    PULIH_TRY(RecordFields());
    // Last: what setval does stays when the transaction is taken back.
    return LookAtSequences();
  }

  Status StageAll() {
    report_.tables.resize(rows_->tables().size());
    for (size_t i = 0; i < rows_->tables().size(); ++i) {
      const RebuiltTable& table = rows_->tables()[i];
      report_.tables[i].table = table.name;
      LoadTable& one = tables_.emplace_back(*client_, table, i, report_.tables[i]);
      PULIH_TRY_ASSIGN(const bool found, one.Prepare(report_));
      if (!found) {
        PULIH_TRY(CountOnly(table, report_.tables[i]));
        tables_.pop_back();
        continue;
      }
      PULIH_TRY(one.Stage(*rows_, options_.worst, progress_));
      PULIH_TRY(one.Check());
    }
    return rows_->ScanUnassigned([&](StoredClaim& stored) -> Result<bool> {
      if (stored.claim.grade != Grade::f) ++report_.unassigned;
      return true;
    });
  }

  Status CountOnly(const RebuiltTable& table, LoadedTable& counts) {
    return rows_->Scan(
        table, "counting", progress_,
        [&](const RebuiltRow&) -> Result<bool> {
          ++counts.rows;
          return true;
        },
        &counts.deleted);
  }

  Status CompareAll() {
    for (LoadTable& table : tables_) {
      progress_.Report({.phase = "comparing", .current = table.rebuilt().name});
      PULIH_TRY(table.CompareWithTarget());
      PULIH_TRY(table.Tell(load_, report_));
    }
    return OkStatus();
  }

  Status InsertAll() {
    std::vector<LoadTable*> tables;
    for (LoadTable& table : tables_) tables.push_back(&table);
    LoadKeys keys(*client_, std::move(tables));
    PULIH_TRY(keys.FindOrphans(load_, report_));
    PULIH_TRY_ASSIGN(const std::vector<LoadTable*> order, keys.Open());
    for (LoadTable* table : order) {
      progress_.Report({.phase = "inserting", .current = table->rebuilt().name});
      if (progress_.ShouldStop()) return Status(Code::interrupted, "loading: asked to stop");
      PULIH_TRY(table->Insert());
    }
    PULIH_TRY(keys.Close(report_));
    return client_->Execute("UPDATE provenance.loads SET rows = " + std::to_string(report_.Sum(&LoadedTable::loaded)) +
                            " WHERE load = " + load_);
  }

  // Sequences that columns take their values from, and that would give next what is there already.
  Status LookAtSequences() {
    for (const LoadTable& table : tables_) {
      for (const TargetColumn& column : table.target().columns) {
        if (!table.Loads(column.name)) continue;
        PULIH_TRY_ASSIGN(const PgRows found, client_->Query("SELECT pg_catalog.pg_get_serial_sequence($1, $2)",
                                                            {table.target().sql_name(), column.name}));
        if (found.rows.empty() || !found.rows[0][0]) continue;
        PULIH_TRY(LookAtSequence(*found.rows[0][0], table, column.name));
      }
    }
    return OkStatus();
  }

  Status LookAtSequence(const std::string& sequence, const LoadTable& table, const std::string& column) {
    const std::string next =
        "(SELECT CASE WHEN is_called THEN last_value + 1 ELSE last_value END FROM " + sequence + ")";
    PULIH_TRY_ASSIGN(const PgRows rows, client_->Query("SELECT " + next + ", max(" + SqlName(column) + "), max(" +
                                                       SqlName(column) + ") >= " + next + " FROM " + table.typed()));
    if (rows.rows.empty() || rows.rows[0].size() != 3 || rows.rows[0][2] != "t") return OkStatus();
    LoadSequence& told =
        report_.sequences.emplace_back(LoadSequence{sequence, table.rebuilt().name + "." + column,
                                                    rows.rows[0][0].value_or(""), rows.rows[0][1].value_or(""), false});
    if (!options_.set_sequences || options_.dry_run) return OkStatus();
    PULIH_TRY(client_->Query("SELECT pg_catalog.setval($1::pg_catalog.regclass, $2::bigint)", {sequence, told.highest})
                  .status());
    told.set = true;
    return OkStatus();
  }

  Status RecordFields() {
    FieldRecorder recorder(*client_, load_, of_, *rows_);
    for (LoadTable& table : tables_) {
      PULIH_TRY_ASSIGN(const std::vector<LoadFate> fates, table.Fates());
      PULIH_TRY(recorder.Record(table, options_.worst, fates, progress_));
    }
    return OkStatus();
  }

  Case& of_;
  const LoadOptions& options_;
  ProgressListener& progress_;
  LoadReport& report_;
  std::unique_ptr<RebuiltRows> rows_;
  std::unique_ptr<PgClient> client_;
  std::deque<LoadTable> tables_;
  std::string load_;
};

}  // namespace

Result<LoadReport> LoadCase(Case& of, const LoadOptions& options, ProgressListener& progress) {
  LoadReport report;
  PULIH_TRY(Loader(of, options, progress, report).Run());
  return report;
}

}  // namespace pulih
