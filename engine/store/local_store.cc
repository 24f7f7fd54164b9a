#include "engine/store/local_store.h"

#include <algorithm>
#include <array>
#include <mutex>
#include <set>
#include <utility>
#include <vector>

#include "engine/os/atomic_file.h"

namespace pulih {

namespace {

constexpr std::string_view kTemporaries = "tmp", kCertificates = "certs", kKeys = "keys";
constexpr std::array<std::string_view, 9> kFolders = {"config", kCertificates, kKeys,    "packs",     "snapshots",
                                                      "log",    "wraps",       "parity", kTemporaries};

Status Invalid(std::string_view operation, const std::string& name) {
  return Status(Code::invalid, std::string(operation) + ": " + name + ": not a blob name");
}

// "packs/3f/3f0c…" -> "packs/3f"; "" for a blob directly below the root.
std::string FolderOf(const std::string& name) {
  const size_t slash = name.rfind('/');
  return slash == std::string::npos ? std::string() : name.substr(0, slash);
}

// Which folders are known to be durable, so that each is made and synced once and not for every blob.
// A folder that is merely *there* is not known: it may come from a process that was killed between making
// it and syncing the folder above. So the first blob below a folder syncs that folder, which settles all
// that it held before, and from then on only new ones cost anything.
class DurableFolders {
 public:
  DurableFolders(FileSystem& fs, const std::string& root) : fs_(fs), root_(root) {}

  // Makes `folder` (relative, "" is the root) and those above it, but never the root: if that is gone, a
  // disk was unmounted, and writing into its mount point would look like success.
  Status Ensure(const std::string& folder) {
    std::lock_guard lock(mutex_);
    return EnsureLocked(folder);
  }

 private:
  Status EnsureLocked(const std::string& folder) {
    if (folder.empty() || known_.contains(folder)) return OkStatus();
    const std::string parent = FolderOf(folder);
    PULIH_TRY(EnsureLocked(parent));
    if (!settled_.contains(parent)) PULIH_TRY(Settle(parent));
    if (known_.contains(folder)) return OkStatus();
    PULIH_TRY(fs_.MakeDirectory(PathOf(folder)));
    PULIH_TRY(fs_.SyncDirectory(PathOf(parent)));
    known_.insert(folder);
    return OkStatus();
  }

  Status Settle(const std::string& parent) {
    // Listed first: what another process makes after the sync must not be taken for durable.
    PULIH_TRY_ASSIGN(const std::vector<DirectoryItem> items, fs_.List(PathOf(parent)));
    PULIH_TRY(fs_.SyncDirectory(PathOf(parent)));
    for (const DirectoryItem& item : items) {
      if (item.is_directory) known_.insert(parent.empty() ? item.name : parent + "/" + item.name);
    }
    settled_.insert(parent);
    return OkStatus();
  }

  std::string PathOf(const std::string& folder) const { return folder.empty() ? root_ : root_ + "/" + folder; }

  FileSystem& fs_;
  const std::string root_;
  std::mutex mutex_;
  std::set<std::string> known_;
  std::set<std::string> settled_;
};

class LocalUpload final : public Upload {
 public:
  LocalUpload(FileSystem& fs, DurableFolders& folders, const std::string& root, std::unique_ptr<NewFile> file)
      : fs_(fs), folders_(folders), root_(root), file_(std::move(file)) {}

  Status Append(ByteView bytes) override { return file_->Append(bytes); }

  Status Commit(const std::string& name) override {
    if (!IsValidBlobName(name)) return Invalid("store blob", name);
    const std::string folder = FolderOf(name);
    PULIH_TRY(folders_.Ensure(folder));
    PULIH_TRY(file_->Sync());
    Status published = file_->PublishAs(root_ + "/" + name);
    if (!published.ok() && published.code() != Code::already_exists) return published;
    PULIH_TRY(fs_.SyncDirectory(folder.empty() ? root_ : root_ + "/" + folder));
    return published;
  }

 private:
  FileSystem& fs_;
  DurableFolders& folders_;
  const std::string root_;
  const std::unique_ptr<NewFile> file_;
};

class LocalStore final : public Store {
 public:
  LocalStore(FileSystem& fs, std::string root) : fs_(fs), root_(std::move(root)), folders_(fs_, root_) {}

  Status Initialise() override {
    PULIH_TRY(MakeDirectories(fs_, root_));
    PULIH_TRY(CheckEmpty());
    for (const std::string_view folder : kFolders) PULIH_TRY(fs_.MakeDirectory(PathOf(folder)));
    return fs_.SyncDirectory(root_);
  }

  Result<std::unique_ptr<Upload>> StartUpload() override {
    Result<std::unique_ptr<NewFile>> file = fs_.Create(PathOf(kTemporaries));
    if (file.status().code() == Code::not_found) {
      // Tools that copy a repository like to leave empty folders behind.
      PULIH_TRY(folders_.Ensure(std::string(kTemporaries)));
      file = fs_.Create(PathOf(kTemporaries));
    }
    if (!file.ok()) return std::move(file).error();
    return std::unique_ptr<Upload>(std::make_unique<LocalUpload>(fs_, folders_, root_, std::move(file).value()));
  }

