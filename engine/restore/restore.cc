#include "engine/restore/restore.h"

#include <algorithm>
#include <deque>

#include "engine/browse/browse.h"
#include "engine/os/clock.h"
#include "engine/restore/content_fetcher.h"
#include "engine/restore/file_sink.h"
#include "engine/restore/preview.h"

namespace pulih {
namespace {

// How far planning runs ahead of creating: entries, and plaintext that is decrypted and waits.
constexpr size_t kMaxPlanned = 2048;
constexpr size_t kMaxPlannedBytes = 16u << 20;  // their segments and attributes: large files have many
constexpr size_t kFetchBudget = 24u << 20;
constexpr size_t kMaxListed = 10000;

std::string_view NameOf(std::string_view path) { return path.substr(path.rfind('/') + 1); }

Bytes EndOfSubtree(ByteView key) {
  Bytes end = ToBytes(key);
  end.push_back(0x01);
  return end;
}

bool IsWithin(std::string_view path, std::string_view folder) {
  return path.size() >= folder.size() && path.compare(0, folder.size(), folder) == 0 &&
         (path.size() == folder.size() || folder.empty() || path[folder.size()] == '/');
}

size_t BytesHeld(const PlannedEntry& planned) {
  size_t bytes = planned.segments.size() * sizeof(Segment) + planned.entry.content.segments.size() * sizeof(Segment);
  for (const Xattr& x : planned.xattrs) bytes += 2 * (sizeof x + x.name.size() + x.value.size());
  return bytes;
}

// One restore on its way: what was planned and not yet laid, in order.
class RestoreRun {
 public:
  RestoreRun(ReadSession& session, const RestoreOptions& options, RestoreReport& report, ProgressListener& progress)
      : session_(session), options_(options), report_(report), progress_(progress), fetcher_(session.reader(), options.threads, kFetchBudget) {}

  Status Start() {
    if (options_.dry_run) {
      PULIH_TRY_ASSIGN(preview_, RestorePreview::Open(options_, report_));
      return OkStatus();
    }
    // What fits nothing makes nothing: with patterns the target is opened when there is something to lay.
    return options_.includes.empty() ? OpenTarget() : OkStatus();
  }

  // Whether anything was asked for that is there.
  bool any_fits() const { return any_fits_; }

  // The folders on the way to a path that was asked for, as far as the snapshot has them and they were not laid yet:
  // they get the mode, owner and attributes that they had. Paths come in map order.
  Status RestoreAncestors(const Snapshot& snapshot, const std::string& path) {
    for (size_t slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
      const std::string folder = path.substr(0, slash);
      if (IsWithin(last_ancestor_, folder)) continue;
      auto entry = LookUp(session_, snapshot, folder);
      if (entry.status().code() == Code::not_found) continue;
      if (!entry.ok() || entry->type != FileType::directory) {
        Damaged(folder, "folder", entry.ok() ? Status(Code::corrupt, "it holds something and is none") : entry.status());
        continue;
      }
      last_ancestor_ = folder;
      PlannedEntry planned;
      planned.path = planned.stored_path = folder;
      planned.entry = std::move(entry).value();
      planned.is_way = true;
      PULIH_TRY(options_.includes.empty() ? PlanEntry(std::move(planned)) : Wait(std::move(planned)));
    }
    return OkStatus();
  }

  // `asked` and all below it (empty: everything), laid with `strip` taken off its paths.
  Status RestoreRange(const ObjectId& root, const std::string& asked, const std::string& strip) {
    MapRange range;
    if (!asked.empty()) range = {KeyFromPath(asked), EndOfSubtree(KeyFromPath(asked))};
    Status failure;
    PULIH_TRY(MapScan(
        session_.reader(), root, range,
        [&](ByteView key, ByteView value) {
          failure = Plan(key, value, strip);
          return failure.ok();
        },
        [&](const MapGap& gap) {
          // A gap that begins before what was asked for is told by that.
          const std::string after = AfterGap(gap);
          Damaged(IsWithin(after, asked) ? after : asked, "part of the tree", gap.why);
          return true;
        }));
    return failure;
  }

  Status Finish() {
    while (!planned_.empty()) PULIH_TRY(LayNext());
    return sink_ ? sink_->Finish() : OkStatus();
  }

 private:
  static std::string AfterGap(const MapGap& gap) {
    auto path = PathFromKey(gap.after);
    return path.ok() ? *path : std::string();
  }

  void Damaged(const std::string& path, const char* what, const Status& why) {
    ++report_.damaged_count;
    if (report_.damaged.size() < kMaxListed) report_.damaged.push_back({path, what, why.message()});
  }

  bool Fits(const std::string& path) const {
    if (options_.includes.empty()) return true;
    // A folder that fits brings all that is below it.
    std::string at = path;
    for (;;) {
      if (FitsInclude(at)) return true;
      const size_t slash = at.rfind('/');
      if (slash == std::string::npos) return false;
      at.resize(slash);
    }
  }

  bool FitsInclude(const std::string& path) const {
    return std::any_of(options_.includes.begin(), options_.includes.end(), [&](const std::string& glob) {
      return GlobMatch(glob, glob.find('/') == std::string::npos ? std::string(NameOf(path)) : "/" + path);
    });
  }

