#include "engine/recover/gather_units.h"

#include <algorithm>
#include <set>

namespace pulih {
namespace {

std::string FolderOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == 0 || slash == path.npos ? "/" : path.substr(0, slash);
}
std::string NameOf(const std::string& path) { return path.substr(path.rfind('/') + 1); }
std::string Join(const std::string& folder, const std::string& name) { return folder == "/" ? "/" + name : folder + "/" + name; }
bool IsBelow(const std::string& path, const std::string& folder) {
  return folder == "/" || (path.size() > folder.size() && path.compare(0, folder.size(), folder) == 0 && path[folder.size()] == '/');
}

bool AllOf(std::string_view text, std::string_view of) { return !text.empty() && text.find_first_not_of(of) == text.npos; }
constexpr std::string_view kDigits = "0123456789", kHexDigits = "0123456789ABCDEF";

// "16384", "16384.1", "16384_fsm", "16384_vm.2"
bool IsRelationName(std::string_view name) {
  const size_t end = std::min(name.find_first_not_of(kDigits), name.size());
  if (end == 0) return false;
  std::string_view rest = name.substr(end);
  for (const std::string_view fork : {"_fsm", "_vm", "_init"})
    if (rest.starts_with(fork)) rest.remove_prefix(fork.size());
  return rest.empty() || (rest[0] == '.' && AllOf(rest.substr(1), kDigits));
}
bool IsSegmentName(std::string_view name) {
  if (name.size() < 24 || !AllOf(name.substr(0, 24), kHexDigits)) return false;
  const std::string_view rest = name.substr(24);
  return rest.empty() || rest == ".partial" || (rest.starts_with(".") && rest.ends_with(".backup"));
}
bool IsHistoryName(std::string_view name) { return name.size() == 16 && name.ends_with(".history") && AllOf(name.substr(0, 8), kHexDigits); }
// "3410.dat", "3410.dat.gz", "blob_16403.dat", "blobs.toc"
bool IsDumpMember(std::string_view name) {
  for (const std::string_view ending : {".gz", ".lz4", ".zst"})
    if (name.ends_with(ending)) name.remove_suffix(ending.size());
  if (name == "blobs.toc" || (name.starts_with("blobs_") && name.ends_with(".toc"))) return true;
  if (!name.ends_with(".dat")) return false;
  name.remove_suffix(4);
  if (name.starts_with("blob_")) name.remove_prefix(5);
  return AllOf(name, kDigits);
}
bool IsPages(FileKind kind) { return kind == FileKind::relation || kind == FileKind::index || kind == FileKind::relation_map; }
bool IsWalFolderName(const std::string& name) { return name == "pg_wal" || name == "pg_xlog"; }
bool IsStatusFolderName(const std::string& name) { return name == "pg_xact" || name == "pg_clog"; }

class Gatherer {
 public:
  explicit Gatherer(std::map<std::string, Identity>& files) : files_(files) {
    for (const auto& [path, identity] : files_) folders_[FolderOf(path)].push_back(path);
  }

  std::vector<FoundUnit> Gather() {
    GatherWal();
    GatherDataDirectories();
    GatherDumps();
    GatherFragments();
    for (auto& [path, identity] : files_) {
      if (taken_.contains(path)) continue;
      FoundUnit unit{.unit = UnitKind::file, .path = path, .files = {}};
      unit.files.push_back({path, NameOf(path), std::move(identity)});
      units_.push_back(std::move(unit));
    }
    std::sort(units_.begin(), units_.end(), [](const FoundUnit& a, const FoundUnit& b) { return a.path < b.path; });
    return std::move(units_);
  }

 private:
  void Add(UnitKind kind, const std::string& root, const std::vector<std::string>& paths) {
    if (paths.empty()) return;
    FoundUnit unit{.unit = kind, .path = root, .files = {}};
    for (const std::string& path : paths) {
      Identity identity = std::move(files_[path]);
      if (IsStatusFolderName(NameOf(FolderOf(path)))) identity = Identity{.kind = FileKind::clog, .detail = {}, .captured = {}, .captured_from = {}};
      unit.files.push_back({path, path.substr(root == "/" ? 1 : root.size() + 1), std::move(identity)});
      taken_.insert(path);
    }
    units_.push_back(std::move(unit));
  }

  // Segments by name or by content. One alone in a folder of another name is a file like others.
  void GatherWal() {
    for (const auto& [folder, paths] : folders_) {
      std::vector<std::string> of_it;
      size_t segments = 0;
      for (const std::string& path : paths) {
        const std::string name = NameOf(path);
        const bool is_segment = IsSegmentName(name) || files_[path].kind == FileKind::wal;
        segments += is_segment ? 1 : 0;
        if (is_segment || IsHistoryName(name)) of_it.push_back(path);
      }
      if (segments >= 2 || (segments == 1 && IsWalFolderName(NameOf(folder)))) Add(UnitKind::wal_folder, folder, of_it);
    }
  }

