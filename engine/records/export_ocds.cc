#include "engine/records/export_ocds.h"

#include <algorithm>

#include "engine/base/time_text.h"
#include "engine/os/atomic_file.h"
#include "engine/os/file_name.h"
#include "engine/records/tender_join.h"

namespace pulih {
namespace {

constexpr size_t kBufferBytes = 256u << 10;

// Who publishes: as the application's settings name the LPSE; else the database, else the machine.
std::string PublisherOf(ReadSession& session, const Snapshot& snapshot, const SpseDatabase& database) {
  const std::string otherwise = database.database.empty() ? snapshot.content->host : database.database;
  auto listed = OpenTable(session, snapshot, {database.database, database.schema, "configuration"});
  if (!listed.ok() || !*listed) return otherwise;
  const TableReader settings(session, std::move(**listed));
  const auto value = ColumnNamed(settings.descriptor(), "cfg_value");
  const auto key = settings.KeyOf("cfg_category=CONFIG,cfg_sub_category=ppe.nama");
  if (!value || !key.ok()) return otherwise;
  const auto row = settings.Get(*key);
  if (!row.ok() || !*row) return otherwise;
  auto name = ColumnText(settings, **row, *value);
  return name.ok() && *name && !(*name)->empty() && (*name)->size() <= kMaxSpseText ? std::move(**name) : otherwise;
}

// A name of its own for each package, that stays the same from export to export.
std::string UriOf(const Snapshot& snapshot, const SpseDatabase& database) {
  static constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string uri = "urn:pulih:" + snapshot.id.hex() + ":";
  for (const char c : database.database + (database.schema.empty() ? "" : "." + database.schema)) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
    if (is_plain) {
      uri += c;
    } else {
      uri += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
    }
  }
  return uri;
}

// Tables from files have no database; there is one such set at most.
std::string PackageFileName(const SpseDatabase& database, bool several) {
  const auto part = [&](const std::string& name) { return name.empty() ? std::string() : FileNamePart(name) + "."; };
  return (several ? part(database.database) + part(database.schema == "public" ? "" : database.schema) : "") + "releases.json";
}

// One package into one file, release by release.
class PackageWriter {
 public:
  PackageWriter(NewFile& file, ExportedTable& report) : file_(file), report_(report) {}

  void Begin(const std::string& head) { buffer_ += head; }
  Status Add(const Json& release) {
    buffer_ += report_.rows == 0 ? "\n" : ",\n";
    WriteJson(release, buffer_);
    ++report_.rows;
    return buffer_.size() >= kBufferBytes ? Flush() : OkStatus();
  }
  Status End() {
    buffer_ += std::string(report_.rows == 0 ? "" : "\n") + ocds::kPackageTail;
    return Flush();
  }

 private:
  Status Flush() {
    report_.bytes += buffer_.size();
    PULIH_TRY(file_.Append(AsBytes(buffer_)));
    buffer_.clear();
    return OkStatus();
  }

  NewFile& file_;
  ExportedTable& report_;
  std::string buffer_;
};

Status WriteReleases(const SpseDatabase& database, RowSorter& sorter, const ocds::ReleaseOptions& options, PackageWriter& package, ExportReport& report,
                     const ExportedTable& exported, ProgressListener& progress) {
  PULIH_TRY(CollectTenderRows(database, sorter, report.damaged, progress));
  TenderJoin join(database, report.damaged, [&](const ocds::Tender& tender) -> Status {
    PULIH_TRY_ASSIGN(const Json release, ocds::ReleaseOf(tender, options));
    progress.Report({.phase = "exporting", .bytes_done = exported.bytes, .current = exported.table});
    if (progress.ShouldStop()) return Status(Code::interrupted, "exporting: asked to stop");
    return package.Add(release);
  });
  PULIH_TRY(sorter.Drain([&](ByteView key, ByteView value) { return join.Take(key, value); }));
  return join.Finish();
}

}  // namespace

Result<ExportReport> ExportOcds(ReadSession& session, const Snapshot& snapshot, const OcdsExportOptions& options, FileSystem& files, RandomSource& random,
                                ProgressListener& progress) {
  PULIH_TRY_ASSIGN(const std::vector<SpseDatabase> databases, FindSpseDatabases(session, snapshot));
  PULIH_TRY(MakeDirectories(files, options.directory));
  ExportReport report;
  RowSorter sorter(options.sorting, random);
  for (const SpseDatabase& database : databases) {
    ExportedTable exported;
    exported.table = database.table(SpseTableId::tender).name();
    exported.file = PackageFileName(database, databases.size() > 1);
    for (const std::string& column : database.lacking) report.notes.push_back(DatabaseRootName(database.database) + ": it has no column " + column);
    PULIH_TRY_ASSIGN(const auto file, files.Create(options.directory));
    PackageWriter package(*file, exported);
    package.Begin(ocds::PackageHead(UriOf(snapshot, database), PublisherOf(session, snapshot, database), FormatUtc(snapshot.meta.time_ns)));
    sorter.Reset();
    PULIH_TRY(WriteReleases(database, sorter, options.release, package, report, exported, progress));
    PULIH_TRY(package.End());
    PULIH_TRY(file->Sync());
    PULIH_TRY(file->PublishAs(options.directory + "/" + exported.file).Within("exporting " + exported.table));
    report.tables.push_back(std::move(exported));
  }
  PULIH_TRY(files.SyncDirectory(options.directory));
  return report;
}

}  // namespace pulih