  Status Put(const std::string& name, ByteView bytes) override {
    if (!IsValidBlobName(name)) return Invalid("store blob", name);
    PULIH_TRY_ASSIGN(const std::unique_ptr<Upload> upload, StartUpload());
    PULIH_TRY(upload->Append(bytes));
    return upload->Commit(name);
  }

  Result<Bytes> Get(const std::string& name, uint64_t offset, uint32_t length) override {
    if (!IsValidBlobName(name)) return Invalid("read blob", name);
    PULIH_TRY_ASSIGN(const std::unique_ptr<ReadableFile> file, fs_.Open(PathOf(name)));
    PULIH_TRY_ASSIGN(const uint64_t size, file->Size());
    if (offset > size || length > size - offset) return EndsEarly(name, size);
    Bytes bytes(length);
    PULIH_TRY_ASSIGN(const size_t got, file->ReadAt(offset, bytes));
    if (got != length) return EndsEarly(name, offset + got);
    return bytes;
  }

  Result<uint64_t> Size(const std::string& name) override {
    if (!IsValidBlobName(name)) return Invalid("size of blob", name);
    return fs_.FileSize(PathOf(name));
  }

  Status List(const std::string& prefix, const std::function<Status(const BlobInfo&)>& each) override {
    return ListFolder(FolderOf(prefix), prefix, each);
  }

  Status Remove(const std::string& name) override {
    if (!IsValidBlobName(name)) return Invalid("remove blob", name);
    PULIH_TRY(fs_.Remove(PathOf(name)));
    const std::string folder = FolderOf(name);
    return fs_.SyncDirectory(folder.empty() ? root_ : PathOf(folder));
  }

  // A folder that we may only read is not ours to write into either: whoever does sees to it.
  Status Settle(const std::string& folder) override {
    Status synced = fs_.SyncDirectory(PathOf(folder));
    return synced.code() == Code::denied || synced.code() == Code::not_found ? OkStatus() : synced;
  }

  std::string Describe() const override { return root_; }

 private:
  std::string PathOf(std::string_view name) const { return root_ + "/" + std::string(name); }

  Status EndsEarly(const std::string& name, uint64_t size) const {
    return Status(Code::corrupt,
                  "read blob: " + PathOf(name) + ": ends early, after " + std::to_string(size) + " bytes");
  }

  // Our own folders with nothing in them are what a killed Initialise leaves, and certificates and key slots
  // without a config are what a killed init leaves: they count as empty, so that it can be run again.
  // "lost+found" stands in the root of every new ext4.
  Status CheckEmpty() {
    PULIH_TRY_ASSIGN(const std::vector<DirectoryItem> items, fs_.List(root_));
    for (const DirectoryItem& item : items) {
      if (item.name == "lost+found") continue;
      bool empty = false;
      if (item.is_directory && std::find(kFolders.begin(), kFolders.end(), item.name) != kFolders.end()) {
        PULIH_TRY_ASSIGN(const std::vector<DirectoryItem> below, fs_.List(PathOf(item.name)));
        empty = below.empty() || item.name == kTemporaries || item.name == kCertificates || item.name == kKeys;
      }
      if (!empty) return Status(Code::already_exists, "initialise: " + root_ + ": holds " + item.name + " already",
                                 "a repository needs a folder of its own: name an empty one, or one that is not there yet");
    }
    return OkStatus();
  }

  // Lists what lies in `folder` (relative, "" is the root) and below, and begins with `prefix`.
  Status ListFolder(const std::string& folder, const std::string& prefix,
                    const std::function<Status(const BlobInfo&)>& each) {
    PULIH_TRY_ASSIGN(const std::vector<std::string> names, SortedNames(folder));
    for (const std::string& name : names) {
      const bool is_folder = name.back() == '/';
      if (is_folder && (name.starts_with(prefix) || prefix.starts_with(name))) {
        PULIH_TRY(ListFolder(name.substr(0, name.size() - 1), prefix, each));
      } else if (!is_folder && name.starts_with(prefix)) {
        const Result<uint64_t> size = fs_.FileSize(PathOf(name));
        if (size.status().code() == Code::not_found) continue;  // removed since it was listed
        if (!size.ok()) return size.status();
        PULIH_TRY(each(BlobInfo{name, *size}));
      }
    }
    return OkStatus();
  }

  // The valid names in `folder`, whole, folders with a '/' at the end: in their byte order blobs come out in
  // the byte order of *their* names, even where "a.1" stands beside a folder "a".
  Result<std::vector<std::string>> SortedNames(const std::string& folder) {
    const Result<std::vector<DirectoryItem>> items = fs_.List(folder.empty() ? root_ : PathOf(folder));
    std::vector<std::string> names;
    if (items.status().code() == Code::not_found) return names;
    if (!items.ok()) return items.status();
    for (const DirectoryItem& item : *items) {
      std::string name = folder.empty() ? item.name : folder + "/" + item.name;
      if (!IsValidBlobName(name)) continue;
      if (item.is_directory) name += '/';
      names.push_back(std::move(name));
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  FileSystem& fs_;
  const std::string root_;
  DurableFolders folders_;
};

}  // namespace

std::unique_ptr<Store> NewLocalStore(FileSystem& fs, std::string root) {
  while (root.size() > 1 && root.back() == '/') root.pop_back();
  return std::make_unique<LocalStore>(fs, std::move(root));
}

}  // namespace pulih
