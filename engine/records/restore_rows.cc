#include "engine/records/restore_rows.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "engine/records/planned_table.h"

namespace pulih {
namespace {

// A live database has other work: what cannot be had soon is not waited for. Rows are compared as text, where a float is
// itself only in all its digits.
constexpr int kLockSeconds = 10;
const std::string kSettings = "SET LOCAL lock_timeout = '" + std::to_string(kLockSeconds) +
                              "s'; SET LOCAL statement_timeout = 0; SET LOCAL extra_float_digits = 1";
constexpr size_t kMaxNameBytes = 63;  // NAMEDATALEN - 1
constexpr std::string_view kSideSuffix = "_pulih";

class RowRestorer {
 public:
  RowRestorer(const RelatedRows& rows, const RestoreRowsOptions& options, RestoreRowsReport& report)
      : rows_(rows), options_(options), report_(report) {}

  Status Run() {
    TellDamage();
    if (rows_.rows.empty()) return OkStatus();
    PULIH_TRY_ASSIGN(client_, ConnectPostgres(options_.conninfo, "pulih records restore"));
    PULIH_TRY(CheckTargetServer(*client_));
    PULIH_TRY_ASSIGN(const PgRows about, client_->Query("SELECT pg_catalog.current_database(), pg_catalog.current_user()"));
    if (!about.rows.empty() && about.rows[0].size() == 2) {
      database_ = "database " + QuoteName(about.rows[0][0].value_or(""));
      role_ = QuoteName(about.rows[0][1].value_or(""));
    }
    PULIH_TRY(client_->Execute("SET client_encoding = " + SqlLiteral(rows_.tables.front().descriptor().encoding)));
    PULIH_TRY(client_->Execute("BEGIN ISOLATION LEVEL REPEATABLE READ"));
    Status done = InTransaction();
    const bool keep = done.ok() && report_.conflicts == 0 && !options_.dry_run;
    // A failed rollback is one of the connection, whose end rolls back as well.
    const Status ended = client_->Execute(keep ? "COMMIT" : "ROLLBACK");
    if (done.code() == Code::io) return Status(done.code(), done.message(), "nothing was changed: the transaction was not finished");
    if (!done.ok()) return Explained(done);
    if (keep && ended.code() == Code::io) {
      return Status(ended.code(), "bringing rows back: committing: " + ended.message(),
                    "whether they are there is not known: give the command again, which leaves alone what is there");
    }
    if (keep && !ended.ok()) return Status(ended).Within("bringing rows back: committing");
    report_.committed = keep;
    return OkStatus();
  }

 private:
  // The server's own words say neither where nor, of a right or a lock, what to do.
  Status Explained(const Status& failure) const {
    const bool is_told = failure.message().starts_with("bringing rows back");
    std::string message = is_told ? failure.message() : "bringing rows back: " + database_ + ": " + failure.message();
    switch (failure.code()) {
      case Code::denied:
        return Status(failure.code(), std::move(message),
                      "nothing was changed; role " + role_ + " may not do that: connect as the owner of the tables, or as a role like pulih_restore in docs/records.md");
      case Code::in_use:
        return Status(failure.code(), std::move(message),
                      "nothing was changed; somebody kept a table locked for " + std::to_string(kLockSeconds) + " s: try again later");
      default: return Status(failure.code(), std::move(message), failure.hint());
    }
  }

  // A tender with half of what hangs on it would look whole.
  void TellDamage() {
    report_.conflicts = rows_.damaged.size();
    if (!rows_.damaged.empty())
      report_.warnings.push_back("rows that belong to these may be missing, so nothing is written");
  }

  Status InTransaction() {
    PULIH_TRY(client_->Execute(kSettings));
    PULIH_TRY(Plan());
    const bool in_rows = CountConflicts();
    // Where it cannot be kept, only a dry run has a reason to try.
    return in_rows || (!rows_.damaged.empty() && !options_.dry_run) ? OkStatus() : Write();
  }