  // Below an excluded folder nothing is asked, whatever matches there.
  bool IsBelowExcluded(const std::string& path) {
    if (!excluded_folder_) return false;
    if (IsWithin(path, *excluded_folder_)) return true;
    excluded_folder_.reset();
    return false;
  }

  Status Plan(ByteView key, ByteView value, const std::string& strip) {
    if (progress_.ShouldStop()) return Status(Code::interrupted, "restoring: asked to stop");
    PlannedEntry planned;
    auto path = PathFromKey(key);
    auto entry = DecodeFileEntry(value);
    if (!path.ok() || !entry.ok()) {
      Damaged(path.ok() ? *path : std::string(), "entry", path.ok() ? entry.status() : path.status());
      return OkStatus();
    }
    planned.stored_path = std::move(path).value();
    planned.entry = std::move(entry).value();
    if (IsBelowExcluded(planned.stored_path)) return OkStatus();
    const bool is_folder = planned.entry.type == FileType::directory;
    if (options_.excludes.Excludes("/" + planned.stored_path, is_folder)) {
      if (is_folder) excluded_folder_ = planned.stored_path;
      return OkStatus();
    }
    const bool fits = Fits(planned.stored_path);
    if (!fits && !is_folder) return OkStatus();
    planned.path = planned.stored_path.substr(std::min(planned.stored_path.size(), strip.size()));
    if (!planned.path.empty() && planned.path.front() == '/') planned.path.erase(0, 1);
    // A single file that was asked for keeps its name; a folder's content goes straight into the target.
    if (planned.path.empty() && planned.entry.type != FileType::directory) planned.path = std::string(NameOf(planned.stored_path));
    return fits ? PlanFitting(std::move(planned)) : Wait(std::move(planned));
  }

  // A folder that does not fit itself is laid once something in it does.
  Status Wait(PlannedEntry folder) {
    ForgetOutside(folder.stored_path);
    waiting_.push_back(std::move(folder));
    return OkStatus();
  }

  Status PlanFitting(PlannedEntry planned) {
    any_fits_ = true;
    ForgetOutside(planned.stored_path);
    for (PlannedEntry& folder : waiting_) PULIH_TRY(PlanEntry(std::move(folder)));
    waiting_.clear();
    return PlanEntry(std::move(planned));
  }

  // Entries come in map order: what does not hold this one holds none of those that follow.
  void ForgetOutside(const std::string& path) {
    while (!waiting_.empty() && !IsWithin(path, waiting_.back().stored_path)) waiting_.pop_back();
  }

  Status OpenTarget() {
    PULIH_TRY_ASSIGN(sink_, FileSink::Open(options_, report_));
    return OkStatus();
  }

  // With its segments and attributes it is ready to be laid.
  Status PlanEntry(PlannedEntry planned) {
    auto segments = SegmentsOf(session_.reader(), planned.entry.content);
    auto xattrs = XattrsOf(session_.reader(), planned.entry);
    if (!segments.ok() || !xattrs.ok()) {
      Damaged(planned.stored_path, segments.ok() ? "xattrs" : "content", segments.ok() ? xattrs.status() : segments.status());
      return OkStatus();
    }
    planned.segments = std::move(segments).value();
    planned.xattrs = std::move(xattrs).value();
    if (preview_) {
      if (const Status looked = preview_->Look(planned); !looked.ok()) Damaged(planned.stored_path, "target", looked);
      Tell(planned.stored_path);
      return OkStatus();
    }
    if (!sink_) PULIH_TRY(OpenTarget());
    if (planned.entry.type == FileType::regular) Schedule(planned);
    planned_bytes_ += BytesHeld(planned);
    planned_.push_back(std::move(planned));
    while (planned_.size() >= kMaxPlanned || (planned_bytes_ > kMaxPlannedBytes && planned_.size() > 1)) PULIH_TRY(LayNext());
    return OkStatus();
  }

  // A long file's extents are scheduled a few at a time, while it is laid: the plan must not hold all of them.
  static constexpr size_t kAheadPerFile = 8;
  void Schedule(const PlannedEntry& planned) {
    size_t scheduled = 0;
    for (const Segment& segment : planned.segments) {
      const Extent* extent = std::get_if<Extent>(&segment);
      if (extent != nullptr && scheduled++ < kAheadPerFile) fetcher_.Schedule(extent->object);
    }
  }

  // Reads the extents of one file in order, keeping kAheadPerFile of them scheduled.
  class FileReader {
   public:
    FileReader(ContentFetcher& fetcher, const PlannedEntry& planned) : fetcher_(fetcher) {
      for (const Segment& segment : planned.segments) {
        if (const Extent* extent = std::get_if<Extent>(&segment)) extents_.push_back(extent->object);
      }
    }
    // What was scheduled and is not wanted after all is taken off the fetcher.
    ~FileReader() {
      const size_t scheduled = std::min(extents_.size(), taken_ + kAheadPerFile);
      for (; taken_ < scheduled; ++taken_) (void)fetcher_.Take(extents_[taken_]).ok();
    }
    Result<ByteView> Next(const Extent& extent) {
      auto plain = fetcher_.Take(extent.object);
      ++taken_;
      if (taken_ + kAheadPerFile <= extents_.size()) fetcher_.ScheduleSoon(extents_[taken_ + kAheadPerFile - 1]);
      if (!plain.ok()) return std::move(plain).error();
      held_ = std::move(plain).value();
      return PieceOf(*held_, extent);
    }

