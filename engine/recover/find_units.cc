#include "engine/recover/find_units.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>

#include "engine/os/errno_status.h"
#include "engine/recover/evidence_file.h"
#include "engine/recover/gather_units.h"

namespace pulih {
namespace {

constexpr size_t kHead = 64u << 10;

std::string Join(const std::string& folder, const std::string& name) { return folder == "/" ? "/" + name : folder + "/" + name; }
// --- walk --------------------------------------------------------------------------------------------------------------

class Walk {
 public:
  Walk(FoundUnits& found, const std::string& leave_out, ProgressListener& progress) : found_(found), leave_out_(leave_out), progress_(progress) {}

  Status From(const std::string& named) {
    // The path that a person named may be a link; below it none is followed.
    const std::unique_ptr<char, decltype(&std::free)> real(::realpath(named.c_str(), nullptr), &std::free);
    if (!real) return ErrnoStatus(errno, "add evidence", named);
    PULIH_TRY(Take(real.get()));
    while (!folders_.empty()) {
      const std::string folder = std::move(folders_.back());
      folders_.pop_back();
      PULIH_TRY(List(folder));
    }
    return OkStatus();
  }
  // By path: each once, however often it was named.
  std::map<std::string, Identity>& files() { return files_; }

 private:
  Status Take(const std::string& path) {
    if (progress_.ShouldStop()) return Status(Code::interrupted, "interrupted");
    struct stat s{};
    if (::lstat(path.c_str(), &s) != 0) return Skip(path, ErrnoStatus(errno, "look at", path).message());
    if (S_ISDIR(s.st_mode)) {
      if (path == leave_out_) return Skip(path, "the case itself is no evidence");
      folders_.push_back(path);
    } else if (S_ISLNK(s.st_mode)) {
      return Skip(path, "a symbolic link is not followed");
    } else if (!S_ISREG(s.st_mode)) {
      return Skip(path, S_ISBLK(s.st_mode) ? "a device: make an image of it and add that" : "not a regular file");
    } else {
      return Look(path);
    }
    return OkStatus();
  }

  Status List(const std::string& folder) {
    const std::unique_ptr<DIR, int (*)(DIR*)> items(::opendir(folder.c_str()), &::closedir);
    if (!items) return Skip(folder, ErrnoStatus(errno, "list", folder).message());
    std::vector<std::string> names;
    for (errno = 0; const dirent* item = ::readdir(items.get()); errno = 0)
      if (std::strcmp(item->d_name, ".") != 0 && std::strcmp(item->d_name, "..") != 0) names.emplace_back(item->d_name);
    if (errno != 0) PULIH_TRY(Skip(folder, "its list of names could not be read to the end"));
    std::sort(names.begin(), names.end());
    for (const std::string& name : names) PULIH_TRY(Take(Join(folder, name)));
    return OkStatus();
  }

  Status Look(const std::string& path) {
    if (files_.contains(path)) return OkStatus();
    const auto file = EvidenceHandle::Open(path);
    if (!file.ok()) return Skip(path, file.status().message());
    Bytes head(static_cast<size_t>(std::min<uint64_t>(file->state().size, kHead)));
    const auto got = file->ReadAt(0, head);
    if (!got.ok()) return Skip(path, got.status().message());
    head.resize(*got);
    Identity identity = IdentifyFile(head, file->state().size);
    // Pieces of one dump belong together, and only their blocks tell.
    if (identity.kind == FileKind::unknown) {
      BlockMapper mapper(FileKind::unknown);
      std::vector<BlockRun> runs;
      mapper.Take(head, runs);
      if (KindOfBlocks(mapper.counts()) == FileKind::dump_fragment) identity.kind = FileKind::dump_fragment;
    }
    files_.emplace(path, std::move(identity));
    Progress now{.phase = "looking", .files_done = files_.size(), .current = path};
    progress_.Report(now);
    return OkStatus();
  }

  Status Skip(const std::string& path, std::string why) {
    found_.skipped.push_back({path, std::move(why)});
    return OkStatus();
  }

  FoundUnits& found_;
  const std::string& leave_out_;
  ProgressListener& progress_;
  std::vector<std::string> folders_;
  std::map<std::string, Identity> files_;
};

}  // namespace

Result<FoundUnits> FindUnits(const std::vector<std::string>& paths, const std::string& leave_out, ProgressListener& progress) {
  FoundUnits found;
  Walk walk(found, leave_out, progress);
  for (const std::string& path : paths) PULIH_TRY(walk.From(path));
  found.units = GatherUnits(std::move(walk.files()));
  return found;
}

}  // namespace pulih
