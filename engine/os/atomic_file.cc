#include "engine/os/atomic_file.h"

namespace pulih {

namespace {

// The folder that names `path`, as dirname(1) gives it.
std::string ParentOf(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  path.resize(slash);
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path.empty() ? "/" : path;
}

// A file with all its bytes durable and no name yet. Its temporary, if it needs one, stands in the folder
// that it is for: the one place that is surely on the same file system.
Result<std::unique_ptr<NewFile>> WriteNameless(FileSystem& fs, const std::string& folder, ByteView bytes) {
  PULIH_TRY_ASSIGN(std::unique_ptr<NewFile> file, fs.Create(folder));
  PULIH_TRY(file->Append(bytes));
  PULIH_TRY(file->Sync());
  return file;
}

// A folder that we may not read is not ours, and whoever made what is in it has seen to it.
Status SyncIfOurs(FileSystem& fs, const std::string& folder) {
  Status synced = fs.SyncDirectory(folder);
  return synced.code() == Code::denied ? OkStatus() : synced;
}

}  // namespace

Status WriteFileOnce(FileSystem& fs, const std::string& path, ByteView bytes) {
  const std::string folder = ParentOf(path);
  PULIH_TRY_ASSIGN(const std::unique_ptr<NewFile> file, WriteNameless(fs, folder, bytes));
  PULIH_TRY(file->PublishAs(path));
  return fs.SyncDirectory(folder);
}

Status ReplaceFile(FileSystem& fs, const std::string& path, ByteView bytes) {
  const std::string folder = ParentOf(path);
  PULIH_TRY_ASSIGN(const std::unique_ptr<NewFile> file, WriteNameless(fs, folder, bytes));
  PULIH_TRY(file->ReplaceAs(path));
  return fs.SyncDirectory(folder);
}

// A folder is made only in one whose own name is durable. So of the folders that are found here only the
// deepest can be the work of a process that was killed before it synced the name: that is `path` or, when
// `path` is new, its parent. Both names are synced, whoever made them.
Status MakeDirectories(FileSystem& fs, const std::string& path) {
  const std::string parent = ParentOf(path);
  Status made = fs.MakeDirectory(path);
  if (made.code() == Code::not_found && parent != path) {
    PULIH_TRY(MakeDirectories(fs, parent));
    made = fs.MakeDirectory(path);
  } else {
    PULIH_TRY(made);  // what failed is told, and not that there is nothing to sync
    PULIH_TRY(SyncIfOurs(fs, ParentOf(parent)));
  }
  PULIH_TRY(made);
  return SyncIfOurs(fs, parent);
}

Status MakeEmptyDirectory(FileSystem& fs, const std::string& path, const std::string& what) {
  PULIH_TRY(MakeDirectories(fs, path));
  PULIH_TRY_ASSIGN(const std::vector<DirectoryItem> items, fs.List(path));
  if (items.empty()) return OkStatus();
  return Status(Code::already_exists, what + ": " + path + ": there is something in it", "name a folder that is empty or does not exist");
}

}  // namespace pulih