   private:
    ContentFetcher& fetcher_;
    std::vector<ObjectId> extents_;
    size_t taken_ = 0;
    std::shared_ptr<const Bytes> held_;
  };

  Status LayNext() {
    const PlannedEntry planned = std::move(planned_.front());
    planned_.pop_front();
    planned_bytes_ -= BytesHeld(planned);
    FileReader reader(fetcher_, planned);
    const auto wanted = sink_->WantsContent(planned);
    Status laid = wanted.status();
    if (wanted.ok() && *wanted) laid = sink_->Lay(planned, [&](const Extent& extent) { return reader.Next(extent); });
    // What one entry meets (something else in its way, a name that this file system does not take, a folder that
    // is not ours) is told, and the others go on. A full or failing disk stops.
    if (laid.code() == Code::no_space || laid.code() == Code::io) return laid;
    if (!laid.ok()) Damaged(planned.stored_path, "target", laid);
    Tell(planned.stored_path);
    return OkStatus();
  }

  void Tell(const std::string& path) {
    Progress progress;
    progress.phase = preview_ ? "comparing" : "restoring";
    progress.files_done = report_.files + report_.hard_links + report_.unchanged;
    progress.files_total = files_total_;
    progress.bytes_done = report_.bytes;
    progress.bytes_total = bytes_total_;
    progress.current = path;
    progress_.Report(progress);
  }

 public:
  uint64_t files_total_ = 0, bytes_total_ = 0;  // when all of the snapshot is restored

 private:
  ReadSession& session_;
  const RestoreOptions& options_;
  RestoreReport& report_;
  ProgressListener& progress_;
  std::unique_ptr<FileSink> sink_;
  std::unique_ptr<RestorePreview> preview_;  // of a dry run, instead
  ContentFetcher fetcher_;
  std::deque<PlannedEntry> planned_;
  size_t planned_bytes_ = 0;
  std::vector<PlannedEntry> waiting_;  // folders, each within the one before it, in which nothing fitted yet
  bool any_fits_ = false;
  std::optional<std::string> excluded_folder_;
  std::string last_ancestor_;
};

// Where a part of the tree is damaged, what would have fitted may have been there.
Status RefuseIfNothingFits(const RestoreRun& run, const RestoreOptions& options, const RestoreReport& report) {
  if (options.includes.empty() || run.any_fits() || report.damaged_count > 0) return OkStatus();
  std::string patterns;
  for (const std::string& pattern : options.includes) patterns += (patterns.empty() ? "" : ", ") + pattern;
  return Status(Code::not_found, "restoring files: " + patterns + ": nothing fits",
                "a pattern without a slash is held against names, one with a slash against whole paths; `pulih ls` and `pulih find` show what there is");
}

}  // namespace

Result<RestoreReport> Restore(ReadSession& session, const Snapshot& snapshot, const RestoreOptions& options, ProgressListener& progress) {
  const double began = MonotonicSeconds();
  PULIH_TRY_ASSIGN(const ObjectId root, FilesRoot(snapshot));
  // Everything that was asked for must be there before anything is written; whether it is cannot be said where the
  // tree is damaged, and then it is reported as that.
  for (const std::string& path : options.paths) {
    const Status there = path.empty() ? OkStatus() : LookUp(session, snapshot, path).status();
    if (!there.ok() && there.code() != Code::corrupt) return there;
  }
  RestoreReport report;
  RestoreRun run(session, options, report, progress);
  PULIH_TRY(run.Start());
  std::vector<std::string> paths = options.paths;
  if (paths.empty() || (paths.size() == 1 && paths[0].empty())) {
    run.files_total_ = snapshot.meta.files;
    run.bytes_total_ = snapshot.meta.bytes;
    PULIH_TRY(run.RestoreRange(root, "", ""));
  } else {
    std::sort(paths.begin(), paths.end(), [](const std::string& a, const std::string& b) { return KeyFromPath(a) < KeyFromPath(b); });
    for (size_t i = 0; i < paths.size(); ++i) {
      if (i > 0 && IsWithin(paths[i], paths[i - 1])) {
        paths[i] = paths[i - 1];  // it comes with the one above it
        continue;
      }
      if (!options.contents_of_path) PULIH_TRY(run.RestoreAncestors(snapshot, paths[i]));
      PULIH_TRY(run.RestoreRange(root, paths[i], options.contents_of_path ? paths[i] : ""));
    }
  }
  PULIH_TRY(RefuseIfNothingFits(run, options, report));
  PULIH_TRY(run.Finish());
  report.rescued = session.reader().rescues();
  report.rescued_count = session.reader().rescue_count();
  report.seconds = MonotonicSeconds() - began;
  return report;
}

}  // namespace pulih