  void GatherDataDirectories() {
    std::set<std::string> whole, parts;  // roots with PG_VERSION; roots that content tells
    for (const auto& [folder, paths] : folders_) {
      const bool has_version = files_.contains(Join(folder, "PG_VERSION"));
      if (has_version && (HasBelow(Join(folder, "base")) || HasBelow(Join(folder, "global")))) whole.insert(folder);
      else if (HoldsPages(paths) >= 2 || (has_version && HoldsPages(paths) >= 1)) parts.insert(RootOf(folder));
    }
    std::string last;
    for (const std::string& root : whole) {
      if (!last.empty() && IsBelow(root, last)) continue;
      last = root;
      Add(UnitKind::data_directory, root, Untaken(root, [](const std::string&) { return true; }));
    }
    for (const std::string& root : parts) {
      // Inside a whole one nothing is left to take.
      Add(UnitKind::data_directory, root, Untaken(root, [&](const std::string& path) { return BelongsToParts(root, path); }));
    }
  }

  size_t HoldsPages(const std::vector<std::string>& paths) {
    return static_cast<size_t>(std::count_if(paths.begin(), paths.end(), [&](const std::string& path) {
      return IsRelationName(NameOf(path)) && IsPages(files_[path].kind);
    }));
  }
  // base/<number>/ and global/ lie below the root; a folder of another place is a root itself.
  static std::string RootOf(const std::string& folder) {
    if (NameOf(folder) == "global") return FolderOf(folder);
    const std::string parent = FolderOf(folder);
    if (NameOf(parent) == "base" && AllOf(NameOf(folder), kDigits)) return FolderOf(parent);
    return folder;
  }
  bool BelongsToParts(const std::string& root, const std::string& path) {
    const std::string name = path.substr(root == "/" ? 1 : root.size() + 1);
    const std::string first = name.substr(0, name.find('/'));
    for (const std::string_view folder : {"base", "global", "pg_xact", "pg_clog", "pg_multixact", "pg_subtrans", "pg_commit_ts", "pg_tblspc"})
      if (first == folder && first.size() < name.size()) return true;
    if (FolderOf(path) != root) return false;
    const FileKind kind = files_[path].kind;
    return IsRelationName(name) || name == "PG_VERSION" || kind == FileKind::pg_control || kind == FileKind::filenode_map;
  }

  void GatherDumps() {
    for (const auto& [folder, paths] : folders_) {
      std::vector<std::string> of_it;
      for (const std::string& path : paths) {
        if (taken_.contains(path)) continue;
        const std::string name = NameOf(path);
        if (IsDumpMember(name) || (name == "toc.dat" && files_[path].kind == FileKind::dump_toc)) of_it.push_back(path);
      }
      if (of_it.size() >= 2) Add(UnitKind::directory_dump, folder, of_it);
    }
  }

  // Pieces without a beginning, which one dump may have been cut into. A dump with its beginning stays alone: what its
  // contents say of numbers holds for its own data only.
  void GatherFragments() {
    for (const auto& [folder, paths] : folders_) {
      std::vector<std::string> of_it;
      for (const std::string& path : paths)
        if (!taken_.contains(path) && files_[path].kind == FileKind::dump_fragment && !IsDumpMember(NameOf(path))) of_it.push_back(path);
      if (of_it.size() >= 2) Add(UnitKind::directory_dump, folder, of_it);
    }
  }

  bool HasBelow(const std::string& folder) const {
    const auto at = files_.lower_bound(folder + "/");
    return at != files_.end() && IsBelow(at->first, folder);
  }
  template <typename Belongs>
  std::vector<std::string> Untaken(const std::string& root, const Belongs& belongs) {
    std::vector<std::string> paths;
    const std::string prefix = root == "/" ? root : root + "/";
    for (auto at = files_.lower_bound(prefix); at != files_.end() && at->first.compare(0, prefix.size(), prefix) == 0; ++at)
      if (!taken_.contains(at->first) && belongs(at->first)) paths.push_back(at->first);
    return paths;
  }

  std::map<std::string, Identity>& files_;
  std::map<std::string, std::vector<std::string>> folders_;
  std::set<std::string> taken_;
  std::vector<FoundUnit> units_;
};

}  // namespace

std::vector<FoundUnit> GatherUnits(std::map<std::string, Identity> files) { return Gatherer(files).Gather(); }

}  // namespace pulih
