#include "tests/support/sim_fs.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "engine/base/byte_writer.h"
#include "engine/base/checksum.h"

namespace pulih {

namespace {

constexpr size_t kSector = 512;

// "//a/./b/" -> "a/b"; the root is "".
std::string Normal(const std::string& path) {
  std::string out;
  for (size_t at = 0; at < path.size();) {
    const size_t end = std::min(path.find('/', at), path.size());
    const std::string component = path.substr(at, end - at);
    if (!component.empty() && component != ".") out += (out.empty() ? "" : "/") + component;
    at = end + 1;
  }
  return out;
}

std::string ParentOf(const std::string& normal) {
  const size_t slash = normal.rfind('/');
  return slash == std::string::npos ? std::string() : normal.substr(0, slash);
}

Status Failure(Code code, std::string_view operation, const std::string& path, std::string_view why) {
  std::string message(operation);
  message.append(": ").append(path).append(": ").append(why);
  return Status(code, std::move(message));
}

// The range of the paths below `folder`, at whatever depth. ('0' comes right after '/'.)
template <typename Map>
auto Below(Map& names, const std::string& folder) {
  return folder.empty() ? std::pair(names.begin(), names.end())
                        : std::pair(names.lower_bound(folder + "/"), names.lower_bound(folder + "0"));
}

// SplitMix64, seeded by the choice and the path: what becomes of one file does not hang on how many others
// there are.
class Dice {
 public:
  Dice(uint64_t choice, const std::string& path) : state_(choice * 0x9e3779b97f4a7c15 ^ Checksum64(AsBytes(path))) {}
  uint64_t Below(uint64_t bound) { return Next() % bound; }
  bool Coin() { return Below(2) == 0; }

 private:
  uint64_t Next() {
    uint64_t z = (state_ += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  uint64_t state_;
};

// A place between `from` and `to` where a write may have been cut: at the edge of a sector, or at an end.
size_t CutBetween(size_t from, size_t to, Dice& dice) {
  const size_t first = from / kSector;
  const size_t at = (first + static_cast<size_t>(dice.Below(to / kSector - first + 2))) * kSector;
  return std::clamp(at, from, to);
}

}  // namespace

// Bytes are appended and never changed. The first `durable_size` of them survive a power cut. A published
// inode that is durable as a whole is not written to any more, and so is shared with what comes out of
// AfterPowerCut and AfterProcessDeath.
struct SimFs::Inode {
  bool IsDurable() const { return durable_size == bytes.size(); }

  Bytes bytes;
  size_t durable_size = 0;
  bool sync_failed = false;  // then durable_size stays what it is
};

// --- files -------------------------------------------------------------------------------------------------

class SimFs::File final : public NewFile {
 public:
  File(SimFs& fs, std::string folder) : fs_(fs), shown_name_(std::move(folder) + "/(nameless file)") {}

  ~File() override {
    std::lock_guard lock(fs_.mutex_);
    if (!fs_.stopped_ && !temporary_.empty()) fs_.names_.erase(temporary_);
  }

  // With the lock held: what the file is called until it has its own name.
  void TakeTemporaryName(const std::string& normal) {
    temporary_ = shown_name_ = normal;
    fs_.names_[normal] = Node{false, inode_};
  }

  Status Append(ByteView bytes) override {
    std::lock_guard lock(fs_.mutex_);
    Status failure;
    const Fate fate = fs_.Begin("write", shown_name_, &failure);
    PULIH_TRY(Usable());
    if (fate == Fate::proceed) {
      pulih::Append(inode_->bytes, bytes);
      return OkStatus();
    }
    if (fate == Fate::tear) {
      Dice dice(fs_.operations_, shown_name_);
      const size_t end = inode_->bytes.size() + bytes.size();
      pulih::Append(inode_->bytes, bytes);
      // At least a byte is missing: a whole write would be no tear.
      const size_t from = end - bytes.size();
      if (!bytes.empty()) inode_->bytes.resize(CutBetween(from, std::max(from, (end - 1) / kSector * kSector), dice));
    }
    failure_ = failure;
    return failure;
  }

  Status Sync() override {
    std::lock_guard lock(fs_.mutex_);
    Status failure;
    const Fate fate = fs_.Begin("sync", shown_name_, &failure);
    PULIH_TRY(failure_);
    if (fate != Fate::proceed) {
      if (!inode_->IsDurable()) inode_->sync_failed = true;
      return failure;
    }
    if (!inode_->sync_failed && !inode_->IsDurable()) inode_->durable_size = inode_->bytes.size();
    return OkStatus();
  }

