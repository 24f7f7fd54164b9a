#include "engine/source/tree_walk.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "engine/os/errno_status.h"

namespace pulih {

namespace {

constexpr int kLook = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT;
constexpr int kOpenFolder = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
// Enough to look things up in a folder whose names were read already; asks for no right to read it.
constexpr int kHoldFolder = O_PATH | O_DIRECTORY | O_CLOEXEC;

constexpr size_t kListBufferBytes = 256u << 10;
// However much the folders above hold, a listing may keep this much before it spills.
constexpr size_t kLeastListingBytes = 256u << 10;

constexpr std::string_view kCacheTagName = "CACHEDIR.TAG";
constexpr std::string_view kCacheTagSignature = "Signature: 8a477f597d28d172789f06886806bc55";

SourceProblemKind KindOf(int error) {
  const bool gone = error == ENOENT || error == ENOTDIR || error == ESTALE;
  return gone ? SourceProblemKind::vanished : SourceProblemKind::unreadable;
}

// O_NOATIME is for the owner and root only.
int OpenQuietly(int directory, const char* name, int flags) {
  const int fd = ::openat(directory, name, flags | O_NOATIME);
  return fd < 0 && errno == EPERM ? ::openat(directory, name, flags) : fd;
}

bool IsSameFile(int fd, uint64_t device, uint64_t inode) {
  struct stat stat;
  return ::fstat(fd, &stat) == 0 && stat.st_dev == device && stat.st_ino == inode;
}

class NamedOpener final : public SourceOpener {
 public:
  NamedOpener(int directory, const char* name, std::string_view path) : directory_(directory), name_(name), path_(path) {}
  Result<UniqueFd> Open() override {
    UniqueFd fd(OpenQuietly(directory_, name_, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    if (!fd) return ErrnoStatus(errno, "open", path_);
    return fd;
  }

 private:
  int directory_;
  const char* name_;
  std::string_view path_;
};

// For what has no content.
class NoOpener final : public SourceOpener {
 public:
  Result<UniqueFd> Open() override { return Status(Code::invalid, "open: not a regular file"); }
};

}  // namespace

TreeWalk::TreeWalk(const TreeOptions& options, TreeVisitor& visitor)
    : options_(options), visitor_(visitor), spill_(options.spill_directory), list_buffer_(kListBufferBytes) {}

// --- reaching a root ---------------------------------------------------------------------------------------

Status TreeWalk::Root(const std::string& root, std::set<std::string> inner) {
  inner_roots_ = std::move(inner);
  if (root.empty()) return StartAtSlash();
  Holder holder;
  PULIH_TRY_ASSIGN(const bool there, ReachParent(root, root_parent_, holder));
  if (!there) return OkStatus();
  const size_t slash = root.rfind('/');
  const std::string name = slash == std::string::npos ? root : root.substr(slash + 1);
  struct stat stat;
  path_ = root;
  if (::fstatat(holder.fd, name.c_str(), &stat, kLook) != 0) return RootFailed(errno, "look at");
  PULIH_TRY(VisitAncestors(root));
  root_device_ = stat.st_dev;
  root_parent_length_ = slash == std::string::npos ? 0 : slash;
  path_.resize(root_parent_length_);
  PULIH_TRY(VisitName(holder, ListedName{name, DT_UNKNOWN}, true));
  PULIH_TRY(VisitBelow());
  return TellUnreached();
}

Status TreeWalk::TellUnreached() {
  for (const std::string& root : std::exchange(inner_roots_, {})) {
    struct stat stat;
    path_ = root;
    if (::lstat(("/" + root).c_str(), &stat) != 0) {
      PULIH_TRY(RootFailed(errno, "look at"));
    } else {
      PULIH_TRY(visitor_.Problem(root, SourceProblemKind::unsupported,
                                 Status(Code::unsupported, "reach: " + root + ": what was named above it leaves it out; "
                                                           "name it in a run of its own")));
    }
  }
  return OkStatus();
}

// Goes down to the folder that holds the root, following symbolic links: the person named this way. Collects
// the ancestors. False, with the problem told, when there is no such way.
Result<bool> TreeWalk::ReachParent(const std::string& root, UniqueFd& parent, Holder& holder) {
  ancestors_.clear();
  path_ = root;
  parent.reset(::open("/", kHoldFolder));
  for (size_t start = 0;;) {
    struct stat stat;
    if (!parent || ::fstat(parent.get(), &stat) != 0) {
      PULIH_TRY(RootFailed(errno, "reach"));
      return false;
    }
    holder = {parent.get(), stat.st_dev, stat.st_ino};
    if (start > 0) {
      SourceEntry& ancestor = ancestors_.emplace_back();
      FillFromStat(stat, names_, ancestor);
      ancestor.meta.ancestor = true;
      ancestor.meta.mtime_seconds = 0;
      ancestor.meta.mtime_nanoseconds = 0;
      ancestor.mtime_ns = ancestor.ctime_ns = 0;
    }
    const size_t slash = root.find('/', start);
    if (slash == std::string::npos) return true;
    parent.reset(::openat(parent.get(), root.substr(start, slash - start).c_str(), kHoldFolder));
    start = slash + 1;
  }
}

Status TreeWalk::VisitAncestors(const std::string& root) {
  NoOpener no_content;
  size_t end = 0;
  for (SourceEntry& ancestor : ancestors_) {
    end = root.find('/', end + 1);
    const std::string_view path = std::string_view(root).substr(0, end);
    // Roots come in order, so only the one before can have had this ancestor.
    const bool told_before = previous_root_.size() > end && previous_root_[end] == '/' && previous_root_.starts_with(path);
    ancestor.path = path;
    if (!told_before) PULIH_TRY(visitor_.Visit(ancestor, no_content));
  }
  previous_root_ = root;
  return OkStatus();
}

// The whole machine: "/" has no stored path, so the walk starts with its content.
Status TreeWalk::StartAtSlash() {
  path_.clear();
  root_parent_length_ = 0;
  Frame& frame = NextFrame();
  frame.fd.reset(::open("/", kOpenFolder));
  struct stat stat;
  if (!frame.fd || ::fstat(frame.fd.get(), &stat) != 0) return Failed(errno, "open folder");
  FillFromStat(stat, names_, frame.entry);
  root_device_ = stat.st_dev;
  root_parent_.reset(::open("/", kHoldFolder));
  frame.nameless = true;
  frame.tree_device = root_device_;
  PULIH_TRY(EnterFolder(frame));
  PULIH_TRY(VisitBelow());
  return TellUnreached();
}

// --- the walk ----------------------------------------------------------------------------------------------

Status TreeWalk::VisitBelow() {
  while (depth_ > 0) {
    Frame& frame = *frames_[depth_ - 1];
    path_.resize(frame.path_length);
    ListedName name;
    Result<bool> more = frame.listing.Next(name);
    if (!more.ok()) {
      PULIH_TRY(visitor_.Problem(path_, SourceProblemKind::unreadable, more.status()));
      frame.complete = false;
    }
    if (more.ok() && *more) {
      PULIH_TRY(VisitName({frame.fd.get(), frame.entry.device, frame.entry.inode}, name, false));
    } else {
      PULIH_TRY(LeaveFolder());
    }
  }
  return OkStatus();
}

// Visits one entry; a folder that is to be entered becomes the newest frame. A root is never excluded by a
// pattern: it was asked for.
Status TreeWalk::VisitName(const Holder& holder, const ListedName& name, bool is_root) {
  if (!path_.empty()) path_ += '/';
  path_ += name.name;
  const bool is_inner_root = !is_root && inner_roots_.erase(path_) > 0;
  is_root = is_root || is_inner_root;
  const auto excluded = [&](bool is_folder) { return !is_root && options_.excludes.Excludes(path_, is_folder); };
  if (name.type != DT_UNKNOWN && excluded(name.type == DT_DIR)) return visitor_.Excluded(path_);

  // A folder is opened first and looked at through its descriptor: one look-up less, and both are the same
  // folder. Not so where a mount point must not be touched.
  struct stat stat;
  UniqueFd folder;
  if (name.type == DT_DIR && !options_.one_file_system) {
    folder.reset(OpenQuietly(holder.fd, name.name.data(), kOpenFolder));
    if (folder && ::fstat(folder.get(), &stat) != 0) return Failed(errno, "look at");
  }
  if (!folder && ::fstatat(holder.fd, name.name.data(), &stat, kLook) != 0) return Failed(errno, "look at");
  const bool is_folder = S_ISDIR(stat.st_mode);
  if (name.type == DT_UNKNOWN && excluded(is_folder)) return visitor_.Excluded(path_);
  if (!is_folder) return VisitOther(holder, name, stat);

  int open_error = 0;
  const uint64_t tree_device = depth_ > 0 ? frames_[depth_ - 1]->tree_device : root_device_;
  const bool stay_outside = options_.one_file_system && stat.st_dev != tree_device && !is_inner_root;
  if (!folder && !stay_outside) {
    folder.reset(OpenQuietly(holder.fd, name.name.data(), kOpenFolder));
    if (!folder) open_error = errno;
    if (open_error == ENOENT) return Failed(open_error, "open folder");
    // Again through the descriptor: what was looked at may be another folder by now, or have been mounted upon.
    if (folder && ::fstat(folder.get(), &stat) != 0) return Failed(errno, "look at");
  }
  return VisitFolder(holder, name, stat, std::move(folder), open_error, is_inner_root ? stat.st_dev : tree_device);
}

Status TreeWalk::VisitOther(const Holder& holder, const ListedName& name, const struct stat& stat) {
  if (!FillFromStat(stat, names_, entry_)) {
    return visitor_.Problem(path_, SourceProblemKind::unsupported,
                            Status(Code::unsupported, "look at: " + path_ + ": unknown type of file"));
  }
  entry_.path = path_;
  entry_.directory_device = holder.device;
  entry_.directory_inode = holder.inode;
  if (entry_.meta.type == FileType::symlink) {
    const int error = ReadLink(holder.fd, name.name.data(), entry_.meta.symlink_target);
    if (error == EINVAL) {
      return visitor_.Problem(path_, SourceProblemKind::changed, ErrnoStatus(error, "read link", path_));
    }
    if (error != 0) return Failed(error, "read link");
    entry_.size = entry_.meta.symlink_target.size();
  }
  PULIH_TRY(ReadXattrs(entry_, -1, holder, name.name.data()));
  if (entry_.meta.type != FileType::regular) {
    NoOpener no_content;
    return visitor_.Visit(entry_, no_content);
  }
  NamedOpener opener(holder.fd, name.name.data(), path_);
  return visitor_.Visit(entry_, opener);
}

Status TreeWalk::VisitFolder(const Holder& holder, const ListedName& name, const struct stat& stat, UniqueFd fd,
                             int open_error, uint64_t tree_device) {
  Frame& frame = NextFrame();
  frame.tree_device = tree_device;
  FillFromStat(stat, names_, frame.entry);
  frame.entry.path = path_;
  frame.entry.directory_device = holder.device;
  frame.entry.directory_inode = holder.inode;
  PULIH_TRY(ReadXattrs(frame.entry, fd.get(), holder, name.name.data()));
  NoOpener no_content;
  PULIH_TRY(visitor_.Visit(frame.entry, no_content));
  if (open_error != 0) {
    frame.complete = false;
    PULIH_TRY(Failed(open_error, "open folder"));
  } else if (!fd) {
    PULIH_TRY(visitor_.Excluded(path_));
  } else {
    frame.fd = std::move(fd);
    return EnterFolder(frame);
  }
  return visitor_.LeaveDirectory(frame.entry, frame.complete);
}

// --- frames ------------------------------------------------------------------------------------------------

// An idle frame, cleared, that becomes the newest when EnterFolder counts it in.
TreeWalk::Frame& TreeWalk::NextFrame() {
  if (depth_ == frames_.size()) frames_.push_back(std::make_unique<Frame>());
  Frame& frame = *frames_[depth_];
  frame.fd.reset();
  frame.listing.Clear();
  frame.complete = true;
  frame.nameless = false;
  return frame;
}

Status TreeWalk::EnterFolder(Frame& frame) {
  frame.path_length = path_.size();
  ++depth_;
  if (depth_ > options_.max_open_levels) frames_[depth_ - 1 - options_.max_open_levels]->fd.reset();
  PULIH_TRY_ASSIGN(const Inside inside, WhatToEnter(frame));
  if (inside == Inside::tag_only) frame.listing.Only(kCacheTagName, DT_UNKNOWN);
  if (inside != Inside::all) return visitor_.Excluded(path_);

  size_t held = 0;
  for (size_t i = 0; i + 1 < depth_; ++i) held += frames_[i]->listing.held_bytes();
  const size_t limit = options_.listing_spill_bytes;
  const size_t room = std::max(limit - std::min(limit, held), std::min(limit, kLeastListingBytes));
  const Status listed = frame.listing.Read(frame.fd.get(), list_buffer_, room, spill_, path_);
  if (listed.ok()) return OkStatus();
  frame.complete = false;
  const bool gone = listed.code() == Code::not_found;
  return visitor_.Problem(path_, gone ? SourceProblemKind::vanished : SourceProblemKind::unreadable, listed);
}

Status TreeWalk::LeaveFolder() {
  Frame& frame = *frames_[--depth_];
  frame.listing.Clear();
  frame.entry.path = path_;
  if (depth_ > 0 && !frames_[depth_ - 1]->fd) {
    Frame& parent = *frames_[depth_ - 1];
    parent.fd = Reopen(parent, frame.fd.get());
  }
  frame.fd.reset();
  if (!frame.nameless) PULIH_TRY(visitor_.LeaveDirectory(frame.entry, frame.complete));
  if (depth_ == 0 || frames_[depth_ - 1]->fd) return OkStatus();
  // The folder that held this one is no longer where it was: what is left of it cannot be reached.
  Frame& parent = *frames_[depth_ - 1];
  parent.complete = false;
  parent.listing.Clear();
  path_.resize(parent.path_length);
  return visitor_.Problem(path_, SourceProblemKind::changed,
                          Status(Code::io, "return to folder: " + path_ + ": it was moved during the walk"));
}

UniqueFd TreeWalk::Reopen(const Frame& frame, int child) {
  UniqueFd fd(child < 0 ? -1 : ::openat(child, "..", kHoldFolder));
  if (fd && IsSameFile(fd.get(), frame.entry.device, frame.entry.inode)) return fd;
  return ReopenFromRoot(frame);
}

UniqueFd TreeWalk::ReopenFromRoot(const Frame& frame) {
  UniqueFd at(::openat(root_parent_.get(), ".", kHoldFolder));
  const std::string way = path_.substr(0, frame.path_length);
  for (size_t start = root_parent_length_; at && start < way.size();) {
    if (way[start] == '/') ++start;
    const size_t end = std::min(way.find('/', start), way.size());
    at.reset(::openat(at.get(), way.substr(start, end - start).c_str(), kHoldFolder | O_NOFOLLOW));
    start = end;
  }
  if (at && !IsSameFile(at.get(), frame.entry.device, frame.entry.inode)) at.reset();
  return at;
}

// --- what is left out --------------------------------------------------------------------------------------

Result<TreeWalk::Inside> TreeWalk::WhatToEnter(const Frame& frame) {
  const int folder = frame.fd.get();
  if (options_.one_file_system && frame.entry.device != frame.tree_device) return Inside::nothing;
  for (const std::string& marker : options_.exclude_if_present) {
    struct stat stat;
    if (::fstatat(folder, marker.c_str(), &stat, kLook) == 0) return Inside::nothing;
  }
  if (options_.exclude_caches && IsTaggedCache(folder)) return Inside::tag_only;
  return Inside::all;
}

bool TreeWalk::IsTaggedCache(int folder) const {
  struct stat stat;
  if (::fstatat(folder, kCacheTagName.data(), &stat, kLook) != 0 || !S_ISREG(stat.st_mode)) return false;
  const UniqueFd tag(OpenQuietly(folder, kCacheTagName.data(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  char start[kCacheTagSignature.size()];
  const ssize_t length = tag ? ::pread(tag.get(), start, sizeof start, 0) : -1;
  return length == static_cast<ssize_t>(sizeof start) && std::string_view(start, sizeof start) == kCacheTagSignature;
}

// --- small things ------------------------------------------------------------------------------------------

// Attributes that cannot be read are told, and the entry goes on without them.
Status TreeWalk::ReadXattrs(SourceEntry& entry, int fd, const Holder& holder, const char* name) {
  if (!options_.read_xattrs || !visitor_.NeedsXattrs(entry)) return OkStatus();
  xattr_failures_.clear();
  if (fd >= 0) {
    xattr_reader_.ReadOpen(fd, path_, entry.meta.xattrs, xattr_failures_);
  } else {
    xattr_reader_.ReadNamed(holder.fd, name, path_, entry.meta.xattrs, xattr_failures_);
  }
  for (const Status& failure : xattr_failures_) {
    PULIH_TRY(visitor_.Problem(path_, SourceProblemKind::unreadable, failure));
  }
  return OkStatus();
}

Status TreeWalk::Failed(int error, std::string_view operation) {
  return visitor_.Problem(path_, KindOf(error), ErrnoStatus(error, operation, path_));
}

// Nobody has seen it before: rather a misspelt name, or a disk that is not mounted, than something that went.
Status TreeWalk::RootFailed(int error, std::string_view operation) {
  const SourceProblemKind kind = KindOf(error) == SourceProblemKind::vanished ? SourceProblemKind::missing : KindOf(error);
  return visitor_.Problem(path_, kind, ErrnoStatus(error, operation, path_));
}

}  // namespace pulih
