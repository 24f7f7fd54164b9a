// FileSink lays entries under a target, in map order: folders are opened once and kept on a stack while their
// children come, and get their own attributes when they are left; files are created by PathJail under temporary
// names. It decides what overwriting means and which attributes may be set.
//
// One thread. Content comes from the caller; it knows nothing of packs.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/os/path_jail.h"
#include "engine/restore/restore.h"
#include "formats/repo/file_entry.h"

namespace pulih {

// One entry as it is to be laid down. `path` is relative to the target, "" being the target itself.
struct PlannedEntry {
  std::string path;         // where to
  std::string stored_path;  // for the report
  FileEntry entry;
  std::vector<Segment> segments;
  std::vector<Xattr> xattrs;
  // A folder on the way to what was asked for, itself not asked for: one that is there already stays as it is.
  bool is_way = false;
};

// Whether what stands under `name` (`there` is its stat) is this file already: the same size and SHA-256.
bool HoldsTheSame(const JailDirectory& folder, const std::string& name, const PlannedEntry& planned, const struct stat& there);
// Whether it is this symbolic link.
bool IsTheSameLink(const JailDirectory& folder, const std::string& name, const FileEntry& entry);

// Hands over the bytes of one extent; the view is valid until the next call.
using ReadExtent = std::function<Result<ByteView>(const Extent&)>;

class FileSink {
 public:
  static Result<std::unique_ptr<FileSink>> Open(const RestoreOptions& options, RestoreReport& report);

  // True when the file is to be written; false (and counted) when what is there stays. For other types always true.
  Result<bool> WantsContent(const PlannedEntry& planned);
  // Lays one entry. Damage and refusals are counted in the report; a failure is the target's.
  Status Lay(const PlannedEntry& planned, const ReadExtent& read);
  // Leaves all open folders, then makes everything durable.
  Status Finish();

 private:
  struct OpenFolder {
    std::string name;
    std::unique_ptr<JailDirectory> directory;  // null for the target itself
    std::optional<PlannedEntry> planned;       // its attributes, set when it is left
  };
  FileSink(const RestoreOptions& options, RestoreReport& report, PathJail jail);

  Result<JailDirectory*> FolderOf(const std::string& path);
  Status Leave();
  Status LayDirectory(const PlannedEntry& planned);
  Status LayRegular(JailDirectory& folder, const std::string& name, const PlannedEntry& planned, const ReadExtent& read);
  Result<bool> TryHardLink(JailDirectory& folder, const std::string& name, const PlannedEntry& planned);
  FileAttributes AttributesOf(const PlannedEntry& planned);
  uint16_t PermittedMode(uint16_t mode) const;
  void Note(const std::string& path, std::string what, std::string why);
  void NoteAttributes(const std::string& path, const std::vector<AttributeProblem>& problems);
  void Damaged(const std::string& path, std::string what, const Status& why);
  Replace ReplaceRule() const { return options_.overwrite == Overwrite::never ? Replace::never : Replace::always; }
  uint32_t UserNumber(const std::string& name, uint32_t recorded);
  uint32_t GroupNumber(const std::string& name, uint32_t recorded);

  const RestoreOptions& options_;
  RestoreReport& report_;
  PathJail jail_;
  std::vector<OpenFolder> stack_;
  bool replaces_ = false;  // the entry that is laid next takes the place of something else
  std::map<HardLinkId, std::string> first_names_;  // where each group's first name was laid
  std::map<std::string, uint32_t> users_, groups_;
};

}  // namespace pulih