  Status PublishAs(const std::string& path) override { return Name("create", path, false); }
  Status ReplaceAs(const std::string& path) override { return Name("replace", path, true); }

 private:
  Status Usable() const {
    PULIH_TRY(failure_);
    return published_ ? Failure(Code::invalid, "write", shown_name_, "the file has its name already") : OkStatus();
  }

  Status Name(std::string_view operation, const std::string& path, bool replace) {
    std::lock_guard lock(fs_.mutex_);
    Status failure;
    if (fs_.Begin(operation, path, &failure) != Fate::proceed) return failure;
    PULIH_TRY(Usable());
    const std::string normal = Normal(path);
    PULIH_TRY(fs_.RequireFolder(operation, ParentOf(normal)));
    if (fs_.IsFolder(normal)) return Failure(replace ? Code::io : Code::already_exists, operation, path, "is a folder");
    if (!replace && fs_.names_.contains(normal)) return Failure(Code::already_exists, operation, path, "file exists");
    if (!temporary_.empty()) fs_.names_.erase(temporary_);
    temporary_.clear();
    fs_.names_[normal] = Node{false, inode_};
    published_ = true;
    shown_name_ = path;
    return OkStatus();
  }

  SimFs& fs_;
  std::string shown_name_;
  std::string temporary_;  // "" where files have no name yet
  bool published_ = false;
  Status failure_;
  const std::shared_ptr<Inode> inode_ = std::make_shared<Inode>();
};

class SimFs::Reader final : public ReadableFile {
 public:
  Reader(SimFs& fs, std::string path, std::shared_ptr<Inode> inode)
      : fs_(fs), path_(std::move(path)), inode_(std::move(inode)) {}

  Result<uint64_t> Size() override {
    std::lock_guard lock(fs_.mutex_);
    PULIH_TRY(fs_.Running("stat", path_));
    return static_cast<uint64_t>(inode_->bytes.size());
  }

  Result<size_t> ReadAt(uint64_t offset, MutableByteView into) override {
    std::lock_guard lock(fs_.mutex_);
    PULIH_TRY(fs_.Running("read", path_));
    const Bytes& bytes = inode_->bytes;
    const size_t from = static_cast<size_t>(std::min<uint64_t>(offset, bytes.size()));
    const size_t n = std::min(into.size(), bytes.size() - from);
    std::copy_n(bytes.begin() + static_cast<ptrdiff_t>(from), n, into.begin());
    return n;
  }