  Status Plan() {
    for (const RelatedRow& row : rows_.rows) {
      const TableReader& table = rows_.tables[row.table];
      RowPlan& plan = report_.plan.emplace_back();
      plan.table = TableRootName(table.descriptor());
      plan.key = table.KeyText(row.row);
    }
    PULIH_TRY_ASSIGN(const TargetTypes types, TargetTypes::Read(*client_));
    for (size_t i = 0; i < rows_.tables.size(); ++i) {
      std::vector<size_t> places;
      for (size_t row = 0; row < rows_.rows.size(); ++row) {
        if (rows_.rows[row].table == i) places.push_back(row);
      }
      if (places.empty()) continue;
      tables_.emplace_back(*client_, rows_.tables[i], tables_.size(), options_.mode, report_);
      PULIH_TRY(tables_.back().Prepare(types, std::move(places)));
      if (tables_.back().is_usable()) PULIH_TRY(tables_.back().Stage(rows_, types));
    }
    for (PlannedTable& table : tables_) PULIH_TRY(table.Check(tables_));
    return OkStatus();
  }

  // Whether rows are in conflict.
  bool CountConflicts() {
    report_.conflicts = report_.same = report_.left = 0;
    for (const RowPlan& plan : report_.plan) {
      report_.conflicts += plan.fate == RowFate::conflict;
      report_.same += plan.fate == RowFate::same;
      report_.left += plan.fate == RowFate::differs;
    }
    const bool in_rows = report_.conflicts > 0;
    report_.conflicts += rows_.damaged.size();
    return in_rows;
  }

  // On a dry run as well: only the server knows all that it will refuse.
  Status Write() {
    PULIH_TRY(client_->Execute("SET CONSTRAINTS ALL DEFERRED"));
    // One round, but for rows that point at each other: each round inserts what the one before has made possible.
    for (uint64_t inserted = 1; inserted > 0;) {
      inserted = 0;
      for (PlannedTable& table : tables_) {
        PULIH_TRY_ASSIGN(const uint64_t rows, table.InsertReady(tables_));
        inserted += rows;
      }
      report_.inserted += inserted;
    }
    for (PlannedTable& table : tables_) PULIH_TRY(table.RefuseRest());
    if (FoundConflicts()) return OkStatus();
    for (PlannedTable& table : tables_) {
      PULIH_TRY_ASSIGN(const uint64_t rows, table.Overwrite());
      report_.overwritten += rows;
    }
    if (const Status checked = client_->Execute("SET CONSTRAINTS ALL IMMEDIATE"); !checked.ok())
      return Status(checked).Within("bringing rows back: checking deferred constraints");
    // Triggers have had their say: what they left is compared once more.
    for (PlannedTable& table : tables_) PULIH_TRY(table.CheckWritten());
    FoundConflicts();
    return OkStatus();
  }

  // What was written before a conflict was found is taken back.
  bool FoundConflicts() {
    if (!CountConflicts()) return false;
    report_.inserted = report_.overwritten = 0;
    return true;
  }

  const RelatedRows& rows_;
  const RestoreRowsOptions& options_;
  RestoreRowsReport& report_;
  std::unique_ptr<PgClient> client_;
  std::string database_ = "the database", role_;
  std::vector<PlannedTable> tables_;
};

}  // namespace

std::string SideTableName(const std::string& name) {
  size_t length = std::min(name.size(), kMaxNameBytes - kSideSuffix.size());
  while (length > 0 && length < name.size() && (static_cast<unsigned char>(name[length]) & 0xc0) == 0x80) --length;
  return name.substr(0, length) + std::string(kSideSuffix);
}

Result<RestoreRowsReport> RestoreRows(const RelatedRows& rows, const RestoreRowsOptions& options) {
  RestoreRowsReport report;
  PULIH_TRY(RowRestorer(rows, options, report).Run());
  return report;
}

}  // namespace pulih
