#include "engine/restore/file_sink.h"

#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <array>
#include <cstring>

#include "engine/crypto/sha256.h"

namespace pulih {
namespace {

constexpr size_t kMaxListed = 10000;
constexpr uint16_t kSpecialBits = 06000;  // setuid, setgid

bool IsPrivilegedXattr(std::string_view name) {
  return name.substr(0, 9) == "security." || name.substr(0, 8) == "trusted.";
}

uint32_t NodeType(FileType type) {
  switch (type) {
    case FileType::fifo: return S_IFIFO;
    case FileType::socket: return S_IFSOCK;
    case FileType::character_device: return S_IFCHR;
    default: return S_IFBLK;
  }
}

// The number of a name on this machine; the recorded number when the name is unknown here.
template <typename Entry, typename LookUpName>
uint32_t NumberOf(std::map<std::string, uint32_t>& cache, const std::string& name, uint32_t recorded, LookUpName look_up) {
  if (name.empty()) return recorded;
  if (const auto it = cache.find(name); it != cache.end()) return it->second == UINT32_MAX ? recorded : it->second;
  std::array<char, 16384> buffer;
  Entry entry{}, *found = nullptr;
  const uint32_t number = look_up(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
  cache[name] = found == nullptr ? UINT32_MAX : number;
  return found == nullptr ? recorded : number;
}

}  // namespace

bool HoldsTheSame(const JailDirectory& folder, const std::string& name, const PlannedEntry& planned, const struct stat& there) {
  const Content& content = planned.entry.content;
  if (!S_ISREG(there.st_mode) || static_cast<uint64_t>(there.st_size) != content.size) return false;
  // A hard link group is laid anew unless it is a single file: its other names must meet the same inode.
  if (!planned.entry.link.is_zero() || content.digest_kind != DigestKind::sha256) return false;
  auto fd = folder.OpenForReading(name);
  if (!fd.ok()) return false;
  Sha256 hash;
  Bytes buffer(256u << 10);
  for (;;) {
    const ssize_t n = ::read(fd->get(), buffer.data(), buffer.size());
    if (n < 0) return false;
    if (n == 0) break;
    hash.Update(ByteView(buffer).first(static_cast<size_t>(n)));
  }
  return hash.Finish() == content.digest;
}

bool IsTheSameLink(const JailDirectory& folder, const std::string& name, const FileEntry& entry) {
  return entry.type == FileType::symlink && folder.LinkTarget(name) == entry.symlink_target;
}

FileSink::FileSink(const RestoreOptions& options, RestoreReport& report, PathJail jail)
    : options_(options), report_(report), jail_(std::move(jail)) {
  stack_.push_back({"", nullptr, std::nullopt});
}

Result<std::unique_ptr<FileSink>> FileSink::Open(const RestoreOptions& options, RestoreReport& report) {
  auto jail = PathJail::Open(options.target);
  if (!jail.ok()) return std::move(jail).error();
  return std::unique_ptr<FileSink>(new FileSink(options, report, std::move(jail).value()));
}

void FileSink::Note(const std::string& path, std::string what, std::string why) {
  ++report_.notes_count;
  if (report_.notes.size() < kMaxListed) report_.notes.push_back({path, std::move(what), std::move(why)});
}

void FileSink::NoteAttributes(const std::string& path, const std::vector<AttributeProblem>& problems) {
  for (const AttributeProblem& problem : problems) Note(path, problem.what, std::strerror(problem.error));
}

void FileSink::Damaged(const std::string& path, std::string what, const Status& why) {
  ++report_.damaged_count;
  if (report_.damaged.size() < kMaxListed) report_.damaged.push_back({path, std::move(what), why.message()});
}

// The open folder that holds `path`; folders that are not above it are left first, missing ones are made.
Result<JailDirectory*> FileSink::FolderOf(const std::string& path) {
  size_t depth = 1, at = 0;
  for (;; ++depth) {
    const size_t slash = path.find('/', at);
    if (slash == std::string::npos) break;
    const std::string name = path.substr(at, slash - at);
    if (stack_.size() > depth && stack_[depth].name != name) {
      while (stack_.size() > depth) PULIH_TRY(Leave());
    }
    if (stack_.size() == depth) {
      JailDirectory& parent = stack_.back().directory ? *stack_.back().directory : jail_.root();
      bool made = false;
      PULIH_TRY_ASSIGN(auto directory, parent.OpenOrMake(name, ReplaceRule(), &made));
      stack_.push_back({name, std::move(directory), std::nullopt});
    }
    at = slash + 1;
  }
  while (stack_.size() > depth) PULIH_TRY(Leave());
  return stack_.back().directory ? stack_.back().directory.get() : &jail_.root();
}

Status FileSink::Leave() {
  OpenFolder& folder = stack_.back();
  if (folder.planned) {
    std::vector<AttributeProblem> problems;
    (folder.directory ? *folder.directory : jail_.root()).Apply(AttributesOf(*folder.planned), problems);
    NoteAttributes(folder.planned->stored_path, problems);
  }
  stack_.pop_back();
  return OkStatus();
}

uint16_t FileSink::PermittedMode(uint16_t mode) const {
  return options_.privileged ? mode : static_cast<uint16_t>(mode & ~kSpecialBits);
}

uint32_t FileSink::UserNumber(const std::string& name, uint32_t recorded) {
  return NumberOf<struct passwd>(users_, name, recorded, [](const char* n, struct passwd* e, char* b, size_t s, struct passwd** f) {
    return ::getpwnam_r(n, e, b, s, f) == 0 && *f != nullptr ? e->pw_uid : 0;
  });
}

uint32_t FileSink::GroupNumber(const std::string& name, uint32_t recorded) {
  return NumberOf<struct group>(groups_, name, recorded, [](const char* n, struct group* e, char* b, size_t s, struct group** f) {
    return ::getgrnam_r(n, e, b, s, f) == 0 && *f != nullptr ? e->gr_gid : 0;
  });
}

FileAttributes FileSink::AttributesOf(const PlannedEntry& planned) {
  const FileEntry& entry = planned.entry;
  FileAttributes attributes;
  attributes.mode = PermittedMode(entry.mode);
  bool stripped = attributes.mode != entry.mode && entry.type == FileType::regular;
  if (options_.set_owner) attributes.owner = {UserNumber(entry.user, entry.uid), GroupNumber(entry.group, entry.gid)};
  if (!entry.ancestor) attributes.mtime = {entry.mtime_seconds, entry.mtime_nanoseconds};
  for (const Xattr& x : planned.xattrs) {
    if (IsPrivilegedXattr(x.name) && !options_.privileged) {
      stripped = true;
      continue;
    }
    attributes.xattrs.emplace_back(x.name, x.value);
  }
  if (stripped) ++report_.stripped;
  return attributes;
}

Result<bool> FileSink::WantsContent(const PlannedEntry& planned) {
  replaces_ = false;
  if (planned.entry.type != FileType::regular) return true;
  PULIH_TRY_ASSIGN(JailDirectory* const folder, FolderOf(planned.path));
  const std::string name = planned.path.substr(planned.path.rfind('/') + 1);
  PULIH_TRY_ASSIGN(const auto there, folder->Look(name));
  if (!there) return true;
  if (options_.overwrite == Overwrite::never) {
    ++report_.skipped;
    Note(planned.stored_path, "skipped", "it is there already");
    return false;
  }
  replaces_ = true;
  if (options_.overwrite == Overwrite::always || !HoldsTheSame(*folder, name, planned, *there)) return true;
  ++report_.unchanged;
  // Its content is right; its attributes may not be.
  PULIH_TRY_ASSIGN(const UniqueFd fd, folder->OpenForReading(name));
  JailDirectory as_file(UniqueFd(::dup(fd.get())), planned.path);
  std::vector<AttributeProblem> problems;
  as_file.Apply(AttributesOf(planned), problems);
  NoteAttributes(planned.stored_path, problems);
  return false;
}

Status FileSink::LayDirectory(const PlannedEntry& planned) {
  if (planned.path.empty()) {
    stack_.front().planned = planned;
    return OkStatus();
  }
  PULIH_TRY_ASSIGN(JailDirectory* const parent, FolderOf(planned.path));
  const std::string name = planned.path.substr(planned.path.rfind('/') + 1);
  bool made = false;
  auto directory = parent->OpenOrMake(name, ReplaceRule(), &made);
  if (!directory.ok() && directory.status().code() == Code::already_exists) {
    ++report_.skipped;
    Note(planned.stored_path, "skipped", directory.status().message());
    return OkStatus();
  }
  PULIH_TRY(directory.status());
  ++report_.directories;
  // A folder that was there keeps its attributes when nothing may be overwritten.
  const bool set_attributes = made || (options_.overwrite != Overwrite::never && !planned.is_way);
  stack_.push_back({name, std::move(directory).value(), set_attributes ? std::optional(planned) : std::nullopt});
  return OkStatus();
}

Result<bool> FileSink::TryHardLink(JailDirectory& folder, const std::string& name, const PlannedEntry& planned) {
  const auto first = first_names_.find(planned.entry.link);
  if (first == first_names_.end()) return false;
  const size_t slash = first->second.rfind('/');
  const std::string first_folder = slash == std::string::npos ? "" : first->second.substr(0, slash);
  const std::string first_name = slash == std::string::npos ? first->second : first->second.substr(slash + 1);
  auto directory = jail_.OpenExisting(first_folder);
  Status linked = directory.ok() ? folder.MakeHardLink(**directory, first_name, name, ReplaceRule()) : directory.status();
  if (linked.ok()) {
    ++report_.hard_links;
    if (replaces_) ++report_.overwritten;
    return true;
  }
  Note(planned.stored_path, "hard link", linked.message() + "; restored as a file of its own");
  return false;
}

Status FileSink::LayRegular(JailDirectory& folder, const std::string& name, const PlannedEntry& planned, const ReadExtent& read) {
  if (!planned.entry.link.is_zero()) {
    PULIH_TRY_ASSIGN(const bool linked, TryHardLink(folder, name, planned));
    if (linked) return OkStatus();
  }
  PULIH_TRY_ASSIGN(const auto file, folder.CreateFile());
  // Each object was held against its name. The SHA-256 of the whole is not taken again: for a file of 1 GB that made a
  // restore to memory 1.3 times as long. `dump` does it.
  uint64_t offset = 0;
  bool ends_in_hole = false;
  for (const Segment& segment : planned.segments) {
    if (const Extent* extent = std::get_if<Extent>(&segment)) {
      auto bytes = read(*extent);
      if (!bytes.ok()) {
        // The good copy that may be there already is left as it is; nothing is restored as good that is not.
        folder.Discard(*file);
        Damaged(planned.stored_path, "content", bytes.status());
        return OkStatus();
      }
      if (Status written = file->WriteAt(offset, *bytes); !written.ok()) {
        folder.Discard(*file);
        return std::move(written).Within("restoring " + folder.path() + "/" + name);
      }
    }
    ends_in_hole = std::holds_alternative<Hole>(segment);
    offset += SegmentLength(segment);
  }
  if (ends_in_hole) {
    if (Status sized = file->Truncate(offset); !sized.ok()) {
      folder.Discard(*file);
      return std::move(sized).Within("restoring " + folder.path() + "/" + name);
    }
  }
  std::vector<AttributeProblem> problems;
  PULIH_TRY(folder.Publish(*file, name, ReplaceRule(), AttributesOf(planned), problems));
  NoteAttributes(planned.stored_path, problems);
  ++report_.files;
  if (replaces_) ++report_.overwritten;
  report_.bytes += planned.entry.content.size;
  if (planned.entry.incomplete) {
    ++report_.incomplete;
    Note(planned.stored_path, "incomplete", "it changed or could not be read whole when it was backed up");
  }
  if (!planned.entry.link.is_zero()) first_names_.emplace(planned.entry.link, planned.path);
  return OkStatus();
}

Status FileSink::Lay(const PlannedEntry& planned, const ReadExtent& read) {
  const FileEntry& entry = planned.entry;
  if (entry.type == FileType::directory) return LayDirectory(planned);
  PULIH_TRY_ASSIGN(JailDirectory* const folder, FolderOf(planned.path));
  const std::string name = planned.path.substr(planned.path.rfind('/') + 1);
  if (entry.type != FileType::regular) {
    PULIH_TRY_ASSIGN(const auto there, folder->Look(name));
    replaces_ = there && !IsTheSameLink(*folder, name, entry);
  }
  std::vector<AttributeProblem> problems;
  Status laid;
  switch (entry.type) {
    case FileType::regular: laid = LayRegular(*folder, name, planned, read); break;
    case FileType::symlink:
      laid = folder->MakeSymlink(entry.symlink_target, name, ReplaceRule(), AttributesOf(planned), problems);
      break;
    case FileType::character_device:
    case FileType::block_device:
      if (!options_.privileged) {
        ++report_.stripped;
        Note(planned.stored_path, "device", "device nodes are restored with --privileged only");
        return OkStatus();
      }
      [[fallthrough]];
    default:
      laid = folder->MakeNode(NodeType(entry.type), makedev(entry.device_major, entry.device_minor), name, ReplaceRule(),
                              AttributesOf(planned), problems);
  }
  NoteAttributes(planned.stored_path, problems);
  if (laid.code() == Code::already_exists && options_.overwrite == Overwrite::never) {
    ++report_.skipped;
    Note(planned.stored_path, "skipped", "it is there already");
    return OkStatus();
  }
  if (laid.ok() && entry.type != FileType::regular) {
    ++report_.others;
    if (replaces_) ++report_.overwritten;
  }
  return laid;
}

Status FileSink::Finish() {
  while (!stack_.empty()) PULIH_TRY(Leave());
  return jail_.SyncAll();
}

}  // namespace pulih