 private:
  SimFs& fs_;
  const std::string path_;
  const std::shared_ptr<Inode> inode_;
};

// --- the file system ---------------------------------------------------------------------------------------

SimFs::SimFs(Temporaries temporaries) : temporaries_(temporaries) {}
SimFs::~SimFs() = default;

SimFs::Fate SimFs::Begin(std::string_view operation, const std::string& path, Status* failure) {
  if (!stopped_) {
    const uint64_t n = operations_++;
    stopped_ = n >= stop_at_ || n >= tear_at_;
    if (const auto found = fail_once_.find(n); !stopped_ && found != fail_once_.end()) {
      *failure = std::move(found->second).Within(std::string(operation) + ": " + path);
      fail_once_.erase(found);
      return Fate::fail;
    }
    if (!stopped_) return Fate::proceed;
    *failure = Running(operation, path);
    return n == tear_at_ ? Fate::tear : Fate::fail;
  }
  *failure = Running(operation, path);
  return Fate::fail;
}

Status SimFs::Running(std::string_view operation, const std::string& path) const {
  return stopped_ ? Failure(Code::io, operation, path, "the machine has stopped") : OkStatus();
}

bool SimFs::IsFolder(const std::string& normal) const {
  if (normal.empty()) return true;
  const auto found = names_.find(normal);
  return found != names_.end() && found->second.is_directory;
}

Status SimFs::RequireFolder(std::string_view operation, const std::string& path) const {
  if (IsFolder(path)) return OkStatus();
  // As a path that runs through a file does (ENOTDIR), not as one that ends in nothing (ENOENT).
  for (std::string above = path; !above.empty(); above = ParentOf(above)) {
    if (names_.contains(above) && !IsFolder(above)) return Failure(Code::io, operation, path, "not a directory");
  }
  return Failure(Code::not_found, operation, path, "no such file or directory");
}

Result<std::unique_ptr<NewFile>> SimFs::Create(const std::string& temporaries) {
  std::lock_guard lock(mutex_);
  Status failure;
  if (Begin("create in", temporaries, &failure) != Fate::proceed) return failure;
  const std::string folder = Normal(temporaries);
  PULIH_TRY(RequireFolder("create in", folder));
  auto file = std::make_unique<File>(*this, temporaries);
  if (temporaries_ == Temporaries::named) {
    std::string name;
    do {
      name = (folder.empty() ? "" : folder + "/") + "tmp-" + std::to_string(next_temporary_++);
    } while (names_.contains(name));  // one that a dead process left
    file->TakeTemporaryName(name);
  }
  return std::unique_ptr<NewFile>(std::move(file));
}

Result<std::unique_ptr<ReadableFile>> SimFs::Open(const std::string& path) {
  std::lock_guard lock(mutex_);
  PULIH_TRY(Running("open", path));
  const std::string normal = Normal(path);
  if (IsFolder(normal)) return Failure(Code::io, "open", path, "not a regular file");
  PULIH_TRY(RequireFolder("open", ParentOf(normal)));
  const auto found = names_.find(normal);
  if (found == names_.end()) return Failure(Code::not_found, "open", path, "no such file or directory");
  return std::unique_ptr<ReadableFile>(std::make_unique<Reader>(*this, path, found->second.inode));
}

Result<uint64_t> SimFs::FileSize(const std::string& path) {
  PULIH_TRY_ASSIGN(const std::unique_ptr<ReadableFile> file, Open(path));
  return file->Size();
}

Result<std::vector<DirectoryItem>> SimFs::List(const std::string& path) {
  std::lock_guard lock(mutex_);
  PULIH_TRY(Running("list", path));
  const std::string folder = Normal(path);
  PULIH_TRY(RequireFolder("list", folder));
  std::vector<DirectoryItem> items;
  const auto [begin, end] = Below(names_, folder);
  for (auto at = begin; at != end; ++at) {
    if (ParentOf(at->first) == folder)
      items.push_back({at->first.substr(folder.empty() ? 0 : folder.size() + 1), at->second.is_directory});
  }
  // No order is promised, so none that a caller could come to rely on is given.
  std::reverse(items.begin(), items.end());
  return items;
}

Status SimFs::MakeDirectory(const std::string& path) {
  std::lock_guard lock(mutex_);
  Status failure;
  if (Begin("make folder", path, &failure) != Fate::proceed) return failure;
  const std::string normal = Normal(path);
  if (IsFolder(normal)) return OkStatus();
  PULIH_TRY(RequireFolder("make folder", ParentOf(normal)));
  if (!names_.try_emplace(normal, Node{true, nullptr}).second)
    return Failure(Code::already_exists, "make folder", path, "file exists");
  return OkStatus();
}

Status SimFs::SyncDirectory(const std::string& path) {
  std::lock_guard lock(mutex_);
  Status failure;
  if (Begin("sync folder", path, &failure) != Fate::proceed) return failure;
  const std::string folder = Normal(path);
  PULIH_TRY(RequireFolder("sync folder", folder));
  const auto [old_begin, old_end] = Below(durable_names_, folder);
  for (auto at = old_begin; at != old_end;)
    at = ParentOf(at->first) == folder ? durable_names_.erase(at) : std::next(at);
  const auto [begin, end] = Below(names_, folder);
  for (auto at = begin; at != end; ++at) {
    if (ParentOf(at->first) == folder) durable_names_[at->first] = at->second;
  }
  return OkStatus();
}

Status SimFs::Remove(const std::string& path) {
  std::lock_guard lock(mutex_);
  Status failure;
  if (Begin("remove", path, &failure) != Fate::proceed) return failure;
  const std::string normal = Normal(path);
  if (IsFolder(normal)) return Failure(Code::io, "remove", path, "is a directory");
  PULIH_TRY(RequireFolder("remove", ParentOf(normal)));
  if (names_.erase(normal) == 0) return Failure(Code::not_found, "remove", path, "no such file or directory");
  return OkStatus();
}

void SimFs::Plant(const std::string& path, ByteView bytes) {
  std::lock_guard lock(mutex_);
  auto inode = std::make_shared<Inode>();
  inode->bytes = ToBytes(bytes);
  inode->durable_size = bytes.size();
  std::string normal = Normal(path);
  names_[normal] = durable_names_[normal] = Node{false, std::move(inode)};
  for (normal = ParentOf(normal); !normal.empty(); normal = ParentOf(normal))
    names_[normal] = durable_names_[normal] = Node{true, nullptr};
}

// --- faults and what they leave ----------------------------------------------------------------------------

void SimFs::StopAt(uint64_t n) {
  std::lock_guard lock(mutex_);
  stop_at_ = n;
}

void SimFs::TearAppendAt(uint64_t n) {
  std::lock_guard lock(mutex_);
  tear_at_ = n;
}

void SimFs::FailOnce(uint64_t n, Status status) {
  std::lock_guard lock(mutex_);
  fail_once_[n] = std::move(status);
}

uint64_t SimFs::operations() const {
  std::lock_guard lock(mutex_);
  return operations_;
}

bool SimFs::stopped() const {
  std::lock_guard lock(mutex_);
  return stopped_;
}

// The names whose folders are all there.
SimFs::Names SimFs::Reachable(const Names& names) {
  Names out;
  for (const auto& [name, node] : names) {  // a folder comes before what is in it
    const std::string parent = ParentOf(name);
    const auto folder = out.find(parent);
    if (parent.empty() || (folder != out.end() && folder->second.is_directory)) out.emplace(name, node);
  }
  return out;
}

std::shared_ptr<SimFs::Inode> SimFs::Copy(const std::shared_ptr<Inode>& inode) {
  return !inode || inode->IsDurable() ? inode : std::make_shared<Inode>(*inode);
}

std::shared_ptr<SimFs::Inode> SimFs::AfterPowerCutOf(const std::shared_ptr<Inode>& inode, uint64_t choice,
                                                     const std::string& path) {
  if (!inode || inode->IsDurable()) return inode;
  auto left = std::make_shared<Inode>(*inode);
  Dice dice(choice, path);
  if (choice == 0) {
    left->bytes.resize(inode->durable_size);
  } else if (choice != 1) {
    const size_t whole = left->bytes.size();
    const uint64_t what = dice.Below(3);  // 0: all of it has made it
    if (what != 0) left->bytes.resize(CutBetween(inode->durable_size, whole, dice));
    if (what == 2) left->bytes.resize(whole, 0);
  }
  left->durable_size = left->bytes.size();
  left->sync_failed = false;
  return left;
}

std::unique_ptr<SimFs> SimFs::AfterPowerCut(uint64_t choice) const {
  std::lock_guard lock(mutex_);
  std::set<std::string> all;
  for (const auto& [name, node] : durable_names_) all.insert(name);
  for (const auto& [name, node] : names_) all.insert(name);

  Names left;
  for (const std::string& name : all) {
    const auto durable = durable_names_.find(name);
    const auto written = names_.find(name);
    const bool newer = choice == 1 || (choice != 0 && Dice(~choice, name).Coin());
    if (newer ? written != names_.end() : durable != durable_names_.end()) {
      const Node& node = newer ? written->second : durable->second;
      left.emplace(name, Node{node.is_directory, AfterPowerCutOf(node.inode, choice, name)});
    }
  }
  auto after = std::make_unique<SimFs>(temporaries_);
  after->names_ = after->durable_names_ = Reachable(left);
  return after;
}

std::unique_ptr<SimFs> SimFs::AfterProcessDeath() const {
  std::lock_guard lock(mutex_);
  auto after = std::make_unique<SimFs>(temporaries_);
  std::map<std::shared_ptr<Inode>, std::shared_ptr<Inode>> copies;  // one file may stand in both pictures
  const auto copy_names = [&](const Names& from, Names& to) {
    for (const auto& [name, node] : from) {
      std::shared_ptr<Inode>& copy = copies[node.inode];
      if (!copy) copy = Copy(node.inode);
      to.emplace(name, Node{node.is_directory, copy});
    }
  };
  copy_names(names_, after->names_);
  copy_names(durable_names_, after->durable_names_);
  return after;
}

uint64_t SimFs::DurableDigest() const {
  std::lock_guard lock(mutex_);
  ByteWriter picture;
  for (const auto& [name, node] : Reachable(durable_names_)) {
    picture.Sized(name);
    picture.U8(node.is_directory ? 1 : 0);
    if (node.inode) {
      picture.Le64(node.inode->durable_size);
      picture.Le64(Checksum64(ByteView(node.inode->bytes).first(node.inode->durable_size)));
    }
  }
  return Checksum64(picture.view());
}

}  // namespace pulih
