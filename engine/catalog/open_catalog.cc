// Which folder a process gets. The shared one, <cache>/<repository>/, belongs to whoever holds the lock on
// <cache>/<repository>.lock. Everybody else gets the first free of <repository>.private-0, -1, …, each with a
// lock of its own: a private folder whose lock nobody holds was left by a dead process.
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "engine/catalog/catalog.h"
#include "engine/os/errno_status.h"
#include "engine/os/lock_file.h"

namespace pulih {
namespace {

namespace fs = std::filesystem;

constexpr int kMaxPrivateCatalogs = 1000;

Status FromError(const std::error_code& error, std::string_view operation, const std::string& path) {
  return error ? ErrnoStatus(error.value(), operation, path) : OkStatus();
}

Status RemoveFolder(const std::string& folder) {
  std::error_code error;
  fs::remove_all(folder, error);
  return FromError(error, "remove catalog", folder);
}

// The catalog tells which contents a host has (to whoever has K_id): for the owner's eyes only.
Status MakeFolder(const std::string& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  PULIH_TRY(FromError(error, "make catalog", folder));
  fs::permissions(folder, fs::perms::owner_all, error);
  return FromError(error, "make catalog", folder);
}

// A folder and the lock that makes it ours. The lock is shared with the kv that is open in the folder, because
// the folder stays ours while a damaged catalog is deleted and made anew.
struct Claim {
  std::string folder;
  std::shared_ptr<LockFile> lock;
  bool is_private = false;
};

// The kv of a claimed folder. Closing it removes a private folder and gives the claim back.
class ClaimedKv final : public OrderedKv {
 public:
  ClaimedKv(std::unique_ptr<OrderedKv> kv, Claim claim) : kv_(std::move(kv)), claim_(std::move(claim)) {}
  ~ClaimedKv() override {
    kv_.reset();
    if (claim_.is_private && RemoveFolder(claim_.folder).ok()) claim_.lock->RemoveAndRelease();
  }

  Result<bool> Get(ByteView key, Bytes* value) override { return kv_->Get(key, value); }
  Status Scan(ByteView prefix, ByteView from, const std::function<bool(ByteView, ByteView)>& each) override {
    return kv_->Scan(prefix, from, each);
  }
  Result<bool> SeekAtOrBefore(ByteView prefix, ByteView at, Bytes* key, Bytes* value) override {
    return kv_->SeekAtOrBefore(prefix, at, key, value);
  }
  Status Write(const std::function<void(KvBatch&)>& fill) override { return kv_->Write(fill); }

 private:
  std::unique_ptr<OrderedKv> kv_;
  Claim claim_;
};

std::string PrivateName(const std::string& shared, int n) { return shared + ".private-" + std::to_string(n); }
std::string LockName(const std::string& folder) { return folder + ".lock"; }

Result<Claim> TryClaim(const std::string& folder, bool is_private) {
  PULIH_TRY_ASSIGN(LockFile lock, LockFile::TryAcquire(LockName(folder)));
  return Claim{folder, std::make_shared<LockFile>(std::move(lock)), is_private};
}

Result<Claim> ClaimPrivate(const std::string& shared) {
  for (int n = 0; n < kMaxPrivateCatalogs; ++n) {
    Result<Claim> claim = TryClaim(PrivateName(shared, n), true);
    if (!claim.ok() && claim.status().code() == Code::in_use) continue;
    if (claim.ok()) PULIH_TRY(RemoveFolder(claim->folder));  // what a dead process left under this name
    return claim;
  }
  return Status(Code::in_use, "open catalog: " + shared + ": too many processes use it");
}

// Best effort: what cannot be removed tonight is removed another night.
void RemoveDeadPrivateCatalogs(const std::string& shared) {
  const fs::path cache = fs::path(shared).parent_path();
  const std::string start = fs::path(shared).filename().string() + ".private-", end = ".lock";
  std::error_code error;
  std::vector<std::string> locks;
  for (fs::directory_iterator at(cache, error), last; !error && at != last; at.increment(error)) {
    const std::string name = at->path().filename().string();
    if (name.starts_with(start) && name.ends_with(end)) locks.push_back(at->path().string());
  }
  for (const std::string& path : locks) {
    Result<LockFile> lock = LockFile::TryAcquire(path);
    if (!lock.ok()) continue;
    if (RemoveFolder(path.substr(0, path.size() - end.size())).ok()) lock->RemoveAndRelease();
  }
}

Result<std::unique_ptr<Catalog>> OpenFolder(const Claim& claim, const KvOptions& options) {
  PULIH_TRY(MakeFolder(claim.folder));
  PULIH_TRY_ASSIGN(std::unique_ptr<OrderedKv> kv, OpenRocksKv(claim.folder, options));
  return Catalog::Open(std::make_unique<ClaimedKv>(std::move(kv), claim));
}

Result<OpenedCatalog> OpenShared(const Claim& claim, const KvOptions& options) {
  Result<std::unique_ptr<Catalog>> catalog = OpenFolder(claim, options);
  const bool is_corrupt = !catalog.ok() && catalog.status().code() == Code::corrupt;
  if (is_corrupt) {
    PULIH_TRY(RemoveFolder(claim.folder));  // I1: derived
    catalog = OpenFolder(claim, options);
  }
  if (!catalog.ok()) return std::move(catalog).error();
  return OpenedCatalog{std::move(catalog).value(), false, is_corrupt};
}

Result<OpenedCatalog> OpenPrivate(const std::string& shared, const KvOptions& options) {
  PULIH_TRY_ASSIGN(const Claim claim, ClaimPrivate(shared));
  PULIH_TRY_ASSIGN(std::unique_ptr<Catalog> catalog, OpenFolder(claim, options));
  return OpenedCatalog{std::move(catalog), true, false};
}

}  // namespace

Result<OpenedCatalog> OpenCatalog(const std::string& cache_directory, const RepositoryId& repository,
                                  const KvOptions& options) {
  std::error_code error;
  fs::create_directories(cache_directory, error);
  PULIH_TRY(FromError(error, "make cache", cache_directory));
  const std::string shared = (fs::path(cache_directory) / repository.hex()).string();

  const Result<Claim> claim = TryClaim(shared, false);
  if (claim.ok()) {
    RemoveDeadPrivateCatalogs(shared);
    Result<OpenedCatalog> opened = OpenShared(*claim, options);
    if (opened.ok() || opened.status().code() != Code::in_use) return opened;
  } else if (claim.status().code() != Code::in_use) {
    return claim.status();
  }
  return OpenPrivate(shared, options);
}

}  // namespace pulih
