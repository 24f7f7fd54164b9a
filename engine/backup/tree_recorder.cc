#include "engine/backup/tree_recorder.h"

#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/byte_reader.h"

namespace pulih {
namespace {

std::string_view NameOf(std::string_view path) {
  const size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

// As the walk counts them (file_stat.cc): times beyond the year 2262 wrap, and still tell a change.
int64_t NanosecondsOf(const struct timespec& t) {
  return static_cast<int64_t>(static_cast<uint64_t>(t.tv_sec) * 1'000'000'000u + static_cast<uint64_t>(t.tv_nsec));
}

size_t XattrSize(const std::vector<Xattr>& xattrs) {
  size_t size = 0;
  for (const Xattr& x : xattrs) size += x.name.size() + x.value.size() + 8;
  return size;
}

}  // namespace

TreeRecorder::TreeRecorder(const RunParts& parts, const std::vector<uint64_t>& sparse_groups)
    : parts_(parts),
      sparse_groups_(sparse_groups.begin(), sparse_groups.end()),
      nodes_(parts.repository.namer(), parts.sink),
      map_options_{parts.repository.keyring().MapKey(), parts.repository.config().node_target},
      map_(map_options_, nodes_),
      stats_(parts.repository.namer(), parts.repository.keyring().writer->id, parts.index.catalog(), parts.sink),
      queue_(map_, parts.options.dry_run ? nullptr : &stats_, parts.index, parts.repository.config().small_file_limit),
      grouper_(parts.repository.namer(), parts.sink, parts.repository.config().group_target,
               [this](const ObjectId& group) { return sparse_groups_.contains(GroupPrefix(group)); },
               [this](const ObjectId& group) {
                 pending_links_.clear();
                 return queue_.GroupClosed(group);
               }),
      watched_sink_(parts.sink, [this] { return WatchContent(); }),
      contents_(parts.repository.namer(), parts.repository.keyring().CutKey(), map_options_.boundary_key,
                parts.repository.config(), watched_sink_, grouper_) {}

void TreeRecorder::Tell(std::string_view path, uint64_t bytes_of_file) {
  Progress progress;
  progress.phase = "reading";
  progress.files_done = parts_.report.files;
  progress.bytes_done = parts_.report.bytes + bytes_of_file;
  if (const auto totals = parts_.count != nullptr ? parts_.count->totals() : std::nullopt) {
    progress.files_total = totals->files;
    progress.bytes_total = totals->bytes;
  }
  progress.current = path;
  parts_.progress.Report(progress);
}

Result<WrittenContent> TreeRecorder::WriteContent(int fd, std::string_view path, uint64_t expected_size, bool may_have_holes) {
  reading_fd_ = fd;
  reading_path_ = path;
  reading_pieces_ = 0;
  return contents_.Write(fd, expected_size, may_have_holes);
}

// Before each chunk of the file in hand. Where reading stands says how far it is; a pipe does not say.
Status TreeRecorder::WatchContent() {
  if (parts_.progress.ShouldStop()) return Status(Code::interrupted, "backing up: asked to stop");
  if (reading_pieces_++ == 0) return OkStatus();  // told when it was visited
  const off_t at = ::lseek(reading_fd_, 0, SEEK_CUR);
  const uint64_t average = parts_.repository.config().chunk_average;
  Tell(reading_path_, at >= 0 ? static_cast<uint64_t>(at) : reading_pieces_ * average);
  return OkStatus();
}

const TreeRecorder::LastNight& TreeRecorder::LookUpLastNight(const SourceEntry& entry) {
  if (last_night_ && last_night_->inode == entry.inode) return *last_night_;
  LastNight& looked_up = last_night_.emplace();
  looked_up.inode = entry.inode;
  looked_up.partition = stats_.PartitionFor(NameOf(entry.path));
  if (!parts_.options.read_all) looked_up.found = stats_.Find(looked_up.partition, entry);
  return looked_up;
}

// Listing the attributes of a file costs more than all else that an unchanged one costs, and most have none.
bool TreeRecorder::NeedsXattrs(const SourceEntry& entry) {
  if (entry.meta.type != FileType::regular || !stats_.in_directory()) return true;
  const LastNight& looked_up = LookUpLastNight(entry);
  return !looked_up.found.ok() || !*looked_up.found || (*looked_up.found)->has_xattrs;
}

Status TreeRecorder::Visit(const SourceEntry& entry, SourceOpener& opener) {
  if (parts_.progress.ShouldStop()) return Status(Code::interrupted, "backing up: asked to stop");
  Tell(entry.path);
  QueuedEntry queued;
  queued.key = KeyFromPath(entry.path);
  queued.entry = entry.meta;
  PULIH_TRY(MoveLargeXattrs(queued.entry));
  if (entry.meta.type == FileType::regular) {
    Status visited = VisitRegular(entry, opener, std::move(queued));
    last_night_.reset();  // the next one may be another name of the same inode
    return visited;
  }
  if (entry.meta.type == FileType::directory) {
    if (!entry.meta.ancestor) {
      ++parts_.report.directories;
      stats_.EnterDirectory(entry);
    }
  } else {
    ++parts_.report.others;
  }
  return Queue(std::move(queued));
}

Status TreeRecorder::VisitRegular(const SourceEntry& entry, SourceOpener& opener, QueuedEntry queued) {
  queued.stat = {entry.inode, entry.size, entry.mtime_ns, entry.ctime_ns, {}};
  queued.device = entry.device;
  if (stats_.in_directory()) {
    queued.keep_stat = problem_path_ != entry.path;  // attributes that could not be read are tried again next night
    queued.partition = LookUpLastNight(entry).partition;
    if (const auto ended = stats_.EndedPartition()) PULIH_TRY(queue_.EndPartition(*ended));
  }
  bool known_link = false, resolved = false;
  if (entry.link_count > 1) {
    PULIH_TRY_ASSIGN(resolved, UseEarlierName(entry, queued, known_link));
    if (!known_link) {
      queued.entry.link = parts_.repository.namer().LinkName(queued.key);
      queued.remember_link = true;
    }
  }
  if (!resolved) {
    PULIH_TRY_ASSIGN(resolved, UseLastNight(entry, queued));
  }
  if (!resolved) {
    PULIH_TRY_ASSIGN(const bool readable, ReadContent(entry, opener, queued));
    if (!readable) return OkStatus();
  }
  ++parts_.report.files;
  parts_.report.bytes += queued.entry.content.size;
  if (queued.entry.incomplete) queued.remember_link = false;  // the next name tries again, and says so too
  if (queued.remember_link) {
    EarlierName name{queued.entry.link, entry.size, entry.mtime_ns, entry.ctime_ns, !queued.pending, {}};
    if (name.has_content) name.content = queued.entry.content;
    pending_links_[{entry.device, entry.inode}] = std::move(name);
  }
  return Queue(std::move(queued));
}

Result<TreeRecorder::EarlierName> TreeRecorder::FindEarlierName(const SourceEntry& entry) {
  if (const auto it = pending_links_.find({entry.device, entry.inode}); it != pending_links_.end()) {
    return it->second;
  }
  PULIH_TRY_ASSIGN(const std::optional<Bytes> value, parts_.index.catalog().FindHardLink(entry.device, entry.inode));
  if (!value) return EarlierName();
  ByteReader r(*value);
  EarlierName earlier;
  earlier.id.bytes = r.Array<16>();
  earlier.size = r.Le64();
  earlier.mtime_ns = static_cast<int64_t>(r.Le64());
  earlier.ctime_ns = static_cast<int64_t>(r.Le64());
  auto content = DecodeContent(r.Raw(r.remaining()));
  if (r.failed() || !content.ok()) return EarlierName();  // derived data that makes no sense: read the file
  earlier.has_content = true;
  earlier.content = std::move(content).value();
  return earlier;
}

// Another name of this inode was met before: it has the same content and the same link id. False when the content
// must be found all the same: it lies in the group that is still open, or was changed since, and is read again.
// An inode that was freed and given to another file meanwhile is known by its size or times: no name of the first.
Result<bool> TreeRecorder::UseEarlierName(const SourceEntry& entry, QueuedEntry& queued, bool& known_link) {
  PULIH_TRY_ASSIGN(EarlierName earlier, FindEarlierName(entry));
  if (earlier.id.is_zero() || earlier.size != entry.size || earlier.mtime_ns != entry.mtime_ns) return false;
  known_link = true;
  queued.entry.link = earlier.id;
  if (!earlier.has_content || earlier.ctime_ns != entry.ctime_ns) return false;
  queued.entry.content = std::move(earlier.content);
  return true;
}

Result<bool> TreeRecorder::UseLastNight(const SourceEntry& entry, QueuedEntry& queued) {
  if (!queued.keep_stat) return false;
  const auto& found = LookUpLastNight(entry).found;
  PULIH_TRY(found.status());
  if (!*found) return false;
  auto content = DecodeContent((*found)->content);
  if (!content.ok() || IsSparse(*content)) return false;
  queued.entry.content = std::move(content).value();
  ++parts_.report.files_unchanged;
  return true;
}

bool TreeRecorder::IsSparse(const Content& content) const {
  if (sparse_groups_.empty()) return false;
  const auto group = GroupOf(content, parts_.repository.config().small_file_limit);
  return group && sparse_groups_.contains(GroupPrefix(*group));
}

// Reads the file. False when nothing of it could be read: it is told and left out.
Result<bool> TreeRecorder::ReadContent(const SourceEntry& entry, SourceOpener& opener, QueuedEntry& queued) {
  const int64_t began_ns = parts_.repository.environment().clock.NowNs();
  auto fd = opener.Open();
  if (!fd.ok()) {
    const bool vanished = fd.status().code() == Code::not_found;
    PULIH_TRY(Problem(entry.path, vanished ? SourceProblemKind::vanished : SourceProblemKind::unreadable, fd.status()));
    return false;
  }
  // The walk looked at the name; this is what was opened.
  struct stat before{}, after{};
  if (::fstat(fd->get(), &before) != 0 || !S_ISREG(before.st_mode)) {
    PULIH_TRY(Problem(entry.path, SourceProblemKind::changed, Status(Code::io, "reading: it is no regular file any more")));
    return false;
  }
  const auto size = static_cast<uint64_t>(before.st_size);
  const bool may_have_holes = static_cast<uint64_t>(before.st_blocks) * 512 < size;
  PULIH_TRY_ASSIGN(WrittenContent written, WriteContent(fd->get(), entry.path, size, may_have_holes));
  ++parts_.report.files_read;
  parts_.report.bytes_read += written.bytes_read;
  parts_.report.bytes_new += written.bytes_new;
  if (written.bytes_new > 0) ++parts_.report.files_new;
  queued.entry.content = std::move(written.content);
  queued.pending = written.pending;
  queued.read_at_ns = began_ns;
  const bool changed = ::fstat(fd->get(), &after) != 0 || after.st_size != before.st_size ||
                       NanosecondsOf(after.st_mtim) != NanosecondsOf(before.st_mtim) ||
                       NanosecondsOf(after.st_ctim) != NanosecondsOf(before.st_ctim) ||
                       queued.entry.content.size != size;
  if (!written.read_failure.ok()) {
    PULIH_TRY(Problem(entry.path, SourceProblemKind::unreadable, written.read_failure));
  } else if (changed) {
    PULIH_TRY(Problem(entry.path, SourceProblemKind::changed, Status(Code::io, "it changed while it was read; what was read is kept")));
  }
  if (!written.read_failure.ok() || changed) {
    queued.entry.incomplete = true;
    queued.keep_stat = false;
  } else if (NanosecondsOf(before.st_ctim) != entry.ctime_ns || before.st_ino != entry.inode) {
    queued.keep_stat = false;  // another file than the walk saw: sound, but not to be remembered
  }
  return true;
}

Status TreeRecorder::MoveLargeXattrs(FileEntry& entry) {
  if (XattrSize(entry.xattrs) <= kMaxInlineValue) return OkStatus();
  MapBuilder map(map_options_, nodes_);
  for (const Xattr& x : entry.xattrs) PULIH_TRY(map.Add(AsBytes(x.name), x.value, {}));
  PULIH_TRY_ASSIGN(const MapRoot root, map.Finish());
  entry.xattrs.clear();
  entry.xattr_map = root.root;
  return OkStatus();
}

Status TreeRecorder::Queue(QueuedEntry entry) {
  PULIH_TRY(queue_.Add(std::move(entry)));
  // What does not wait is in the catalog: a tree of nothing but unchanged links would pile up here.
  if (queue_.empty()) pending_links_.clear();
  return queue_.IsFull() ? grouper_.Flush() : OkStatus();
}

Status TreeRecorder::LeaveDirectory(const SourceEntry&, bool) {
  return queue_.EndPartition(stats_.LeaveDirectory());
}

Status TreeRecorder::Problem(std::string_view path, SourceProblemKind kind, const Status& why) {
  parts_.report.problems.Add(path, kind, why.message());
  problem_path_ = path;
  return OkStatus();
}

Status TreeRecorder::Excluded(std::string_view) {
  ++parts_.report.excluded;
  return OkStatus();
}

Status TreeRecorder::RecordStream(int fd, std::string_view path, FileEntry meta) {
  QueuedEntry queued;
  queued.key = KeyFromPath(path);
  queued.entry = std::move(meta);
  PULIH_TRY_ASSIGN(WrittenContent written, WriteContent(fd, path, UINT64_MAX, /*may_have_holes=*/false));
  if (!written.read_failure.ok()) {
    PULIH_TRY(Problem(path, SourceProblemKind::unreadable, written.read_failure));
    queued.entry.incomplete = true;
  }
  ++parts_.report.files;
  ++parts_.report.files_read;
  parts_.report.bytes_read += written.bytes_read;
  parts_.report.bytes_new += written.bytes_new;
  if (written.bytes_new > 0) ++parts_.report.files_new;
  parts_.report.bytes += written.content.size;
  queued.entry.content = std::move(written.content);
  return Queue(std::move(queued));
}

Result<MapRoot> TreeRecorder::Finish() {
  PULIH_TRY(grouper_.Flush());
  PULIH_CHECK(queue_.empty());
  return map_.Finish();
}

Status TreeRecorder::Abandon() { return grouper_.Flush(); }

Status TreeRecorder::RememberStats() { return stats_.WriteDurable(); }

}  // namespace pulih
